package rpc

import (
	"encoding/base64"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// pageSize bounds what a client asks for; 0 is the default.
func pageSize(asked int32) int {
	if asked == 0 {
		return troubleshoot.DefaultPageSize
	}
	return min(int(asked), troubleshoot.MaxPageSize)
}

// pageToken reads the key that the last page ended with; "" is the first page.
func pageToken(token string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", troubleshoot.Invalid("pageToken", "is not one of ours; pass nextPageToken as it came, or nothing")
	}
	return string(key), nil
}

// onePage cuts what was read with limit+1 to the page, and gives the token of the next one, "" after the last.
func onePage[T any](all []T, limit int, key func(T) string) ([]T, string) {
	if len(all) <= limit {
		return all, ""
	}
	all = all[:limit]
	return all, base64.RawURLEncoding.EncodeToString([]byte(key(all[limit-1])))
}
