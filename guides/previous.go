package guides

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// A step is one of the previous revision's if their texts are alike enough:
//
//	likeness = (t + b) / 2
//
// where t and b say how alike titles and bodies are, from 0 to 1, each as the
// coefficient of Dice (1945), 2·|A∩B| / (|A|+|B|), of two sets: of a title's
// pairs of neighbouring characters, and of a body's pairs of neighbouring
// words, a Chinese or Japanese character being a word. Where a body is empty on
// either side, there is the title alone, and likeness = 5/6·t. Both must be at
// least minLikeness. The same title, or the same body, is therefore always
// enough, and likeness never falls when title or body become more alike.
//
// Of a body at most sketchSize pairs are looked at: those with the smallest
// hashes, the same in both, which is a sample of their union (Broder, On the
// resemblance and containment of documents, 1997).
//
// The most alike pairs are taken first, so a new step never takes the id of
// one that is still there: that one is more alike, or no less alike and
// earlier.
const (
	minLikeness = 0.5
	sketchSize  = 128
)

// sample is what of a step is compared.
type sample struct {
	title, body []uint64 // sorted hashes, each once
}

func sampleOf(s Step) sample {
	return sample{title: pairs(characterUnits(s.Title), 2*MaxTitleRunes), body: pairs(wordUnits(s.Instruction), sketchSize)}
}

// likeness compares two steps; see above.
func likeness(a, b sample) float64 {
	title := dice(a.title, b.title, 2*MaxTitleRunes)
	if len(a.body) == 0 || len(b.body) == 0 {
		return title * 5 / 6
	}
	return (title + dice(a.body, b.body, sketchSize)) / 2
}

// dice compares two sorted sets of hashes by the smallest of their union.
func dice(a, b []uint64, limit int) float64 {
	shared, seen := 0, 0
	for i, j := 0, 0; (i < len(a) || j < len(b)) && seen < limit; seen++ {
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			i++
		case i == len(a) || b[j] < a[i]:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	if seen == 0 {
		return 0
	}
	return 2 * float64(shared) / float64(seen+shared)
}

// characterUnits gives a text's letters and digits in lower case, with one space
// for all that stands between them, and one before and after.
func characterUnits(text string) []string {
	all := []string{" "}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
			all = append(all, string(r))
		case all[len(all)-1] != " ":
			all = append(all, " ")
		}
	}
	if all[len(all)-1] != " " {
		all = append(all, " ")
	}
	return all
}

// wordUnits gives a text's words in lower case, and wide characters one by one.
func wordUnits(text string) []string {
	var all []string
	start := -1
	text = strings.ToLower(text)
	for i, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)
		if start >= 0 && (!letter || wide(r)) {
			all = append(all, text[start:i])
			start = -1
		}
		switch {
		case letter && wide(r):
			all = append(all, string(r))
		case letter && start < 0:
			start = i
		}
	}
	if start >= 0 {
		all = append(all, text[start:])
	}
	return all
}

// pairs gives the smallest hashes of a text's pairs of neighbours, sorted,
// each once. One word alone is a pair with nothing.
func pairs(units []string, limit int) []uint64 {
	var hashes []uint64
	if len(units) == 1 && units[0] != " " {
		hashes = append(hashes, hash(units[0], ""))
	}
	for i := 1; i < len(units); i++ {
		hashes = append(hashes, hash(units[i-1], units[i]))
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	return slices.Clip(hashes[:min(len(hashes), limit)])
}

// hash is FNV-1a of two words.
func hash(a, b string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * prime
	}
	h = (h ^ 0xFF) * prime // in no UTF-8, so that "ab","c" is not "a","bc"
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * prime
	}
	return h
}

// keepIDs gives steps the ids of those of the previous revision that they are.
// Steps that have an id keep it.
func keepIDs(steps, previous []Step) {
	left := map[string]int{} // ids of previous steps that no step has yet, and which step
	for i, p := range previous {
		if _, again := left[p.ID]; !again && p.ID == slug(p.ID) && endingNames[p.ID] == "" && p.ID != "" {
			left[p.ID] = i
		}
	}
	for _, s := range steps {
		delete(left, s.ID)
	}
	unchanged := map[[2]string][]int{}
	for i, p := range previous {
		if at, ok := left[p.ID]; ok && at == i {
			key := [2]string{p.Title, p.Instruction}
			unchanged[key] = append(unchanged[key], i)
		}
	}
	for i, s := range steps {
		key := [2]string{s.Title, s.Instruction}
		if same := unchanged[key]; s.ID == "" && len(same) > 0 {
			steps[i].ID = previous[same[0]].ID
			unchanged[key] = same[1:]
			delete(left, steps[i].ID)
		}
	}
	for _, pair := range alike(steps, previous, left) {
		step, id := &steps[pair.step], previous[pair.previous].ID
		if _, free := left[id]; free && step.ID == "" {
			step.ID = id
			delete(left, id)
		}
	}
}

// alikePair says how alike a step and one of the previous revision are.
type alikePair struct {
	likeness       float64
	step, previous int
}

// alike pairs the steps that have no id with the previous ones whose ids are
// left, if they are alike enough, the most alike first. A step whose title is
// that of an id is just so.
func alike(steps, previous []Step, left map[string]int) []alikePair {
	if len(left) == 0 {
		return nil
	}
	samples := map[int]sample{}
	for _, i := range left {
		samples[i] = sampleOf(previous[i])
	}
	var pairs []alikePair
	for i, s := range steps {
		if s.ID != "" {
			continue
		}
		own := sampleOf(s)
		for j, old := range samples {
			how := likeness(own, old)
			if slug(s.Title) == previous[j].ID {
				how = max(how, minLikeness)
			}
			if how >= minLikeness {
				pairs = append(pairs, alikePair{how, i, j})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b alikePair) int {
		return cmp.Or(cmp.Compare(b.likeness, a.likeness), cmp.Compare(a.apart(), b.apart()),
			cmp.Compare(a.previous, b.previous), cmp.Compare(a.step, b.step))
	})
	return pairs
}

func (p alikePair) apart() int { return max(p.step-p.previous, p.previous-p.step) }
