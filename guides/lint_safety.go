package guides

import (
	"bytes"
	"sort"
)

// noSafetyNote finds words of danger where nothing warns: no warning or caution, no way to stop and nothing bold that
// tells what not to do, neither in the step nor in one before it.
func (l *linter) noSafetyNote(s *lintedStep) {
	if l.warned = l.warned || l.warns(s); l.warned {
		return
	}
	for _, sentence := range l.prose.sentences {
		at, found := l.words.danger.in(l.prose, sentence, &l.words.harmless)
		if !found {
			at, found = l.danger.in(l.prose, sentence, &noPhrases)
		}
		if !found {
			continue
		}
		text, offset := l.prose.trimmed(at)
		l.report(offset, Finding{Text: text,
			Message: quote(text) + " can mean danger, and neither this step nor one before it says what to be careful of",
			Mend: "write a line that begins with > [!WARNING], or > [!CAUTION] if the shopper must stop, " +
				"and under it what to do: > Unplug it and return it."})
		return
	}
}

// warns reports whether a step has a note of safety.
func (l *linter) warns(s *lintedStep) bool {
	if s.Stop != "" || s.Next.Yes == StopNow || s.Next.No == StopNow || s.Next.Next == StopNow {
		return true
	}
	for _, quote := range l.prose.quotes {
		if l.c.callouts[quote].kind == "warning" { // a caution is the step's stop
			return true
		}
	}
	return l.prose.warns(&l.words.notice)
}

// warns reports whether a text has a notice in bold, or one as a label: "Warning: …".
func (p *prose) warns(notice *phrases) bool {
	for _, bold := range p.strong {
		first := sort.Search(len(p.words), func(i int) bool { return p.words[i].start >= bold.start })
		end := first + sort.Search(len(p.words)-first, func(i int) bool { return p.words[first+i].end > bold.end })
		inside := sentence{span: bold, firstWord: first, words: end - first, chars: 1}
		if _, found := notice.in(p, inside, &noPhrases); found {
			return true
		}
	}
	for _, s := range p.sentences {
		if label := p.label(s); label.words+label.chars > 0 {
			if _, found := notice.in(p, label, &noPhrases); found {
				return true
			}
		}
	}
	return false
}

// label gives what stands before a colon at the start of a sentence, if it is one word or up to four characters.
func (p *prose) label(s sentence) sentence {
	const labelBytes = 4 * 3
	end := bytes.TrimRight(p.text[s.start:s.end], " ")
	if s.words == 1 && s.chars == 0 && bytes.HasSuffix(end, []byte(":")) {
		return s
	}
	text := p.text[s.start:min(s.end, s.start+labelBytes+len("："))]
	for _, colon := range []string{"：", ":"} {
		if at := bytes.Index(text, []byte(colon)); s.chars > 0 && s.words == 0 && at > 0 {
			return sentence{span: span{s.start, s.start + at}, firstWord: s.firstWord, chars: 1}
		}
	}
	return sentence{}
}
