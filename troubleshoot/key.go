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
}

// Works tells whether the key holds at now.
func (k Key) Works(now time.Time) bool {
	return k.RevokeTime.IsZero() && (k.ExpireTime.IsZero() || now.Before(k.ExpireTime))
}
