package troubleshoot

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxMinor bounds an amount, and the price of all units of an order line, in minor units: sums over millions of lines stay exact.
const MaxMinor = 1_000_000_000_000

// Money is an exact amount: integer minor units of one ISO 4217 currency. The zero value means "not said".
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency,omitempty"` // "USD"
}

// IsSet tells an amount from the zero value.
func (m Money) IsSet() bool { return m.Currency != "" }

// ParseMoney reads a decimal string such as "59.99" exactly. More decimals than the currency has are refused, unless
// they are zeros.
func ParseMoney(amount, code string) (Money, error) {
	digits, err := Digits(code)
	if err != nil {
		return Money{}, err
	}
	digitsOnly, negative := strings.CutPrefix(amount, "-")
	whole, fraction, hasPoint := strings.Cut(digitsOnly, ".")
	if whole == "" || (hasPoint && fraction == "") {
		return Money{}, fmt.Errorf("%q is no amount; write it like 59.99", amount)
	}
	if kept := strings.TrimRight(fraction, "0"); len(kept) > digits {
		return Money{}, fmt.Errorf("%q has more decimals than %s has (%d)", amount, code, digits)
	} else {
		fraction = kept + strings.Repeat("0", digits-len(kept))
	}
	minor, err := strconv.ParseUint(whole+fraction, 10, 63)
	if err != nil {
		return Money{}, fmt.Errorf("%q is no amount; write it like 59.99", amount)
	}
	if minor > MaxMinor {
		return Money{}, fmt.Errorf("%q is more than %d minor units", amount, int64(MaxMinor))
	}
	m := Money{Minor: int64(minor), Currency: code}
	if negative {
		m.Minor = -m.Minor
	}
	return m, nil
}

// Amount writes the decimal string with all of the currency's digits: "59.90".
func (m Money) Amount() string {
	digits, err := Digits(m.Currency)
	if err != nil || digits == 0 {
		return strconv.FormatInt(m.Minor, 10)
	}
	sign, minor := "", m.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	s := strconv.FormatInt(minor, 10)
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Major gives the amount in major units, for estimates and rules, never for adding up.
func (m Money) Major() float64 { return float64(m.Minor) / MinorPerMajor(m.Currency) }

// MinorPerMajor gives 100 for USD, 1 for JPY; 1 for an unknown code.
func MinorPerMajor(code string) float64 {
	digits, err := Digits(code)
	if err != nil {
		return 1
	}
	return math.Pow10(digits)
}
