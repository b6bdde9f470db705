package troubleshoot

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// pick gives one of several.
func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

func randomDigits(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(rng.IntN(10)))
	}
	return b.String()
}

// number makes a card number of the network, no barcode among them.
func (n network) number(rng *rand.Rand, length int) string {
	for {
		low, high, isRange := strings.Cut(pick(rng, n.prefixes...), "-")
		if isRange {
			from, _ := strconv.Atoi(low)
			to, _ := strconv.Atoi(high)
			low = strconv.Itoa(from + rng.IntN(to-from+1))
		}
		number := low + randomDigits(rng, length-len(low)-1)
		number += strconv.Itoa((10 - luhnSum(number+"0")) % 10)
		if looksLikeCard(number) {
			return number
		}
	}
}

func anyCard(rng *rand.Rand) string {
	n := pick(rng, networks...)
	return n.number(rng, pick(rng, n.lengths...))
}

// grouped parts a number's digits; what is left over is the last group.
func grouped(number, separator string, sizes ...int) string {
	var groups []string
	for n := 0; number != ""; n++ {
		size := min(sizes[min(n, len(sizes)-1)], len(number))
		groups = append(groups, number[:size])
		number = number[size:]
	}
	return strings.Join(groups, separator)
}

// written writes a card number in one of the ways of people, input methods and copied pages.
func written(rng *rand.Rand, number string) string {
	sizes := [][]int{{4}, {4}, {len(number)}, {len(number)}, {1}}
	switch len(number) {
	case 14:
		sizes = append(sizes, []int{4, 6, 4})
	case 15:
		sizes = append(sizes, []int{4, 6, 5})
	case 16:
		sizes = append(sizes, []int{8}, []int{6, 10})
	case 19:
		sizes = append(sizes, []int{6, 13})
	}
	separator := pick(rng, " ", " ", " ", "\u00a0", "\u2009", "\u202f", "\u3000", "-", "-", "‑", " - ", ".", "/", "\n", "\r\n", "  ", "－", "・")
	zero := pick(rng, '0', '0', '0', '０', '٠', '۰', '०', '𝟎')
	hidden := pick(rng, "", "", "", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")
	var b strings.Builder
	for _, r := range grouped(number, separator, pick(rng, sizes...)...) {
		if r >= '0' && r <= '9' {
			r += zero - '0'
			if b.Len() > 0 && rng.IntN(4) == 0 {
				b.WriteString(hidden)
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// innocents are numbers of a shop that stay as they are.
var innocents = []func(rng *rand.Rand) string{
	func(rng *rand.Rand) string { // Amazon's orders, of Germany too
		return pick(rng, "112", "171", "302", "305", "402", "503") + "-" + randomDigits(rng, 7) + "-" + randomDigits(rng, 7)
	},
	func(rng *rand.Rand) string { // an order or tracking number that a card would be, but for its check digit
		number := []byte(anyCard(rng))
		number[len(number)-1] = '0' + (number[len(number)-1]-'0'+1+byte(rng.IntN(9)))%10
		return string(number)
	},
	func(rng *rand.Rand) string { // with a right check digit, but nobody's prefix: IMEI, ICCID and others
		number := pick(rng, "35", "8949", "01", "1", "7", "9") + randomDigits(rng, 11)
		number = (number + "000")[:14]
		return number + strconv.Itoa((10-luhnSum(number+"0"))%10)
	},
	func(rng *rand.Rand) string { // a card's digits in an id
		return fmt.Sprintf(pick(rng, "SN%s", "sn-%s", "%s-ABCD", "A%sB", "%sX", "R2-%s-07", "%s_2", "v%s", "ＳＮ%s", "Ж%s"), anyCard(rng))
	},
	func(rng *rand.Rand) string { // and in groups
		return fmt.Sprintf(pick(rng, "SN-%s", "%s-AB", "%s-1234-5678", "1234-5678-%s"), grouped(networks[0].number(rng, 16), "-", 4))
	},
	func(rng *rand.Rand) string { return anyCard(rng) + randomDigits(rng, 13) }, // in a longer number
	func(rng *rand.Rand) string {
		return grouped(anyCard(rng)+randomDigits(rng, 13), pick(rng, "-", " "), 5)
	},
	func(rng *rand.Rand) string { // a barcode
		payload := pick(rng, "40", "44", "45", "49", "69") + randomDigits(rng, 10)
		if rng.IntN(2) == 0 {
			payload = pick(rng, "0", "6", "7") + randomDigits(rng, 10)
		}
		for d := byte('0'); ; d++ {
			if number := payload + string(d); isGTIN(number) {
				return number
			}
		}
	},
	func(rng *rand.Rand) string { // a phone
		return fmt.Sprintf(pick(rng, "+49%s", "+49 151 %.8s", "+1 (415) 555-%.4s", "415-555-%.4s", "138%.8s", "+52%s"), randomDigits(rng, 11))
	},
	func(rng *rand.Rand) string { // a day, a time, an amount
		return pick(rng, "2026-03-02 14:05", "02.03.2026", "3/2/2026", "$1,234.56", "4.111,56 €", "￥4,111.00", "20260302140500")
	},
	func(rng *rand.Rand) string { // a parcel
		return pick(rng, "1Z999AA10123456784", "9400111899223197428490", "RR123456785CN", "SF4111111111111111", "JD0"+randomDigits(rng, 12), "7"+randomDigits(rng, 11))
	},
}

// chatText makes a text of a chat, what it is to become, and the cards in it.
func chatText(rng *rand.Rand) (text, masked string, cards []string) {
	var b, want strings.Builder
	for range 1 + rng.IntN(5) {
		if rng.IntN(2) == 0 {
			sentence := pick(rng, "My order is %s and it never came. ", "serial number: %s it says\n", "It says (%s) on the box. ", "Tracking %s, please? ",
				"订单号%s已发货。", "序列号：%s，打不开。", "条码是%s吗？")
			innocent := pick(rng, innocents...)(rng)
			fmt.Fprintf(&b, sentence, innocent)
			fmt.Fprintf(&want, sentence, innocent)
			continue
		}
		sentence := pick(rng, "card:%s. ", "Please refund to my card %s, thank you! ", "Now %s is my card\n", "Visa (%s) or so. ", "It is %s.Hurry! ",
			"卡号%s是我的。", "我的银行卡是%s，请退款。", "カード番号は%sです。")
		number := anyCard(rng)
		fmt.Fprintf(&b, sentence, written(rng, number))
		fmt.Fprintf(&want, sentence, cardMask+number[len(number)-keptDigits:])
		cards = append(cards, number)
	}
	return b.String(), want.String(), cards
}

func TestTenThousandTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 1))
	masks := 0
	for n := range 10_000 {
		text, want, cards := chatText(rng)
		masked, found := MaskCards(text)
		if masked != want || found != (len(cards) > 0) {
			t.Fatalf("text %d\n%q became\n%q, want\n%q", n, text, masked, want)
		}
		checkMasking(t, text)
		masks += len(cards)
	}
	if masks < 10_000 {
		t.Errorf("only %d cards were in the texts", masks)
	}
}

// Numbers may touch a card: more than the card may go then, never less.
func TestCardsBesideOtherNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 2))
	for range 10_000 {
		number := anyCard(rng)
		card := grouped(number, pick(rng, " ", " ", "-", "\n"), pick(rng, 4, len(number)))
		text := fmt.Sprintf(pick(rng, "%s 12/27 123", "%s 1227 123", "order 45001 %s", "%s %[1]s", "2026-03-02 %s 4111", "%s/12/27/123", "+49 151 1234 %s, 5"), card)
		masked, _ := MaskCards(text)
		digits := strings.Map(func(r rune) rune {
			if decimalDigit(r) < 0 {
				return -1
			}
			return r
		}, masked)
		if strings.Contains(digits, number[:len(number)-keptDigits]) {
			t.Errorf("%q became %q", text, masked)
		}
		checkMasking(t, text)
	}
}

// Masks beside numbers, and pieces of numbers that have right check digits more often than chance gives them.
func TestMaskingAgainChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 3))
	masks := 0
	for range 30_000 {
		var b strings.Builder
		for range 1 + rng.IntN(14) {
			b.WriteString(pick(rng, "4000", "0000", "0000", "0002", "0", "00", "000", "00000", "000000", "00000000", "6304", "3000", "4", "6", "3", "5",
				"4000000000000002", "4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2", "60000000", ",", ":", "+", "a", "卡", "•", cardMask, "\u200b", "  - ", "     "))
			b.WriteString(pick(rng, "", "", "", " ", " ", " ", "-", "-", "/", ".", "\n"))
		}
		checkMasking(t, b.String())
		if _, found := MaskCards(b.String()); found {
			masks++
		}
	}
	if masks < 3000 {
		t.Errorf("only %d texts had a card", masks)
	}
}
