// Package access says who a caller is and what the caller may do: the principal, the one table of who may call what, API
// key secrets and shopper tokens. It is pure: random bytes and the time are parameters.
package access

import (
	"slices"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Principal is who a request comes from. The zero value is anonymous, which sees nothing.
type Principal struct {
	Role       troubleshoot.Role
	Seller     string // the one seller it is bound to; "" is all
	Expert     string // the expert of a RoleExpert
	Intercept  string // the intercept of a RoleShopper
	Credential string // id of the key or token: for the rate limit, logs and audit; never a secret
}

// Anonymous tells whether the request came without a credential.
func (p Principal) Anonymous() bool { return p.Role == 0 }

// SeesSeller tells whether the seller's data may reach the principal at all. What the role may do with it is the table's
// and the checks' below.
func (p Principal) SeesSeller(seller string) bool {
	return !p.Anonymous() && (p.Seller == "" || p.Seller == seller)
}

// SeesKey tells whether the key may be shown to the principal, and revoked: one of its seller, and an ADMIN's only to an
// ADMIN.
func (p Principal) SeesKey(k troubleshoot.Key) bool {
	return p.SeesSeller(k.Seller) && (k.Role != troubleshoot.RoleAdmin || p.Role == troubleshoot.RoleAdmin)
}

// SeesDrafts tells whether the principal sees the seller's guides as their author does: drafts, archived revisions, source
// and findings.
func (p Principal) SeesDrafts(seller string) bool {
	return p.SeesSeller(seller) && (p.Role == troubleshoot.RoleSeller || p.Role == troubleshoot.RoleAdmin)
}

// MayReadIntercept tells whether the intercept may be shown to the principal: to a shopper the own one, to an expert one
// with a session that MayReadSession allows (only then do the intercept's sessions matter), to the others those of
// their seller.
func (p Principal) MayReadIntercept(i troubleshoot.Intercept, sessions []troubleshoot.Session) bool {
	switch p.Role {
	case troubleshoot.RoleShopper:
		return p.ownsIntercept(i.ID, i.Line.Seller)
	case troubleshoot.RoleExpert:
		for _, s := range sessions {
			if s.Intercept == i.ID && p.MayReadSession(s) {
				return p.SeesSeller(i.Line.Seller)
			}
		}
		return false
	}
	return p.SeesSeller(i.Line.Seller)
}

// ExpertID is the expert of a RoleExpert: of the seller's team that the key is bound to, or of the pool.
func (p Principal) ExpertID() troubleshoot.ExpertID {
	return troubleshoot.ExpertID{Seller: p.Seller, Name: p.Expert}
}

// MayReadSession tells whether the session may be shown to the principal: to a shopper those of the own intercept, to an
// expert those in hand and those that ring there, to the others those of their seller.
func (p Principal) MayReadSession(s troubleshoot.Session) bool {
	switch p.Role {
	case troubleshoot.RoleShopper:
		return p.OwnsSession(s)
	case troubleshoot.RoleExpert:
		return p.OwnsSession(s) || p.RingsAt(s)
	}
	return p.SeesSeller(s.Seller)
}

// OwnsSession tells whether the principal is one of the two parties of the session: its shopper, or the expert who has it.
// Only they act in it.
func (p Principal) OwnsSession(s troubleshoot.Session) bool {
	switch p.Role {
	case troubleshoot.RoleShopper:
		return p.ownsIntercept(s.Intercept, s.Seller)
	case troubleshoot.RoleExpert:
		return p.SeesSeller(s.Seller) && p.Expert != "" && s.Expert == p.ExpertID()
	}
	return false
}

// RingsAt tells whether the session waits for the principal, an expert, to accept it.
func (p Principal) RingsAt(s troubleshoot.Session) bool {
	return p.Role == troubleshoot.RoleExpert && p.Expert != "" && p.SeesSeller(s.Seller) && s.State == troubleshoot.Queued &&
		s.Ringing.At == p.ExpertID()
}

// KnowsSession tells whether an expert who does not have the session may be told that it is somebody else's, instead of that it
// is missing: one of the seller's own team, and whoever had it or was asked to take it.
func (p Principal) KnowsSession(s troubleshoot.Session) bool {
	return p.Role == troubleshoot.RoleExpert && p.SeesSeller(s.Seller) &&
		(p.Seller == s.Seller || slices.Contains(s.Wants.Former, p.ExpertID()))
}

func (p Principal) ownsIntercept(id, seller string) bool {
	return p.Intercept != "" && p.Intercept == id && p.SeesSeller(seller)
}
