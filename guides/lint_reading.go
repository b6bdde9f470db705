package guides

import "fmt"

// Texts are judged from so much on: Flesch took samples of 100 words.
const (
	judgedWords = 100
	judgedChars = 200
)

// hardEase is the score below which a step is called hard to read. On the scale that all four formulas share, 30 to 50 is
// difficult and less is very difficult; the middle leaves room for long names of products, which nobody can shorten.
const hardEase = 40

// Chinese has no formula that is generally accepted (Y.-T. Sung et al., "Constructing and validating readability
// models", Behavior Research Methods 47, 2015, compare dozens of features). The bounds are those of a style guide for
// technical documents that many Chinese companies follow, 中文技术文档的写作规范 by Ruan Yifeng: no sentence over 100
// characters, and no piece between two marks over 40; here as averages of a text, which is milder.
const (
	hardSentenceChars = 60
	hardClauseChars   = 25
)

// hardToRead judges a step that is long enough, and counts the others together.
func (l *linter) hardToRead(s *lintedStep) {
	formula, known := eases[l.language]
	if !known && l.language != "zh" {
		return
	}
	r := l.prose.reading(formula.syllables)
	if r.words >= judgedWords || r.chars >= judgedChars {
		if why := l.hardness(formula, r); why != "" {
			f := l.longestSentence()
			f.Message = "this step is hard to read: " + why
			l.report(f.offset, f.Finding)
		}
		return
	}
	l.reading.sentences += r.sentences
	l.reading.words += r.words
	l.reading.syllables += r.syllables
	l.reading.chars += r.chars
	l.reading.clauses += r.clauses
	if i := l.prose.longest; i >= 0 && l.prose.sentences[i].words+l.prose.sentences[i].chars > l.longest.size {
		l.longest = l.longestSentence()
	}
}

// hardToReadAsAWhole judges the steps that are too short to be judged alone.
func (l *linter) hardToReadAsAWhole() {
	if l.reading.words < judgedWords && l.reading.chars < judgedChars {
		return
	}
	if why := l.hardness(eases[l.language], l.reading); why != "" {
		l.longest.Message = "this guide is hard to read: " + why
		l.longest.Rule, l.longest.Severity = "hard-to-read", INFO
		l.c.findInBody(l.longest.offset, l.longest.Finding)
	}
}

// hardness says why a text is hard to read; "" if it is not.
func (l *linter) hardness(formula ease, r reading) string {
	if l.language == "zh" {
		sentence := r.chars / max(r.sentences, 1)
		clause := r.chars / max(r.clauses, 1)
		switch {
		case sentence > hardSentenceChars:
			return fmt.Sprintf("its sentences have %d characters on average", sentence)
		case clause > hardClauseChars:
			return fmt.Sprintf("there are %d characters between two marks on average", clause)
		}
		return ""
	}
	if score := formula.score(r); score < hardEase {
		return fmt.Sprintf("its sentences have %d words and its words %.1f syllables on average",
			r.words/max(r.sentences, 1), float64(r.syllables)/float64(max(r.words, 1)))
	}
	return ""
}

// longestSentence is where to begin making a step easier.
func (l *linter) longestSentence() findingAt {
	if l.prose.longest < 0 {
		return findingAt{}
	}
	s := l.prose.sentences[l.prose.longest]
	text, offset := l.prose.trimmed(s.span)
	text, _ = clip(text, 200)
	return findingAt{offset: offset, size: s.words + s.chars, Finding: Finding{Text: text,
		Mend: "write shorter sentences, one thought each, and words that shoppers use; begin with this one, the longest"}}
}
