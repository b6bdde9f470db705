package search

import "slices"

// posting says how often a guide has a term. It takes 8 bytes.
type posting struct {
	slot   uint32
	counts counts
}

// postings are ascending by slot, in blocks, so that whatever changes moves at most one block: a common word is in every
// guide. The zero value is empty.
type postings struct {
	full [][]posting // none is empty
	tail []posting   // the last block, to which guides are added as they come
}

const blockSize = 256 // postings

func (p *postings) len() int {
	n := len(p.tail)
	for _, b := range p.full {
		n += len(b)
	}
	return n
}

// blocks calls yield with every block, in order.
func (p *postings) blocks(yield func([]posting)) {
	for _, b := range p.full {
		yield(b)
	}
	yield(p.tail)
}

func (p *postings) block(i int) *[]posting {
	if i == len(p.full) {
		return &p.tail
	}
	return &p.full[i]
}

// find gives the block and the place in it where a slot is, or would be.
func (p *postings) find(slot uint32) (block, place int, found bool) {
	block, _ = slices.BinarySearchFunc(p.full, slot, func(b []posting, slot uint32) int {
		return compareSlot(b[len(b)-1], slot)
	})
	place, found = slices.BinarySearchFunc(*p.block(block), slot, compareSlot)
	return block, place, found
}

func compareSlot(p posting, slot uint32) int { return int(p.slot) - int(slot) }

// add puts a posting behind all others.
func (p *postings) add(one posting) {
	if len(p.tail) == blockSize {
		p.full = append(p.full, p.tail)
		p.tail = nil
	}
	p.tail = append(roomy(p.tail), one)
}

// set puts a posting where it belongs, or replaces that of the same guide.
func (p *postings) set(one posting) {
	i, place, found := p.find(one.slot)
	if found {
		(*p.block(i))[place] = one
		return
	}
	if len(*p.block(i)) == blockSize {
		p.split(i)
		if place > blockSize/2 {
			i, place = i+1, place-blockSize/2
		}
	}
	b := p.block(i)
	*b = slices.Insert(roomy(*b), place, one)
}

// split halves a full block.
func (p *postings) split(i int) {
	b := *p.block(i)
	front, back := slices.Clone(b[:blockSize/2]), slices.Clone(b[blockSize/2:])
	*p.block(i) = back
	p.full = slices.Insert(p.full, i, front)
}

// unset takes a guide's posting out.
func (p *postings) unset(slot uint32) {
	i, place, found := p.find(slot)
	if !found {
		return
	}
	b := p.block(i)
	*b = slices.Delete(*b, place, place+1)
	switch {
	case i > 0 && p.fit(i-1):
		p.merge(i - 1)
	case i < len(p.full) && p.fit(i):
		p.merge(i)
	case cap(*b) > 2*len(*b)+8:
		*b = append(make([]posting, 0, len(*b)+len(*b)/8), *b...)
	}
}

// fit tells whether a block and the one behind it had better be one.
func (p *postings) fit(i int) bool {
	front, back := len(p.full[i]), len(*p.block(i + 1))
	return front == 0 || front+back <= blockSize/2
}

func (p *postings) merge(i int) {
	*p.block(i + 1) = append(p.full[i], *p.block(i + 1)...)
	p.full = slices.Delete(p.full, i, i+1)
}

// roomy gives a block with room for one more. append would double it, which is too much for millions of them.
func roomy(b []posting) []posting {
	n := len(b)
	if n < cap(b) {
		return b
	}
	grown := make([]posting, n, min(n+n/2+1, blockSize))
	copy(grown, b)
	return grown
}
