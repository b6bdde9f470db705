package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func TestShopperToken(t *testing.T) {
	key, other := [32]byte{1}, [32]byte{2}
	const life = 2 * time.Hour
	token := MintShopperToken(key, "0199-abc", "acme", noon, life)
	cases := []struct {
		name, token string
		key         [32]byte
		now         time.Time
		ok          bool
	}{
		{"at once", token, key, noon, true},
		{"last second", token, key, noon.Add(life - time.Second), true},
		{"expired", token, key, noon.Add(life), false},
		{"clock a little behind", token, key, noon.Add(-5 * time.Minute), true},
		{"from the future", token, key, noon.Add(-6 * time.Minute), false},
		{"other key", token, other, noon, false},
		{"no prefix", token[4:], key, noon, false},
		{"empty", "", key, noon, false},
		{"prefix alone", "ffs_", key, noon, false},
		{"line end inside", token[:20] + "\n" + token[20:], key, noon, false},
		{"padded", token + "=", key, noon, false},
		{"60 KB", "ffs_" + strings.Repeat("A", 60<<10), key, noon, false},
		{"no seller", MintShopperToken(key, "i", "", noon, life), key, noon, false},
		{"no intercept", MintShopperToken(key, "", "acme", noon, life), key, noon, false},
		{"long intercept", MintShopperToken(key, strings.Repeat("i", 65), "acme", noon, life), key, noon, false},
		{"intercept whose length wraps", MintShopperToken(key, strings.Repeat("i", 260), "acme", noon, life), key, noon, false},
		{"long seller", MintShopperToken(key, "i", strings.Repeat("s", 64), noon, life), key, noon, false},
	}
	for _, c := range cases {
		intercept, seller, err := ParseShopperToken(c.key, c.token, c.now)
		switch {
		case c.ok && (err != nil || intercept != "0199-abc" || seller != "acme"):
			t.Errorf("%s: %q %q %v", c.name, intercept, seller, err)
		case !c.ok && (!errors.Is(err, ErrInvalidToken) || intercept != "" || seller != ""):
			t.Errorf("%s: accepted as %q %q (%v)", c.name, intercept, seller, err)
		}
	}
}

func TestShopperTokenOfEachChangedCharacter(t *testing.T) {
	key := [32]byte{7}
	token := MintShopperToken(key, strings.Repeat("i", 64), strings.Repeat("s", 63), noon, time.Hour)
	if _, _, err := ParseShopperToken(key, token, noon); err != nil {
		t.Fatal("the longest token is refused")
	}
	for i := range token {
		for _, c := range "Aa0_-B" {
			changed := token[:i] + string(c) + token[i+1:]
			if changed == token {
				continue
			}
			if _, _, err := ParseShopperToken(key, changed, noon); err == nil {
				t.Fatalf("accepted with character %d changed to %c", i, c)
			}
		}
	}
}

func TestSignIsHMAC(t *testing.T) {
	for n := range maxTokenBytes - sha256.Size {
		key, message := sha256.Sum256([]byte{byte(n)}), make([]byte, n)
		h := hmac.New(sha256.New, key[:])
		h.Write(message)
		if sum := sign(key, message); !hmac.Equal(sum[:], h.Sum(nil)) {
			t.Fatalf("%d bytes: not the HMAC-SHA256 of crypto/hmac", n)
		}
	}
}

// FuzzParseShopperToken: what is accepted is, to the letter, what MintShopperToken writes.
func FuzzParseShopperToken(f *testing.F) {
	key := [32]byte{9}
	f.Add(MintShopperToken(key, "i", "s", noon, time.Hour))
	f.Add("ffs_AQ")
	f.Add(strings.ToLower(MintShopperToken(key, "intercept", "seller", noon, time.Hour)))
	f.Fuzz(func(t *testing.T, token string) {
		intercept, seller, err := ParseShopperToken(key, token, noon)
		if err != nil {
			return
		}
		if again := MintShopperToken(key, intercept, seller, noon, time.Hour); again != token {
			t.Errorf("accepted %q for %q", token, again)
		}
	})
}

func BenchmarkMintShopperToken(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		MintShopperToken([32]byte{1}, "0199aabb-ccdd-7eff-8899-aabbccddeeff", "acme", noon, time.Hour)
	}
}

func BenchmarkParseShopperToken(b *testing.B) {
	token := MintShopperToken([32]byte{1}, "0199aabb-ccdd-7eff-8899-aabbccddeeff", "acme", noon, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseShopperToken([32]byte{1}, token, noon); err != nil {
			b.Fatal(err)
		}
	}
}
