package troubleshoot

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestMaskCards(t *testing.T) {
	const same = "" // nothing is masked
	for _, c := range []struct{ rule, text, masked string }{
		{"alone", "4111111111111111", "•••• •••• •••• 1111"},
		{"in a sentence", "My card is 4111111111111111, thanks.", "My card is •••• •••• •••• 1111, thanks."},
		{"after a colon", "card:4111111111111111", "card:•••• •••• •••• 1111"},
		{"Chinese around it", "卡号4111111111111111是", "卡号•••• •••• •••• 1111是"},
		{"Japanese and Korean around it", "カード4111111111111111です 카드4111111111111111입니다", "カード•••• •••• •••• 1111です 카드•••• •••• •••• 1111입니다"},
		{"a full stop without its space", "It is 4111 1111 1111 1111.Please", "It is •••• •••• •••• 1111.Please"},
		{"in fours", "4111 1111 1111 1111", "•••• •••• •••• 1111"},
		{"no-break, thin and ideographic spaces", "4111\u00a01111\u20091111\u30001111", "•••• •••• •••• 1111"},
		{"hyphens", "4111-1111-1111-1111 (mine)", "•••• •••• •••• 1111 (mine)"},
		{"Unicode's hyphens and dashes", "4111‑1111–1111－1111", "•••• •••• •••• 1111"},
		{"a hyphen between spaces", "4111 - 1111 - 1111 - 1111", "•••• •••• •••• 1111"},
		{"dots, slashes", "4111.1111.1111.1111 4111/1111/1111/1111", "•••• •••• •••• 1111 •••• •••• •••• 1111"},
		{"over lines", "4111 1111\r\n1111 1111\n", "•••• •••• •••• 1111\n"},
		{"digit by digit", "it is 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ok", "it is •••• •••• •••• 1111 ok"},
		{"digit by digit, a date behind", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 12/27", "•••• •••• •••• 1111 12/27"},
		{"digit by digit, tied to another number", "7/4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ok", "7/•••• •••• •••• 1111 ok"},
		{"19 of them behind a number", "order 12 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 6", "order 12 •••• •••• •••• 0006"},
		{"in groups that nobody prints", "it is 41 111 11111 111111, ok", "it is •••• •••• •••• 1111, ok"},
		{"full width", "４１１１　１１１１　１１１１　１１１１", "•••• •••• •••• 1111"},
		{"Arabic-Indic", "بطاقة ٤١١١١١١١١١١١١١١١", "بطاقة •••• •••• •••• 1111"},
		{"keycaps", "4️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣", "•••• •••• •••• 1111\ufe0f\u20e3"},
		{"zero width inside", "41\u200b11111111\u2060111\ufeff111", "•••• •••• •••• 1111"},
		{"between direction marks", "card \u2066\u202a4111111111111111\u202c\u2069", "card \u2066\u202a•••• •••• •••• 1111\u202c\u2069"},
		{"expiry and code behind", "4111 1111 1111 1111 12/27 123", "•••• •••• •••• 1111 12/27 123"},
		{"tied by another separator", "4111-1111-1111-1111/12/27", "•••• •••• •••• 1111/12/27"},
		{"in a row of bars and commas", "4111111111111111|12|27,4111111111111111,9", "•••• •••• •••• 1111|12|27,•••• •••• •••• 1111,9"},
		{"an order number before it", "order 4501 4111 1111 1111 1111", "order 4501 •••• •••• •••• 1111"},
		{"two of them", "4111 1111 1111 1111 5500 0000 0000 0004", "•••• •••• •••• 1111 •••• •••• •••• 0004"},
		{"an item of a list", "• 4111 1111 1111 1111\n- 5500 0000 0000 0004", "• •••• •••• •••• 1111\n- •••• •••• •••• 0004"},
		{"an old Visa behind a number", "order 12 4222 2222 22222", "order 12 •••• •••• •••• 2222"},
		{"a long UnionPay before a date", "622700 0000000000003 12/27", "•••• •••• •••• 0003 12/27"},
		{"American Express", "3782 822463 10005", "•••• •••• •••• 0005"},
		{"Diners Club", "3056 930902 5904", "•••• •••• •••• 5904"},
		{"a zero-width space and a word behind", "4111111111111111\u200bthanks", "•••• •••• •••• 1111\u200bthanks"},
		{"Nº before it", "Nº4111111111111111", "Nº•••• •••• •••• 1111"},
		{"bytes that are no text stay", "\xff4111111111111111\xc3", "\xff•••• •••• •••• 1111\xc3"},

		{"the check digit is wrong", "4111111111111112", same},
		{"no issuer's prefix", "7111111111111113", same},
		{"no length of the issuer", "41111111111111", same},
		{"a serial number", "SN4111111111111111", same},
		{"a serial number with a hyphen", "SN-4111111111111111 and SN-4111-1111-1111-1111", same},
		{"letters behind", "4111111111111111A, 4111111111111111-ABCD-99, 4111-1111-1111-1111-x", same},
		{"letters far behind", "4111111111111111-1-2-x", same},
		{"an underscore", "img_4111111111111111", same},
		{"Cyrillic and Greek serial numbers", "СН4111111111111111 Ω4111111111111111", same},
		{"full-width letters", "ＳＮ4111111111111111", same},
		{"longer than a card", "4111111111111111111111111", same},
		{"a longer number in groups", "4111-1111-1111-1111-1111", same},
		{"a serial in fives", "41111 11111 11111 11111 11111", same},
		{"part of a number with dots", "4111.1111.1111.1111.1", same},
		{"a longer row of digits", "9 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", same},
		{"two kinds of gaps among groups that nobody prints", "41 111-11111 111111", same},
		{"a short number in groups that nobody prints", "422 22222 22222", same},
		{"an Amazon order", "302-1234567-1234564", same},
		{"a barcode", "4006381333931 and 8 4006381333931", same},
		{"a phone", "+4915112345679", same},
		{"an amount", "4,111 111 111 111 111", same},
		{"a time behind other numbers", "41 111 11111 111111:30", same},
		{"a paragraph between", "4111 1111\n\n\n\n\n1111 1111", same},
		{"words between", "4111 1111 and 1111 1111", same},
		{"masked before", "•••• •••• •••• 4111 1111 1111 1111", same},
	} {
		t.Run(c.rule, func(t *testing.T) {
			want := c.masked
			if want == same {
				want = c.text
			}
			if masked, found := MaskCards(c.text); masked != want || found != (c.masked != same) {
				t.Errorf("%q became %q (%v), want %q", c.text, masked, found, want)
			}
			checkMasking(t, c.text)
		})
	}
}

// network is an issuer as the test knows it, apart from the code's own table.
type network struct {
	name     string
	prefixes []string // "51-55" is a range
	lengths  []int
}

var networks = []network{
	{"Visa", []string{"4"}, []int{13, 16, 19}},
	{"Mastercard", []string{"51-55", "2221-2720"}, []int{16}},
	{"American Express", []string{"34", "37"}, []int{15}},
	{"Discover", []string{"6011", "622126-622925", "644-649", "65"}, []int{16, 17, 18, 19}},
	{"Diners Club", []string{"300-305", "36", "38-39"}, []int{14, 16, 19}},
	{"JCB", []string{"3528-3589"}, []int{16, 17, 18, 19}},
	{"UnionPay", []string{"62"}, []int{16, 17, 18, 19}},
	{"Maestro", []string{"50", "56-58", "60-69"}, []int{16, 18, 19}},
	{"Maestro's own", []string{"5018", "5020", "5038", "5893", "6304", "6759", "6761-6763"}, []int{12, 13, 14, 15, 16, 17, 18, 19}},
}

// has tells whether a number is one of the network's, its check digit aside.
func (n network) has(number string) bool {
	return slices.Contains(n.lengths, len(number)) && slices.ContainsFunc(n.prefixes, func(p string) bool {
		low, high, _ := strings.Cut(p, "-")
		return number[:len(low)] >= low && number[:len(low)] <= max(low, high)
	})
}

// luhnSum is 0 where the check digit is right.
func luhnSum(number string) int {
	sum := 0
	for n := range len(number) {
		d := int(number[len(number)-1-n]-'0') * (1 + n%2)
		sum += d/10 + d%10
	}
	return sum % 10
}

func looksLikeCard(number string) bool {
	return luhnSum(number) == 0 && slices.ContainsFunc(networks, func(n network) bool { return n.has(number) }) && !isGTIN(number)
}

func isGTIN(number string) bool {
	sum := 0
	for n := range len(number) {
		sum += int(number[len(number)-1-n]-'0') * (1 + 2*(n%2))
	}
	return (len(number) == 12 || len(number) == 13) && sum%10 == 0
}

// The first and the last number of every four digits are a network's, or nobody's, at each length.
func TestIssuedAsTheNetworksSay(t *testing.T) {
	for four := range 10_000 {
		for _, two := range []int{0, 99} {
			number := fmt.Sprintf("%04d%02d%s", four, two, strings.Repeat("0", 14))
			for size := 11; size <= 20; size++ {
				want := slices.ContainsFunc(networks, func(n network) bool { return n.has(number[:size]) })
				if issued(four*100+two, size) != want {
					t.Fatalf("%s with %d digits: issued %v, want %v", number[:6], size, !want, want)
				}
			}
		}
	}
}

func TestDecimalDigits(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if (decimalDigit(r) >= 0) != unicode.Is(unicode.Nd, r) {
			t.Errorf("%U: %d", r, decimalDigit(r))
		}
	}
	for _, zero := range []rune{'0', '٠', '۰', '०', '๐', '၀', '᠐', '０', '𑁦', '𝟎', '𝟘', '𝟢', '𝟬', '𝟶', '\U0001fbf0'} {
		for d := range 10 {
			if got := decimalDigit(zero + rune(d)); got != d {
				t.Errorf("%U is %d, want %d", zero+rune(d), got, d)
			}
		}
	}
}

var plainNumber = regexp.MustCompile(`(?:^|[ ;!?])([0-9]{12,19})(?:$|[ ;!?])`)

// checkMasking holds what is so for every text.
func checkMasking(t *testing.T, text string) {
	t.Helper()
	masked, found := MaskCards(text)
	if again, twice := MaskCards(masked); again != masked || twice {
		t.Errorf("%q became %q, and that %q", text, masked, again)
	}
	if utf8.ValidString(text) && !utf8.ValidString(masked) {
		t.Errorf("%q became %q, which is no UTF-8", text, masked)
	}
	for _, number := range plainNumber.FindAllStringSubmatch(masked, -1) {
		if looksLikeCard(number[1]) {
			t.Errorf("%q became %q, which has %s", text, masked, number[1])
		}
	}
	scan := cardScan{text: text}
	if hasDigits(text, minCardDigits) {
		scan.run()
	}
	var rebuilt strings.Builder
	done := 0
	for _, c := range scan.cards {
		digits := ""
		for _, r := range text[c.start:c.end] {
			if d := decimalDigit(r); d >= 0 {
				digits += fmt.Sprint(d)
			} else if gapOf(r) == 0 && !invisible(r) {
				t.Errorf("%q of %q is masked", r, text)
			}
		}
		if len(digits) < minCardDigits || c.start < done {
			t.Fatalf("%q of %q is masked, after %d", text[c.start:c.end], text, done)
		}
		rebuilt.WriteString(text[done:c.start] + cardMask + digits[len(digits)-keptDigits:])
		done = c.end
	}
	if rebuilt.WriteString(text[done:]); rebuilt.String() != masked || found != (len(scan.cards) > 0) {
		t.Errorf("%q became %q (%v), want %q", text, masked, found, rebuilt.String())
	}
}

func TestMaskCardsAllocatesNothing(t *testing.T) {
	for _, text := range []string{
		"", "It does not switch on.", strings.Repeat("它打不开。", 500), strings.Repeat("Order 302-1234567-1234567, SN4111111111111111! ", 50),
	} {
		if n := testing.AllocsPerRun(10, func() { MaskCards(text) }); n > 0 {
			t.Errorf("%.20q: %v allocations", text, n)
		}
	}
}

func FuzzMaskCards(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		text, _, _ := chatText(rng)
		f.Add(text)
	}
	f.Add("•••• •••• •••• 4111 1111 1111 1111 4111111111111111-1111-4111 1111 1111 1111 1")
	f.Add("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n\n4111 11,11 111111,11")
	f.Fuzz(checkMasking)
}

func BenchmarkMaskCards(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"words", strings.Repeat("It does not switch on. ", 20)},
		{"Chinese", strings.Repeat("它打不开。", 100)},
		{"numbers", strings.Repeat("Order 302-1234567-1234567. ", 20)},
		{"digit by digit", strings.Repeat("4 ", 2000)},
		{"digit by digit, longer", strings.Repeat("4 ", 200_000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				MaskCards(c.text)
			}
		})
	}
}
