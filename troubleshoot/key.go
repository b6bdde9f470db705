package troubleshoot

import "time"

// Role is what a credential may do.
type Role int8

// Roles, by their stored numbers. Shopper is never a key's: it comes with the token of an intercept.
const (
	RoleStorefront Role = 1
	RoleSeller     Role = 2
	RoleExpert     Role = 3
	RoleAnalyst    Role = 4
	RoleAdmin      Role = 5
	RoleShopper    Role = 6
)

// Key is an API key; of its secret only a hash is kept.
type Key struct {
	ID          string
	Hash        []byte // SHA-256 of the secret
	Prefix      string // first characters of the secret, to recognise it by
	Role        Role
	Seller      string // "" is all sellers
	Expert      string // for RoleExpert
	DisplayName string
	CreateTime  time.Time
	ExpireTime  time.Time // zero: never
	RevokeTime  time.Time // zero: not revoked
	Creator     string    // credential that the key was made with; "" is none
	RequestID   string    // of the request that made it; "" is none
}

// Works tells whether the key holds at now.
func (k Key) Works(now time.Time) bool {
	return k.RevokeTime.IsZero() && (k.ExpireTime.IsZero() || now.Before(k.ExpireTime))
}

// Check refuses a new key that could not work: InvalidArgument naming the field.
func (k Key) Check(now time.Time) error {
	switch {
	case k.Role == RoleExpert && k.Expert == "":
		return Invalid("expert", "is empty; an EXPERT key must name its expert")
	case k.Role != RoleExpert && k.Expert != "":
		return Invalid("expert", "is given; only an EXPERT key has one, so leave it out")
	case !k.ExpireTime.IsZero() && !k.ExpireTime.After(now):
		return Invalid("expireTime", "is past; give a time to come, or none for a key that stays")
	}
	return nil
}

// SameRequest tells whether both keys were asked for in the same words.
func (k Key) SameRequest(other Key) bool {
	return k.Role == other.Role && k.Seller == other.Seller && k.Expert == other.Expert && k.DisplayName == other.DisplayName &&
		k.ExpireTime.Equal(other.ExpireTime)
}

// String gives the API's name of the role.
func (r Role) String() string {
	names := [...]string{"ROLE_UNSPECIFIED", "STOREFRONT", "SELLER", "EXPERT", "ANALYST", "ADMIN", "SHOPPER"}
	if r < 0 || int(r) >= len(names) {
		return names[0]
	}
	return names[r]
}
