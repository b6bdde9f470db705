package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash/crc32"
	"strings"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Parts of an API key's secret: ff_live_, 43 base64url characters of 256 random bits, 6 characters of checksum.
const (
	livePrefix    = "ff_live_"
	randomChars   = 43
	checksumChars = 6
	secretLength  = len(livePrefix) + randomChars + checksumChars
	shownChars    = len(livePrefix) + 4 // kept in clear, to recognise a key by; 24 of its 256 bits
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// canonical refuses padding and set trailing bits, so that no two texts stand for the same bytes.
var canonical = base64.RawURLEncoding.Strict()

// ErrInvalidToken answers every credential that does not hold, in the same words whatever is wrong with it, so that
// nothing is learnt from trying.
var ErrInvalidToken = troubleshoot.Errorf(troubleshoot.Unauthenticated, "invalid token")

// Mint writes the secret of an API key from 256 random bits.
func Mint(random [32]byte) string {
	body := livePrefix + canonical.EncodeToString(random[:])
	sum := checksum(body)
	return body + string(sum[:])
}

// ParseSecret gives the SHA-256 of an API key's secret, under which the key is stored. A text that cannot be one, by its
// length, form or checksum, gives ErrInvalidToken without a look into the store.
func ParseSecret(secret string) (hash [32]byte, err error) {
	if len(secret) != secretLength || !strings.HasPrefix(secret, livePrefix) {
		return hash, ErrInvalidToken
	}
	body := secret[:secretLength-checksumChars]
	var random [32]byte
	n, err := canonical.Decode(random[:], []byte(body[len(livePrefix):]))
	if err != nil || n != len(random) {
		return hash, ErrInvalidToken
	}
	sum := checksum(body)
	if subtle.ConstantTimeCompare(sum[:], []byte(secret[len(body):])) != 1 {
		return hash, ErrInvalidToken
	}
	return sha256.Sum256([]byte(secret)), nil
}

// Prefix gives the first characters of a secret, which its owner recognises it by and nobody can use.
func Prefix(secret string) string { return secret[:min(len(secret), shownChars)] }

// checksum writes the CRC-32 (IEEE) of s in base 62: it finds mistyped and cut keys and lets scanners of leaked
// credentials tell a key from chance.
func checksum(s string) [checksumChars]byte {
	var out [checksumChars]byte
	sum := crc32.ChecksumIEEE([]byte(s))
	for i := checksumChars - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return out
}
