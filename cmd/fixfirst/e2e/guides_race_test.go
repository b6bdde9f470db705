package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// together runs calls at the same time and gives their replies.
func together(calls ...func() reply) []reply {
	replies := make([]reply, len(calls))
	var wg sync.WaitGroup
	for n, call := range calls {
		wg.Go(func() { replies[n] = call() })
	}
	wg.Wait()
	return replies
}

// TestADraftOutlivesAPublish saves a draft while the one before it is being published: whichever comes first, what was
// acknowledged is there.
func TestADraftOutlivesAPublish(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		const at = "/v1/sellers/acme/guides/kettle"
		for round := range sized(60, 300) {
			first := s.must(http.MethodPut, at, object{"markdown": fmt.Sprintf("%s\n## Round %d\n\nFirst.\n", kettleGuide, round)})
			newer := fmt.Sprintf("%s\n## Round %d\n\nNewer.\n", kettleGuide, round)
			replies := together(
				func() reply { return s.do(http.MethodPut, at, object{"markdown": newer}) },
				func() reply { return s.do(http.MethodPost, at+":publish", object{"etag": first["etag"]}) })
			if replies[0].code != http.StatusOK || (replies[1].code != http.StatusOK && replies[1].code != http.StatusConflict) {
				t.Fatalf("round %d: %v", round, replies)
			}
			if got := s.must(http.MethodGet, at, nil); text(got, "markdown") != newer {
				t.Fatalf("round %d: the acknowledged draft is gone; publishing answered %s", round, replies[1])
			}
		}
	})
}

// TestADraftShowsItsPictures saves a draft while a picture of it is uploaded or deleted: in the end it shows what is there.
func TestADraftShowsItsPictures(t *testing.T) {
	picture := sample(t, 9)
	eachEngine(t, func(t *testing.T, s *server) {
		for round := range sized(30, 200) {
			at := fmt.Sprintf("/v1/sellers/acme/guides/kettle-%d", round)
			put := func() reply {
				return s.do(http.MethodPut, at, object{"markdown": kettleGuide + "\n![a lamp](lamp.png)\n"})
			}
			upload := func() reply {
				return s.do(http.MethodPut, at+"/assets/lamp.png", picture, "Content-Type", "image/png")
			}
			for n, r := range together(put, upload) {
				if r.code != http.StatusOK {
					t.Fatalf("call %d: %s", n, r)
				}
			}
			if html := text(s.must(http.MethodGet, at, nil), "html"); !strings.Contains(html, `src="/assets/`) {
				t.Fatalf("round %d: the draft does not show the picture that it has", round)
			}
			for n, r := range together(put, func() reply { return s.do(http.MethodDelete, at+"/assets/lamp.png", nil) }) {
				if r.code != http.StatusOK {
					t.Fatalf("call %d: %s", n, r)
				}
			}
			if html := text(s.must(http.MethodGet, at, nil), "html"); strings.Contains(html, `src="/assets/`) {
				t.Fatalf("round %d: the draft shows a picture that is gone", round)
			}
		}
	})
}
