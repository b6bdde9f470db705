package access

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

func TestParseSecret(t *testing.T) {
	random := sha256.Sum256([]byte("random"))
	live := Mint(random)
	flipped := live[:20] + string(live[20]^1) + live[21:]
	cases := []struct {
		name, secret string
		ok           bool
	}{
		{"live", live, true},
		{"empty", "", false},
		{"no prefix", live[len(livePrefix):], false},
		{"other prefix", "sk_live_" + live[len(livePrefix):], false},
		{"test prefix", "ff_test_" + live[len(livePrefix):], false},
		{"one character changed", flipped, false},
		{"checksum changed", live[:len(live)-1] + "?", false},
		{"cut", live[:len(live)-1], false},
		{"longer", live + "0", false},
		{"60 KB", strings.Repeat("a", 60<<10), false},
		{"line end inside", live[:30] + "\n" + live[31:], false},
	}
	for _, c := range cases {
		hash, err := ParseSecret(c.secret)
		if (err == nil) != c.ok {
			t.Errorf("%s: error %v", c.name, err)
		}
		if c.ok && hash != sha256.Sum256([]byte(c.secret)) {
			t.Errorf("%s: not the SHA-256 of the secret", c.name)
		}
		if !c.ok && (!errors.Is(err, ErrInvalidToken) || hash != [32]byte{}) {
			t.Errorf("%s: %v, hash %x", c.name, err, hash)
		}
	}
}

func TestMintShape(t *testing.T) {
	secret := Mint([32]byte{})
	if len(secret) != 57 || !strings.HasPrefix(secret, "ff_live_") {
		t.Errorf("secret %q has %d characters, want ff_live_ and 57", secret, len(secret))
	}
	// CRC-32 of the first 51 characters, computed elsewhere (zlib), in base 62.
	if got := secret[51:]; got != "1qMBJS" {
		t.Errorf("checksum %q", got)
	}
	if Prefix(secret) != "ff_live_AAAA" || Prefix("ab") != "ab" {
		t.Errorf("prefix %q", Prefix(secret))
	}
}

// FuzzParseSecret: whatever is accepted is what Mint writes for its random bits.
func FuzzParseSecret(f *testing.F) {
	f.Add(Mint([32]byte{1}))
	f.Add("ff_live_")
	f.Add("ff_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA000000")
	f.Fuzz(func(t *testing.T, secret string) {
		if _, err := ParseSecret(secret); err != nil {
			return
		}
		var random [32]byte
		if _, err := canonical.Decode(random[:], []byte(secret[len(livePrefix):len(livePrefix)+randomChars])); err != nil {
			t.Fatal(err)
		}
		if secret != Mint(random) {
			t.Errorf("accepted %q, which was never minted", secret)
		}
	})
}
