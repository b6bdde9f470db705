package gateway

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// negotiate settles what the reply is written as. The mux compares Accept byte by byte, so it is reduced to the one
// media type that was chosen: CSV for reads that prefer it, JSON for all else.
func negotiate(r *http.Request) {
	accept, ok := r.Header["Accept"]
	if !ok {
		return
	}
	chosen := mediaJSON
	if r.Method == http.MethodGet && prefersCSV(strings.Join(accept, ",")) {
		chosen = mediaCSV
	}
	r.Header["Accept"] = []string{chosen}
}

// prefersCSV weighs text/csv against application/json (RFC 9110 section 12.5.1): the more exact range gives the
// weight, the higher weight wins, of equal weights the more exact range, then the one named first.
func prefersCSV(accept string) bool {
	var csv, json preference
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
		case mediaCSV:
			csv.consider(2, q, i)
		case mediaJSON:
			json.consider(2, q, i)
		case "text/*":
			csv.consider(1, q, i)
		case "application/*":
			json.consider(1, q, i)
		case "*/*":
			json.consider(0, q, i)
		}
	}
	if csv.q == 0 {
		return false
	}
	if csv.q != json.q {
		return csv.q > json.q
	}
	if csv.exact != json.exact {
		return csv.exact > json.exact
	}
	return csv.at < json.at
}

// preference is how much a client wants a media type.
type preference struct {
	q     float64 // 0 is not at all
	exact int     // 2 for a media type, 1 for type/*, 0 for */*
	at    int     // position in the list
	said  bool
}

func (p *preference) consider(exact int, q float64, at int) {
	if !p.said || exact > p.exact {
		*p = preference{q: q, exact: exact, at: at, said: true}
	}
}
