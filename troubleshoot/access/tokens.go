package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// ShopperTokenPrefix begins every shopper token.
const ShopperTokenPrefix = "ffs_"

// A token's bytes: version, issue time (8, unix seconds), life (4, seconds), length of the intercept id, intercept id,
// seller, and the HMAC-SHA256 of all these. Fixed places and base64url without padding leave one text a token.
const (
	tokenVersion      = 1
	tokenHeader       = 1 + 8 + 4 + 1
	maxTokenIntercept = 64
	maxTokenSeller    = 63
	maxTokenBytes     = tokenHeader + maxTokenIntercept + maxTokenSeller + sha256.Size
)

// MintShopperToken writes the bearer token of an intercept's shopper, signed with key and valid for life, which is rounded
// down to seconds. An intercept id over 64 bytes or a seller over 63 gives a token that ParseShopperToken refuses.
func MintShopperToken(key [32]byte, intercept, seller string, now time.Time, life time.Duration) string {
	var space [maxTokenBytes]byte
	token := append(space[:0], tokenVersion)
	token = binary.BigEndian.AppendUint64(token, uint64(now.Unix()))
	token = binary.BigEndian.AppendUint32(token, uint32(life/time.Second))
	token = append(token, byte(len(intercept)))
	token = append(token, intercept...)
	token = append(token, seller...)
	sum := sign(key, token)
	token = append(token, sum[:]...)

	var text [len(ShopperTokenPrefix) + (maxTokenBytes*8+5)/6]byte
	return string(canonical.AppendEncode(append(text[:0], ShopperTokenPrefix...), token))
}

// ParseShopperToken gives what a token is bound to, or ErrInvalidToken when it was not signed with key, is expired at now,
// or was issued more than troubleshoot.MaxClockSkew after now.
func ParseShopperToken(key [32]byte, token string, now time.Time) (intercept, seller string, err error) {
	text, ok := strings.CutPrefix(token, ShopperTokenPrefix)
	if !ok || len(text) > canonical.EncodedLen(maxTokenBytes) {
		return "", "", ErrInvalidToken
	}
	var space [maxTokenBytes]byte
	n, err := canonical.Decode(space[:], []byte(text))
	// The decoder skips line ends: with one in it, the text is longer than its bytes need.
	if err != nil || n < tokenHeader+sha256.Size || canonical.EncodedLen(n) != len(text) {
		return "", "", ErrInvalidToken
	}
	signed, signature := space[:n-sha256.Size], space[n-sha256.Size:n]
	sum := sign(key, signed)
	if !hmac.Equal(sum[:], signature) || signed[0] != tokenVersion {
		return "", "", ErrInvalidToken
	}
	issued := int64(binary.BigEndian.Uint64(signed[1:]))
	life := int64(binary.BigEndian.Uint32(signed[9:]))
	if age := now.Unix() - issued; age >= life || age < -int64(troubleshoot.MaxClockSkew/time.Second) {
		return "", "", ErrInvalidToken
	}
	bound, split := signed[tokenHeader:], int(signed[tokenHeader-1])
	if split == 0 || split > maxTokenIntercept || split >= len(bound) || len(bound)-split > maxTokenSeller {
		return "", "", ErrInvalidToken
	}
	return string(bound[:split]), string(bound[split:]), nil
}

// sign computes HMAC-SHA256 (RFC 2104) of message. It is written out because crypto/hmac allocates both its hashes on
// every call, which costs more than the hashing does, and a token is minted in every intercept.
func sign(key [32]byte, message []byte) [sha256.Size]byte {
	var inner [sha256.BlockSize + maxTokenBytes]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		inner[i], outer[i] = k^0x36, k^0x5c
	}
	sum := sha256.Sum256(append(inner[:sha256.BlockSize], message...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
