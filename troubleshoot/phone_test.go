package troubleshoot

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParsePhone(t *testing.T) {
	for text, want := range map[string]string{
		"+14155550123":            "+14155550123",
		"+1 (415) 555-0123":       "+14155550123",
		"+1.415.555.0123":         "+14155550123",
		" (+1) 415 555 0123 ":     "+14155550123",
		"+49\u00a030 1234\u20115": "+493012345",
		"+1234567":                "+1234567",         // the shortest
		"+123456789012345":        "+123456789012345", // the longest
		"+4 9-3.0(1)2 3":          "+4930123",
	} {
		if got, err := ParsePhone("callback.phone", text); err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	for _, c := range []struct{ rule, text, says string }{
		{"nothing", "", "fewer than 7"},
		{"a plus alone", "+", "fewer than 7"},
		{"too short", "+123456", "fewer than 7"},
		{"too long", "+1234567890123456", "more than 15"},
		{"no country code", "2125550123", "is no phone number"},
		{"an exit code", "004930123456", "is no phone number"},
		{"a country code with 0", "+04155550123", "begins with 0"},
		{"the digit of calls at home", "+49 (0)30 123456", `leave it out`},
		{"two plusses", "++14155550123", "is no phone number"},
		{"a plus behind", "+1415555+0123", "is no phone number"},
		{"letters", "+1415555CALL", "is no phone number"},
		{"an extension", "+14155550123 x5", "is no phone number"},
		{"a slash", "+49 30/123456", "is no phone number"},
		{"a line break", "+1415555\n0123", "is no phone number"},
		{"other digits", "+１４１５５５５０１２３", "is no phone number"},
		{"two numbers", "+14155550123, +14155550124", "is no phone number"},
		{"bytes that are no text", "+1415555\xff0123", "is no phone number"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := ParsePhone("callback.phone", c.text)
			var e *Error
			if got != "" || !errors.As(err, &e) || e.Code != InvalidArgument || e.Violations[0].Field != "callback.phone" {
				t.Fatalf("gave %q and %v", got, err)
			}
			if !strings.Contains(e.Message, c.says) || len(c.text) > 2 && strings.Contains(e.Message, c.text) {
				t.Errorf("says %q, want %q in it", e.Message, c.says)
			}
		})
	}
}

func TestMaskPhone(t *testing.T) {
	for phone, want := range map[string]string{
		"+14155550123":  "+•••••••••23",
		"+1234567":      "+•••••67",
		"":              "",
		"+12":           "•••", // too short to show any of
		"4155550123":    "••••••••••",
		"+1 4155550123": "•••••••••••••",
	} {
		if got := MaskPhone(phone); got != want {
			t.Errorf("%q is shown as %q, want %q", phone, got, want)
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"+14155550123", "+1 (415) 555-0123", "004930123456", "+49 (0)30 123456", "+", "+1234567890123456"} {
		f.Add(seed)
	}
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	f.Fuzz(func(t *testing.T, text string) {
		phone, err := ParsePhone("phone", text)
		if err != nil {
			if phone != "" || CodeOf(err) != InvalidArgument {
				t.Errorf("%q gave %q and %v", text, phone, err)
			}
			phone = text
		} else if again, err := ParsePhone("phone", phone); !e164.MatchString(phone) || err != nil || again != phone {
			t.Errorf("%q is %q, and that is %q (%v)", text, phone, again, err)
		}
		shown := MaskPhone(phone)
		if digits := strings.Trim(shown, "+•"); err == nil && digits != phone[len(phone)-2:] || err != nil && digits != "" && phone != text {
			t.Errorf("%q is shown as %q", phone, shown)
		}
		if utf8.RuneCountInString(shown) != utf8.RuneCountInString(phone) {
			t.Errorf("%q is shown as %q", phone, shown)
		}
	})
}
