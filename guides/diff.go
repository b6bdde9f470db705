package guides

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// ChangeKind says what became of a step or a line.
type ChangeKind string

// Kinds of change. Steps have all but SAME; lines have SAME, ADDED and REMOVED.
const (
	ADDED     ChangeKind = "ADDED"
	REMOVED   ChangeKind = "REMOVED"
	CHANGED   ChangeKind = "CHANGED"
	MOVED     ChangeKind = "MOVED" // the same words at another place among the steps that both have
	UNCHANGED ChangeKind = "UNCHANGED"
	SAME      ChangeKind = "SAME"
)

// StepChange is what became of a step that one of two texts of a guide has.
type StepChange struct {
	Step   string // its id
	Kind   ChangeKind
	Title  string   // in the newer text, else in the older
	Fields []string // of CHANGED and MOVED: title, text, next, requires, stop, place, in this order
}

// DiffSteps tells what became of the steps of a guide, in their new order; a step that is gone stands after the one that
// it came after. Steps are the same by id, which no two of a text share. Those are said to have moved that are outside of a longest run which both
// texts have in the same order, so that moving one step up is one move and not as many as it passed.
func DiffSteps(from, to []Step) []StepChange {
	before := make(map[string]int, len(from)) // by id
	for i, s := range from {
		before[s.ID] = i
	}
	after := make(map[string]bool, len(to))
	var shared, places []int // in to, and in from
	for i, s := range to {
		if at, ok := before[s.ID]; ok {
			shared, places = append(shared, i), append(places, at)
		}
		after[s.ID] = true
	}
	stayed := make(map[int]bool, len(shared))
	for _, at := range longestRise(places) {
		stayed[shared[at]] = true
	}
	changes := make([]StepChange, 0, len(to))
	gone := func(at int) { // those that stood at and after a place of from, up to one that is still there
		for ; at < len(from) && !after[from[at].ID]; at++ {
			changes = append(changes, StepChange{Step: from[at].ID, Kind: REMOVED, Title: from[at].Title})
		}
	}
	gone(0)
	for i, s := range to {
		at, was := before[s.ID]
		if !was {
			changes = append(changes, StepChange{Step: s.ID, Kind: ADDED, Title: s.Title})
			continue
		}
		change := StepChange{Step: s.ID, Kind: UNCHANGED, Title: s.Title, Fields: changedFields(from, at, to, i)}
		switch {
		case len(change.Fields) > 0:
			change.Kind = CHANGED
		case !stayed[i]:
			change.Kind = MOVED
		}
		if !stayed[i] {
			change.Fields = append(change.Fields, "place")
		}
		changes = append(changes, change)
		gone(at + 1)
	}
	return changes
}

// changedFields compares one step of from with one of to.
func changedFields(from []Step, i int, to []Step, j int) (fields []string) {
	a, b := from[i], to[j]
	for _, field := range []struct {
		name    string
		changed bool
	}{
		{"title", a.Title != b.Title},
		{"text", a.Instruction != b.Instruction || a.HTML != b.HTML},
		{"next", relative(from, i) != relative(to, j)},
		{"requires", !slices.Equal(a.Requires, b.Requires)},
		{"stop", a.Stop != b.Stop},
	} {
		if field.changed {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// relative gives where a step leads, with the following step written as such: a step that merely has another neighbour
// than before was not changed by its seller.
func relative(steps []Step, at int) Next {
	following := AskExpert
	if at+1 < len(steps) {
		following = steps[at+1].ID
	}
	n := steps[at].Next
	for _, to := range []*string{&n.Yes, &n.No, &n.Next} {
		if *to == following {
			*to = "\x00following" // no id has a NUL
		}
	}
	return n
}

// longestRise gives the indexes of a longest strictly rising subsequence, by patience sorting (Fredman, "On computing
// the length of longest increasing subsequences", Discrete Mathematics 11, 1975) in O(n log n).
func longestRise(values []int) []int {
	var tails []int // for each length, the index of the smallest value that ends such a rise
	previous := make([]int, len(values))
	for i, v := range values {
		at, _ := slices.BinarySearchFunc(tails, v, func(tail, v int) int { return cmp.Compare(values[tail], v) })
		previous[i] = -1
		if at > 0 {
			previous[i] = tails[at-1]
		}
		if at == len(tails) {
			tails = append(tails, i)
		} else {
			tails[at] = i
		}
	}
	rise := make([]int, len(tails))
	if len(tails) > 0 {
		for at, i := len(tails)-1, tails[len(tails)-1]; at >= 0; at, i = at-1, previous[i] {
			rise[at] = i
		}
	}
	return rise
}

// LineChange is a line of one or both of two texts.
type LineChange struct {
	Kind             ChangeKind // SAME, ADDED or REMOVED
	OldLine, NewLine int        // from 1; 0 in the text that does not have it
	Text             string     // without its end
}

// contextLines stand unchanged around each change.
const contextLines = 3

// DiffLines tells which lines of a text changed, with three lines of context around them; a gap in the numbers is where
// unchanged lines are left out. How lines end (CRLF or LF) is no change.
//
// The texts are first cut at lines that each has once and both have in the same order (Bram Cohen's patience diff), and
// the pieces compared by Myers' algorithm ("An O(ND) difference algorithm and its variations", Algorithmica 1, 1986),
// which udiff gives up after 100 differences of one piece; so the time stays close to linear in the texts.
func DiffLines(from, to string) []LineChange {
	a, b := splitLines(from), splitLines(to)
	var hunks []hunk
	i, j := 0, 0
	for _, anchor := range append(anchorLines(a, b), hunk{len(a), len(a), len(b), len(b)}) {
		hunks = appendHunks(hunks, a, b, hunk{i, anchor.oldStart, j, anchor.newStart})
		i, j = anchor.oldStart+1, anchor.newStart+1
	}
	return withContext(hunks, a, b)
}

// hunk says that the old lines from one index up to another gave way to new ones.
type hunk struct{ oldStart, oldEnd, newStart, newEnd int }

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

// anchorLines gives the lines that each text has once, as far as both have them in the same order.
func anchorLines(a, b []string) []hunk {
	once := make(map[string]int, len(a)) // its index in a; -1 if it is there more often
	for i, line := range a {
		if _, known := once[line]; known {
			i = -1
		}
		once[line] = i
	}
	inB := make(map[string]int, len(once))
	for _, line := range b {
		if i, known := once[line]; known && i >= 0 {
			inB[line]++
		}
	}
	var pairs []hunk
	var places []int
	for j, line := range b {
		if inB[line] == 1 {
			pairs, places = append(pairs, hunk{once[line], 0, j, 0}), append(places, once[line])
		}
	}
	var anchors []hunk
	for _, at := range longestRise(places) {
		anchors = append(anchors, pairs[at])
	}
	return anchors
}

// appendHunks compares one piece of both texts.
func appendHunks(hunks []hunk, a, b []string, piece hunk) []hunk {
	for piece.oldStart < piece.oldEnd && piece.newStart < piece.newEnd && a[piece.oldStart] == b[piece.newStart] {
		piece.oldStart, piece.newStart = piece.oldStart+1, piece.newStart+1
	}
	for piece.oldStart < piece.oldEnd && piece.newStart < piece.newEnd && a[piece.oldEnd-1] == b[piece.newEnd-1] {
		piece.oldEnd, piece.newEnd = piece.oldEnd-1, piece.newEnd-1
	}
	if piece.oldStart == piece.oldEnd || piece.newStart == piece.newEnd {
		if piece.oldStart < piece.oldEnd || piece.newStart < piece.newEnd {
			hunks = append(hunks, piece)
		}
		return hunks
	}
	old, offset, shift := a[piece.oldStart:piece.oldEnd], 0, piece.newStart-piece.oldStart
	at := piece.oldStart // the line of a that starts at offset
	for _, edit := range udiff.Lines(joinLines(old), joinLines(b[piece.newStart:piece.newEnd])) {
		for ; offset < edit.Start; at++ {
			offset += len(a[at]) + 1
		}
		h := hunk{oldStart: at, newStart: at + shift}
		for ; offset < edit.End; at++ {
			offset += len(a[at]) + 1
		}
		h.oldEnd, h.newEnd = at, h.newStart+strings.Count(edit.New, "\n")
		shift = h.newEnd - h.oldEnd
		hunks = append(hunks, h)
	}
	return hunks
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") + "\n" }

// withContext writes hunks out, line by line.
func withContext(hunks []hunk, a, b []string) []LineChange {
	size := 0
	for _, h := range hunks {
		size += h.oldEnd - h.oldStart + h.newEnd - h.newStart + 2*contextLines
	}
	changes := make([]LineChange, 0, size)
	shown := 0 // old lines up to here are written
	same := func(start, end, shift int) {
		for i := max(start, shown); i < end; i++ {
			changes = append(changes, LineChange{SAME, i + 1, i + 1 + shift, a[i]})
		}
		shown = max(shown, end)
	}
	for k, h := range hunks {
		same(h.oldStart-contextLines, h.oldStart, h.newStart-h.oldStart)
		for i := h.oldStart; i < h.oldEnd; i++ {
			changes = append(changes, LineChange{REMOVED, i + 1, 0, a[i]})
		}
		for j := h.newStart; j < h.newEnd; j++ {
			changes = append(changes, LineChange{ADDED, 0, j + 1, b[j]})
		}
		shown = h.oldEnd
		end := len(a)
		if k+1 < len(hunks) {
			end = hunks[k+1].oldStart
		}
		same(h.oldEnd, min(h.oldEnd+contextLines, end), h.newEnd-h.oldEnd)
	}
	return changes
}
