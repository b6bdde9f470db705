package live

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

var here = origin{1, 2, 3, 4, 5, 6, 7, 8}

// wakes are all shapes of a wake.
func wakes() map[string]wake {
	return map[string]wake{
		"everything":         {},
		"a topic":            {topic: SessionTopic("0dk3")},
		"a shopper writes":   {topic: "session/0dk3", typing: &Typing{Sender: troubleshoot.ByShopper}},
		"an expert writes":   {topic: "session/0dk3", typing: &Typing{Sender: troubleshoot.ByExpert, Expert: "Zoë"}},
		"as long as may be":  {topic: strings.Repeat("t", maxTopic), typing: &Typing{Sender: troubleshoot.BySystem, Expert: strings.Repeat("e", maxExpert)}},
		"the longest an id":  {topic: ExpertTopic(troubleshoot.ExpertID{Seller: strings.Repeat("s", 63), Name: strings.Repeat("n", 63)})},
		"a topic of nothing": {topic: QueueTopic},
	}
}

func same(a, b wake) bool {
	return a.topic == b.topic && (a.typing == nil) == (b.typing == nil) && (a.typing == nil || *a.typing == *b.typing)
}

func TestWakesComeAsTheyWent(t *testing.T) {
	for name, w := range wakes() {
		data, err := w.append(nil, here)
		if err != nil || len(data) > maxWake {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
			continue
		}
		from, got, err := decodeWake(data)
		if err != nil || from != here || !same(got, w) {
			t.Errorf("%s: came as %v %+v, %v", name, from, got, err)
		}
	}
}

func TestWakesThatCannotBeCarried(t *testing.T) {
	for name, w := range map[string]wake{
		"topic too long":    {topic: strings.Repeat("t", maxTopic+1)},
		"topic no text":     {topic: "session/\xff"},
		"expert too long":   {topic: "t", typing: &Typing{Sender: troubleshoot.ByExpert, Expert: strings.Repeat("e", maxExpert+1)}},
		"expert no text":    {topic: "t", typing: &Typing{Sender: troubleshoot.ByExpert, Expert: "\xff"}},
		"nobody writes":     {topic: "t", typing: &Typing{Expert: "ada"}},
		"unknown sender":    {topic: "t", typing: &Typing{Sender: 4}},
		"writes everywhere": {typing: &Typing{Sender: troubleshoot.ByShopper}},
	} {
		if data, err := w.append(nil, here); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument || err == nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, err := wake{topic: "t", typing: &Typing{Sender: troubleshoot.ByExpert, Expert: "ada"}}.append(nil, here)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, to byte) []byte {
		data := bytes.Clone(good)
		data[at] = to
		return data
	}
	for name, data := range map[string][]byte{
		"nothing":                   nil,
		"a header cut short":        good[:wireHeader-1],
		"another version":           changed(0, 2),
		"a topic longer than all":   changed(wireHeader-1, 200),
		"a topic of 64 KiB":         changed(wireHeader-2, 255),
		"nobody, with a name":       changed(wireHeader-3, 0),
		"a sender that is unknown":  changed(wireHeader-3, 4),
		"a sender below nobody":     changed(wireHeader-3, 255),
		"a topic that is no text":   changed(wireHeader, 0xff),
		"a name that is no text":    changed(wireHeader+2, 0xff),
		"a name that is too long":   append(bytes.Clone(good), bytes.Repeat([]byte("a"), maxExpert)...),
		"somebody writes nowhere":   append(bytes.Clone(good[:wireHeader-2]), 0, 0),
		"a topic that is too long":  append(append(bytes.Clone(good[:wireHeader-3]), 0, 2, 0), bytes.Repeat([]byte("t"), 512)...),
		"text instead of our bytes": []byte(`{"topic":"session/0dk3"}`),
	} {
		if _, w, err := decodeWake(data); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument || err == nil {
			t.Errorf("%s: taken as %+v, %v", name, w, err)
		}
	}
}

// FuzzDecodeWake: whatever the bus brings either is refused or is exactly what append writes.
func FuzzDecodeWake(f *testing.F) {
	for _, w := range wakes() {
		data, err := w.append(nil, here)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		from, w, err := decodeWake(data)
		if err != nil {
			if troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if again, err := w.append(nil, from); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%q was taken as %+v, which is written %q, %v", data, w, again, err)
		}
	})
}
