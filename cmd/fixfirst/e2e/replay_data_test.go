package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// line of a dialogue: who says what.
type spoken struct {
	byShopper bool
	text      string
}

// dialogue is a real conversation, cut to messages that may be sent.
type dialogue struct {
	id    string
	lines []spoken
}

// dialogues reads the shared ones where they are, and else the few in testdata. At most so many, spread over all.
func dialogues(t *testing.T, most int) []dialogue {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "dialogues", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 && full() {
		t.Fatal("the dialogues for the full size are not there")
	}
	if len(files) == 0 {
		files = []string{filepath.Join("testdata", "dialogues.jsonl")}
	}
	var all []dialogue
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			all = append(all, readDialogue(t, lines.Bytes()))
		}
		if lines.Err() != nil {
			t.Fatal(lines.Err())
		}
	}
	if len(all) <= most {
		return all
	}
	var some []dialogue
	for n := range most {
		some = append(some, all[n*len(all)/most])
	}
	return some
}

func readDialogue(t *testing.T, row []byte) dialogue {
	t.Helper()
	var d struct {
		ID    string
		Turns []struct{ Speaker, Text string }
	}
	if err := json.Unmarshal(row, &d); err != nil {
		t.Fatal(err)
	}
	out := dialogue{id: d.ID}
	for _, turn := range d.Turns {
		for _, part := range cut(turn.Text, troubleshoot.MaxMessage) {
			out.lines = append(out.lines, spoken{turn.Speaker == "customer", part})
		}
	}
	return out
}

// cut divides a text into messages, and leaves out what no message may be: nothing, or NUL characters.
func cut(text string, most int) []string {
	runes := []rune(strings.ReplaceAll(text, "\x00", ""))
	var parts []string
	for len(runes) > 0 {
		n := min(most, len(runes))
		parts, runes = append(parts, string(runes[:n])), runes[n:]
	}
	return parts
}
