package troubleshoot

import "strings"

// Language gives the primary language of a BCP 47 tag in lower case, "" for none: "en" of en-GB, and of en_GB, as many systems
// write it.
func Language(tag string) string {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.ToLower(primary)
}

// isLanguage tells a tag that begins with a language: 2 to 8 letters (RFC 5646, section 2.1).
func isLanguage(tag string) bool {
	primary := Language(tag)
	return len(primary) >= 2 && len(primary) <= 8 && strings.Trim(primary, "abcdefghijklmnopqrstuvwxyz") == ""
}
