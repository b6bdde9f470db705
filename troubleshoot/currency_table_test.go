package troubleshoot

import (
	"strings"
	"testing"
)

// TestDigitsAreThoseOfISO4217 names the codes for which CLDR says otherwise, and one or more of each number of digits.
func TestDigitsAreThoseOfISO4217(t *testing.T) {
	for digits, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: "USD EUR GBP CHF CNY INR RSD ALL IRR LBP LAK MMK AFN YER SOS SYP MGA IDR COP PKR MRU VES SLE XCG ZWG STN HUF TWD UZS ANG BGN",
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for code := range strings.FieldsSeq(codes) {
			if got, err := Digits(code); err != nil || got != digits {
				t.Errorf("%s has %d digits (%v), want %d", code, got, err, digits)
			}
		}
	}
	for code := range strings.FieldsSeq("XXX XTS XAU XAG XDR XUA DEM FRF ITL MRO VEF VEB SLL STD ZWL HRK CUC ZZZ usd US USDX") {
		if got, err := Digits(code); err == nil {
			t.Errorf("%s is taken for a currency of %d digits", code, got)
		}
	}
}

func BenchmarkDigits(b *testing.B) {
	for b.Loop() {
		if _, err := Digits("USD"); err != nil {
			b.Fatal(err)
		}
	}
}
