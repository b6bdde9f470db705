package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const secretBytes = 32

// Secrets derives the database's keys from its one secret, each by HMAC-SHA256 over its own label.
type Secrets struct{ master [secretBytes]byte }

// TokenKey signs shopper tokens.
func (s Secrets) TokenKey() [32]byte { return s.derive("shopper token") }

// Salt keys the assignment hash of one epoch (docs/measurement.md, "Unit, arms, outcome").
func (s Secrets) Salt(seller string, epoch int64) [32]byte {
	return s.derive("salt\x00" + seller + "\x00" + strconv.FormatInt(epoch, 10))
}

// KeyRandom gives the random bits of the API key that a creator's request makes, so that asking again gives its secret
// again, though only the secret's hash is kept.
func (s Secrets) KeyRandom(creator, requestID string) [32]byte {
	return s.derive("api key\x00" + creator + "\x00" + requestID)
}

// AssetName names a seller's content by itself. Who has the content but not the database cannot make the name, so it neither
// lets anybody guess a picture nor tells who else has the same: 160 bits of HMAC-SHA256, in lower-case base32.
func (s Secrets) AssetName(seller string, content []byte) string {
	const nameBytes = 20
	key := s.derive("asset")
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(seller + "\x00"))
	mac.Write(content)
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)[:nameBytes]))
}

func (s Secrets) derive(label string) [32]byte {
	mac := hmac.New(sha256.New, s.master[:])
	mac.Write([]byte(label))
	return [32]byte(mac.Sum(nil))
}

const idBytes = 7 + 16

var idEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

// NewID makes an id that cannot be guessed (128 random bits) and sorts by time (56 bits of microseconds before them), so
// that new rows go to the end of their table and lists by id are lists by time.
func NewID(now time.Time) string {
	var raw [idBytes]byte
	var micro [8]byte
	binary.BigEndian.PutUint64(micro[:], uint64(now.UnixMicro()))
	copy(raw[:7], micro[1:])
	rand.Read(raw[7:]) // crypto/rand never fails: it ends the program instead
	text := make([]byte, idEncoding.EncodedLen(len(raw)))
	idEncoding.Encode(text, raw[:])
	for i, c := range text {
		if c >= 'A' {
			text[i] = c + 'a' - 'A'
		}
	}
	return string(text)
}

// timeOfID gives the time that NewID put into an id.
func timeOfID(id string) (time.Time, error) {
	raw, err := idEncoding.DecodeString(strings.ToUpper(id))
	if err != nil || len(raw) != idBytes {
		return time.Time{}, fmt.Errorf("%q is no id", id)
	}
	var micro [8]byte
	copy(micro[1:], raw[:7])
	return time.UnixMicro(int64(binary.BigEndian.Uint64(micro[:]))).UTC(), nil
}

// idAt is below every id made at that time or later, and above all made before.
func idAt(t time.Time) string {
	var micro [8]byte
	binary.BigEndian.PutUint64(micro[:], uint64(t.UnixMicro()))
	return strings.ToLower(idEncoding.EncodeToString(micro[1:]))[:idTimeChars]
}

const idTimeChars = 7 * 8 / 5 // whole characters of an id's time
