package intercept

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// HeldOut draws the arm: u = HMAC-SHA256(salt, unit)[:8] / 2^64, held out when u < share (docs/measurement.md,
// "Unit, arms, outcome"). The draw knows nothing but the epoch's salt and the unit.
func HeldOut(salt [32]byte, unit string, share float64) bool {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write([]byte(unit))
	var sum [sha256.Size]byte
	u := float64(binary.BigEndian.Uint64(mac.Sum(sum[:0])[:8])) / (1 << 64)
	return u < share
}

// Unit names what the arm is drawn for: the order line, or the shopper with all of his lines.
func Unit(policy troubleshoot.Policy, f Facts) string {
	if policy.RandomisationUnit == troubleshoot.UnitShopper {
		return f.Shopper
	}
	return f.Line.OrderID + "\x00" + f.Line.LineID
}
