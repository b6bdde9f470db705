package troubleshoot

import (
	"strings"
	"testing"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		amount, code string
		minor        int64
		written      string
	}{
		{"59.99", "USD", 5999, "59.99"},
		{"59.9", "USD", 5990, "59.90"},
		{"59", "USD", 5900, "59.00"},
		{"59.9900", "USD", 5999, "59.99"},
		{"0.07", "EUR", 7, "0.07"},
		{"-0.07", "EUR", -7, "-0.07"},
		{"-1234.5", "EUR", -123450, "-1234.50"},
		{"0", "USD", 0, "0.00"},
		{"007.10", "USD", 710, "7.10"},
		{"1200", "JPY", 1200, "1200"},
		{"1200.00", "JPY", 1200, "1200"},
		{"1.234", "KWD", 1234, "1.234"},
		{"10000000000.00", "USD", MaxMinor, "10000000000.00"},
	} {
		m, err := ParseMoney(c.amount, c.code)
		if err != nil || m != (Money{c.minor, c.code}) || m.Amount() != c.written || !m.IsSet() {
			t.Errorf("%s %s is %+v (%v), written %q; want %d, %q", c.amount, c.code, m, err, m.Amount(), c.minor, c.written)
		}
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	for _, c := range [][2]string{
		{"", "USD"}, {".", "USD"}, {"1.", "USD"}, {".5", "USD"}, {"-", "USD"}, {"--1", "USD"}, {"+1", "USD"}, {" 1", "USD"}, {"1 ", "USD"}, {"1e3", "USD"},
		{"1,5", "USD"}, {"0x10", "USD"}, {"1_000", "USD"}, {"NaN", "USD"}, {"Inf", "USD"}, {"1.2.3", "USD"}, {"1.-5", "USD"}, {"1.+5", "USD"}, {"٣", "USD"},
		{"1.999", "USD"}, {"1.5", "JPY"}, {"10000000000.01", "USD"}, {"99999999999999999999999999", "USD"},
		{"1", ""}, {"1", "usd"}, {"1", "US"}, {"1", "DOLLAR"}, {"1", "ZZZ"}, {"1", "$"},
	} {
		if m, err := ParseMoney(c[0], c[1]); err == nil {
			t.Errorf("%q %q is taken for %+v", c[0], c[1], m)
		}
	}
}

func TestMajorUnits(t *testing.T) {
	for _, c := range []struct {
		money Money
		major float64
	}{{Money{5999, "USD"}, 59.99}, {Money{1200, "JPY"}, 1200}, {Money{1234, "KWD"}, 1.234}, {Money{7, "none"}, 7}, {Money{}, 0}} {
		if got := c.money.Major(); got != c.major {
			t.Errorf("%+v is %v, want %v", c.money, got, c.major)
		}
	}
}

func FuzzMoney(f *testing.F) {
	for _, seed := range []string{"59.99", "-0.07", "1200", "1.", "1e3", "0000.000", "10000000000.00"} {
		for _, code := range []string{"USD", "JPY", "KWD"} {
			f.Add(seed, code)
		}
	}
	f.Fuzz(func(t *testing.T, amount, code string) {
		m, err := ParseMoney(amount, code)
		if err != nil {
			if m.IsSet() {
				t.Errorf("%q %q fails and gives %+v", amount, code, m)
			}
			return
		}
		again, err := ParseMoney(m.Amount(), code)
		if err != nil || again != m {
			t.Errorf("%q is %+v, written %q, read again %+v (%v)", amount, m, m.Amount(), again, err)
		}
		if strings.TrimLeft(amount, "-0123456789.") != "" || m.Minor > MaxMinor || m.Minor < -MaxMinor {
			t.Errorf("%q is taken for %+v", amount, m)
		}
	})
}
