package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// normaliser gives what is random in replies, or follows the clock, names by the order of its appearance.
type normaliser struct{ names map[string]string }

func newNormaliser() *normaliser { return &normaliser{map[string]string{}} }

var (
	randomText = regexp.MustCompile(`ff_(live|test)_[A-Za-z0-9_-]+|ffs_[A-Za-z0-9_-]+|\b[0-9a-v]{37}\b`)
	timeText   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	pageToken  = regexp.MustCompile(`"nextPageToken":"[^"]+"`)
	etagText   = regexp.MustCompile(`("etag":|its etag is \\?)"[^"\\]+`)
)

// of gives a text in which the same random id always has the same name. Times stay, but for those of just now.
func (n *normaliser) of(text string) string {
	text = pageToken.ReplaceAllString(text, `"nextPageToken":"<token>"`)
	text = etagText.ReplaceAllStringFunc(text, func(found string) string {
		quote := strings.LastIndexByte(found, '"') + 1
		return found[:quote] + n.name("etag", found[quote:])
	})
	text = randomText.ReplaceAllStringFunc(text, func(found string) string {
		switch {
		case strings.HasPrefix(found, "ffs_"):
			return "<token>" // two of one second are the same, two of two seconds are not
		case strings.HasPrefix(found, "ff_"):
			return n.name("key", found)
		}
		return n.name("id", found)
	})
	return timeText.ReplaceAllStringFunc(text, func(found string) string {
		if t, err := time.Parse(time.RFC3339, found); err == nil && time.Since(t).Abs() < time.Hour {
			return "<now>"
		}
		return found
	})
}

func (n *normaliser) name(kind, random string) string {
	if n.names[random] == "" {
		n.names[random] = fmt.Sprintf("<%s %d>", kind, len(n.names)+1)
	}
	return n.names[random]
}

// reply gives code and body. JSON is written anew, because its spacing and the order of maps mean nothing.
func (n *normaliser) reply(r reply) string {
	body := string(r.body)
	var decoded any
	if json.Unmarshal(r.body, &decoded) == nil {
		var canonical strings.Builder
		encoder := json.NewEncoder(&canonical)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(decoded) == nil {
			body = canonical.String()
		}
	}
	return fmt.Sprintf("%d %s %s", r.code, r.header.Get("Content-Type"), n.of(body))
}
