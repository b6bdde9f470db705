package gateway

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestOpenAPIOfStreams(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	type parameter struct{ Name, In string }
	type media struct{ Schema map[string]string }
	var doc struct {
		Paths map[string]struct {
			Get struct {
				Parameters []parameter
				Responses  map[string]struct{ Content map[string]media }
			}
		}
	}
	if err := json.Unmarshal([]byte(w.do(t, "GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	for path, message := range map[string]string{liveEvents: "SessionEvent", liveWork: "Work"} {
		get := doc.Paths[path].Get
		content := get.Responses["200"].Content
		if len(content) != 2 || content[mediaEvents].Schema["type"] != "string" || content[mediaNDJSON].Schema["$ref"] != "#/components/schemas/"+message {
			t.Errorf("%s answers %v", path, content)
		}
		if got := slices.Contains(get.Parameters, parameter{lastEventID, "header"}); got != (path == liveEvents) {
			t.Errorf("%s takes %v", path, get.Parameters)
		}
	}
	content := doc.Paths[transcriptPath].Get.Responses["200"].Content
	if len(content) != 2 || content[mediaText].Schema["type"] != "string" || content[mediaJSON].Schema["$ref"] != "#/components/schemas/Transcript" {
		t.Errorf("a transcript is %v", content)
	}
}
