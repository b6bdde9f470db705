package gateway

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// negotiate settles what the reply is written as. The mux compares Accept byte by byte, so it is reduced to the one
// media type that was chosen: the other one of its route for reads that prefer it, the standard one for all else.
func negotiate(r *http.Request) {
	accept, ok := r.Header["Accept"]
	if !ok {
		return
	}
	chosen := mediaJSON
	if r.Method == http.MethodGet {
		standard, other := offered(r.URL.Path)
		chosen = standard
		if prefers(strings.Join(accept, ","), other, standard) {
			chosen = other
		}
	}
	r.Header["Accept"] = []string{chosen}
}

// offered are the media types that a read may be answered in. Errors are JSON always, and what is no table is never CSV.
func offered(path string) (standard, other string) {
	switch {
	case strings.HasSuffix(path, "/events:stream"), strings.HasSuffix(path, "/work:stream"):
		return mediaNDJSON, mediaEvents
	case strings.HasSuffix(path, "/transcript"):
		return mediaJSON, mediaText
	}
	return mediaJSON, mediaCSV
}

// How exactly a range of Accept names a media type.
const (
	byAnything = iota // */*
	byKind            // text/*
	byAlias           // another name of it, or what it consists of
	byName
)

// prefers weighs another media type, which is one of text, against the standard one (RFC 9110 section 12.5.1): the more
// exact range gives the weight, the higher weight wins, of equal weights the more exact range, then the one named first.
func prefers(accept, other, standard string) bool {
	var a, b preference // of other and of standard
	for i, part := range strings.Split(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		switch media {
		case other:
			a.consider(byName, q, i)
		case standard:
			b.consider(byName, q, i)
		case mediaJSON, "application/ndjson", "application/jsonl":
			b.consider(byAlias, q, i) // only rows of JSON have others
		case "text/*":
			a.consider(byKind, q, i)
		case "application/*":
			b.consider(byKind, q, i)
		case "*/*":
			b.consider(byAnything, q, i)
		}
	}
	if a.q == 0 {
		return false
	}
	if a.q != b.q {
		return a.q > b.q
	}
	if a.exact != b.exact {
		return a.exact > b.exact
	}
	return a.at < b.at
}

// preference is how much a client wants a media type.
type preference struct {
	q     float64 // 0 is not at all
	exact int
	at    int // position in the list
	said  bool
}

func (p *preference) consider(exact int, q float64, at int) {
	if !p.said || exact > p.exact {
		*p = preference{q: q, exact: exact, at: at, said: true}
	}
}
