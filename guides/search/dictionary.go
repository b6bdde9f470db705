package search

import "hash/maphash"

// dictionary finds the numbers of terms. It is a hash table with open addressing, made for what loading an index does
// millions of times: where a map of strings goes to memory four times for a word that is not in the cache, this goes
// twice, the second time to the entry that is wanted anyway. The seed places cells and has no part in any answer; it is
// random so that nobody can choose words that collide.
type dictionary struct {
	seed    maphash.Seed
	cells   []uint64 // 32 bits of the hash, then number + 1; 0 = free. The length is a power of two
	used    int
	entries []entry   // by number
	outline []outline // likewise
	free    []uint32  // numbers of terms that no guide has
}

// entry is a term and the guides that have it.
type entry struct {
	head     [16]byte // of the term, so that most need not be looked at elsewhere
	term     string
	postings postings
}

const leastCells = 64

func newDictionary() dictionary {
	return dictionary{seed: maphash.MakeSeed(), cells: make([]uint64, leastCells)}
}

func hashOf(cell uint64) uint32   { return uint32(cell >> 32) }
func numberOf(cell uint64) uint32 { return uint32(cell) - 1 }

// find gives the number of a term that some guide has.
func (d *dictionary) find(text []byte) (uint32, bool) {
	cell := d.cells[d.cell(text, d.hash(text))]
	return numberOf(cell), cell != 0
}

func (d *dictionary) hash(text []byte) uint32 { return uint32(maphash.Bytes(d.seed, text)) }

// cell gives the index of the term's cell, or of the free one where it would be.
func (d *dictionary) cell(text []byte, hash uint32) uint32 {
	mask := uint32(len(d.cells) - 1)
	i := hash & mask
	for d.cells[i] != 0 && !(hashOf(d.cells[i]) == hash && d.entries[numberOf(d.cells[i])].is(text)) {
		i = (i + 1) & mask
	}
	return i
}

func (e *entry) is(text []byte) bool {
	var head [len(e.head)]byte
	copy(head[:], text)
	return head == e.head && len(e.term) == len(text) && (len(text) <= len(head) || e.term == string(text))
}

// enter gives the number of a term, a new one if no guide has it yet.
func (d *dictionary) enter(text []byte) uint32 {
	hash := d.hash(text)
	i := d.cell(text, hash)
	if d.cells[i] != 0 {
		return numberOf(d.cells[i])
	}
	if d.used++; 4*d.used > 3*len(d.cells) {
		d.grow()
		i = d.cell(text, hash)
	}
	var n uint32
	if last := len(d.free) - 1; last >= 0 {
		n = d.free[last]
		d.free = d.free[:last]
	} else {
		n = uint32(len(d.entries))
		d.entries = append(d.entries, entry{})
		d.outline = append(d.outline, 0)
	}
	d.entries[n].term = string(text)
	copy(d.entries[n].head[:], text)
	d.outline[n] = outlineOf(d.entries[n].term)
	d.cells[i] = uint64(hash)<<32 | uint64(n+1)
	return n
}

func (d *dictionary) grow() {
	before := d.cells
	d.cells = make([]uint64, 2*len(before))
	mask := uint32(len(d.cells) - 1)
	for _, cell := range before {
		if cell == 0 {
			continue
		}
		i := hashOf(cell) & mask
		for d.cells[i] != 0 {
			i = (i + 1) & mask
		}
		d.cells[i] = cell
	}
}

// forget takes a term out. The cells behind it move up, so that none is sought past a free one (Knuth, The Art of
// Computer Programming, volume 3, section 6.4, algorithm R).
func (d *dictionary) forget(n uint32) {
	text := []byte(d.entries[n].term)
	mask := uint32(len(d.cells) - 1)
	hole := d.cell(text, d.hash(text))
	for i := (hole + 1) & mask; d.cells[i] != 0; i = (i + 1) & mask {
		if home := hashOf(d.cells[i]) & mask; (i-home)&mask >= (i-hole)&mask {
			d.cells[hole] = d.cells[i]
			hole = i
		}
	}
	d.cells[hole] = 0
	d.used--
	d.entries[n] = entry{}
	d.outline[n] = 0
	d.free = append(d.free, n)
}
