package troubleshoot

import "slices"

// cardWindow is groups that follow each other, 19 digits at most. It grows at its front.
type cardWindow struct {
	digits  [maxCardDigits]byte // at the end of the array
	size    int                 // digits
	sizes   [maxCardDigits]byte // of the groups, at the end of the array
	groups  int
	sum     int     // Luhn's
	gaps    gapKind // inside
	oneKind bool    // all gaps inside are of one kind
}

// prepend adds a group, and its digits to the sum: from the right, every second digit counts twice, less 9 if that is above 9.
func (w *cardWindow) prepend(g *cardGroup) {
	for n := g.size - 1; n >= 0; n-- {
		d := int(g.digits[n])
		if w.size%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		w.sum += d
		w.size++
		w.digits[maxCardDigits-w.size] = g.digits[n]
	}
	w.groups++
	w.sizes[maxCardDigits-w.groups] = byte(g.size)
}

// join says what parts the window's first group from the one that comes next.
func (w *cardWindow) join(gap gapKind) {
	w.oneKind = w.oneKind && (w.gaps == 0 || w.gaps == gap)
	w.gaps |= gap
}

func (w *cardWindow) hasCheckDigit() bool { return w.size >= minCardDigits && w.sum%10 == 0 }

// prefix gives the number's first six digits.
func (w *cardWindow) prefix() (p int) {
	for _, d := range w.digits[maxCardDigits-w.size:][:6] {
		p = p*10 + int(d)
	}
	return p
}

// printedSizes are groups that cards or statements have, but for fours and a rest.
var printedSizes = [...][]byte{{4, 6, 5}, {4, 6, 4}, {4, 3, 3, 3}, {6, 6, 4}, {6, 10}, {6, 13}, {8, 8}, {4, 12}, {12, 4}, {4, 4, 8}, {8, 4, 4}, {4, 8, 4}}

func (w *cardWindow) isPrinted() bool {
	sizes := w.sizes[maxCardDigits-w.groups:]
	rest := w.groups - 1
	for n, size := range sizes {
		if n < rest && size != 4 || n == rest && size > 5 {
			return slices.ContainsFunc(printedSizes[:], func(printed []byte) bool { return slices.Equal(printed, sizes) })
		}
	}
	return true
}

// isSingles tells whether the window is all of a row of single digits.
func (w *cardWindow) isSingles(left, right cardEdge) bool {
	apart := func(e cardEdge) bool { return e.gap&w.gaps == 0 || e.kind != edgeMask && e.size != 1 }
	return w.groups == w.size && apart(left) && apart(right)
}

// isOrder knows Amazon's order numbers: 302-1234567-1234567.
func (w *cardWindow) isOrder() bool {
	return w.groups == 3 && [3]byte(w.sizes[maxCardDigits-3:]) == [3]byte{3, 7, 7}
}

// isBarcode tells whether the digits are a GTIN-12 or GTIN-13 (UPC-A, EAN): from the right, every second digit counts three
// times (GS1 General Specifications, 7.9). German and Japanese goods begin with 4, as Visa does, whose cards of 13 digits
// have died out.
func (w *cardWindow) isBarcode() bool {
	if w.size > 13 {
		return false
	}
	sum := 0
	for n := range w.size {
		sum += int(w.digits[maxCardDigits-1-n]) * (1 + n%2*2)
	}
	return sum%10 == 0
}

// issuers are ranges of a card number's first six digits, and the lengths that cards in them have (ISO/IEC 7812, and what
// the networks publish). Of Maestro only the ranges that its cards are known by have all its lengths: others would take too
// many order numbers.
var issuers = [...]struct {
	low, high int
	lengths   uint32 // bit n: n digits
}{
	{400000, 499999, 1<<13 | 1<<16 | 1<<19},         // Visa
	{510000, 559999, 1 << 16},                       // Mastercard
	{222100, 272099, 1 << 16},                       // Mastercard
	{340000, 349999, 1 << 15},                       // American Express
	{370000, 379999, 1 << 15},                       // American Express
	{300000, 305999, 1<<14 | 1<<16 | 1<<19},         // Diners Club
	{360000, 369999, 1<<14 | 1<<16 | 1<<19},         // Diners Club
	{380000, 399999, 1<<14 | 1<<16 | 1<<19},         // Diners Club
	{352800, 358999, 1<<16 | 1<<17 | 1<<18 | 1<<19}, // JCB
	{620000, 629999, 1<<16 | 1<<17 | 1<<18 | 1<<19}, // UnionPay, and Discover's 622126 to 622925
	{601100, 601199, 1<<16 | 1<<17 | 1<<18 | 1<<19}, // Discover
	{644000, 659999, 1<<16 | 1<<17 | 1<<18 | 1<<19}, // Discover
	{500000, 509999, 1<<16 | 1<<18 | 1<<19},         // Maestro
	{560000, 589999, 1<<16 | 1<<18 | 1<<19},         // Maestro
	{600000, 699999, 1<<16 | 1<<18 | 1<<19},         // Maestro
	{501800, 501899, maestroLengths},
	{502000, 502099, maestroLengths},
	{503800, 503899, maestroLengths},
	{589300, 589399, maestroLengths},
	{630400, 630499, maestroLengths},
	{675900, 675999, maestroLengths},
	{676100, 676399, maestroLengths},
}

const maestroLengths = 1<<20 - 1<<12 // 12 to 19

func issued(prefix, size int) bool {
	for _, i := range issuers {
		if i.low <= prefix && prefix <= i.high && i.lengths>>size&1 == 1 {
			return true
		}
	}
	return false
}
