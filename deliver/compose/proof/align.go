package proof

import (
	"slices"
	"unicode"
)

// gram is how many equal characters in a row are taken for the same place of two texts.
const gram = 8

// unknown is the partner of a character that was not looked for: the work was too much.
const unknown = -2

// Bounds of the work: cells of all tables of a comparison, and steps beside it. Texts
// that people write need a hundredth.
const (
	maxCells = 3 << 20
	maxSteps = 4 << 20
	maxTable = 1 << 18 // cells of one table
)

// align pairs characters of a with equal ones of b, in the order of both: for each of a
// its index in b, or -1. weight is how much worse it is that one of a has no partner
// than that one of b has none. It is no shortest edit script, which would take the
// square of what differs: where the two part, the nearest eight characters in a row that
// both have are where they meet again.
//
// starts says where words of a begin.
func align(a, b []rune, starts []bool, weight int) []int {
	x := aligner{a: padded(a), b: padded(b), starts: starts, weight: weight, partner: make([]int, len(a)), cells: maxCells, steps: maxSteps}
	for i := range x.partner {
		x.partner[i] = -1
	}
	run := 0 // how many pairs stand directly before
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if i+j > 0 && a[i] == b[j] { // at the beginning it may be by chance
			x.partner[i] = j
			i, j, run = i+1, j+1, run+1
			continue
		}
		di, dj := x.meet(i, j)
		i1, j1 := min(i+di+gram, len(a)), min(j+dj+gram, len(b))
		back := min(run, gram) // the last pairs may be by chance, too
		x.bridge(i-back, i1, j-back, j1)
		i, j, run = i1, j1, 0
	}
	return x.partner
}

// padded is a text with an end that is the same for all, and like no character.
func padded(s []rune) []rune {
	s = slices.Clone(s)
	for range gram {
		s = append(s, -1)
	}
	return s
}

type aligner struct {
	a, b         []rune
	starts       []bool
	weight       int
	partner      []int
	cells, steps int
	first        map[uint64]int // of each eight characters of b: where they stand first, from where we are
	next         []int          // and where after that; -1: nowhere
}

// meet finds how far on a and b are at the same place again.
func (x *aligner) meet(i, j int) (di, dj int) {
	if x.first == nil {
		x.index()
	}
	di, dj = len(x.a)-gram-i, len(x.b)-gram-j
	best := x.weight*di + dj
	for d := 0; i+d+gram <= len(x.a) && x.weight*d < best && x.steps > 0; d++ {
		x.steps--
		if p := x.find(x.a[i+d:i+d+gram], j); p >= 0 && x.weight*d+p-j < best {
			best, di, dj = x.weight*d+p-j, d, p-j
		}
	}
	return di, dj
}

func (x *aligner) index() {
	x.first, x.next = make(map[uint64]int, len(x.b)), make([]int, len(x.b))
	for p := len(x.b) - gram; p >= 0; p-- {
		h := hash(x.b[p : p+gram])
		x.next[p] = -1
		if n, ok := x.first[h]; ok {
			x.next[p] = n
		}
		x.first[h] = p
	}
}

// find is where these characters stand in b at or behind j, or -1. What lies before j
// is never asked for again.
func (x *aligner) find(s []rune, j int) int {
	h := hash(s)
	p, ok := x.first[h]
	if !ok {
		return -1
	}
	for p >= 0 && p < j {
		p = x.next[p]
	}
	x.first[h] = p
	if p >= 0 && slices.Equal(s, x.b[p:p+gram]) {
		return p
	}
	return -1
}

func hash(s []rune) (h uint64) {
	for _, r := range s {
		h = (h ^ uint64(uint32(r))) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// bridge pairs what it can from where a and b part until they have met again: by a longest
// common subsequence, without single characters that happen to be in both.
func (x *aligner) bridge(i, i1, j, j1 int) {
	n, m := i1-i, j1-j
	if n == 0 || m == 0 {
		return
	}
	if n > maxTable/m || n*m > x.cells {
		for i < i1 && j < j1 && x.a[i] == x.b[j] {
			i, j = i+1, j+1
		}
		for i < i1 && j < j1 && x.a[i1-1] == x.b[j1-1] {
			i1, j1 = i1-1, j1-1
			x.partner[i1] = j1
		}
		for ; i < i1 && j < j1; i++ {
			x.partner[i] = unknown
		}
		return
	}
	x.cells -= n * m
	for k := i; k < i1; k++ {
		x.partner[k] = -1
	}
	t := newTable(x.a[i:i1], x.b[j:j1], x.starts[i:i1])
	for p, q, run := 0, 0, false; p < n && q < m; {
		switch {
		case t.pairs(p, q, run):
			x.partner[i+p] = j + q
			p, q, run = p+1, q+1, true
		case t.best(p+1, q, false) > t.best(p, q+1, false):
			p, run = p+1, false
		default:
			q, run = q+1, false
		}
	}
	x.dropSingles(i, i1)
}

// scores is the table of the best that can be had of two texts from two places on: a
// point for each pair, and one more for each that follows a pair directly, or begins a
// word, so that words stay together.
type scores struct {
	a, b        []rune
	starts      []bool
	alone, next []uint16 // the best; the best if what stands before is a pair
}

func newTable(a, b []rune, starts []bool) *scores {
	width := len(b) + 1
	t := &scores{a, b, starts, make([]uint16, (len(a)+1)*width), make([]uint16, (len(a)+1)*width)}
	for p := len(a) - 1; p >= 0; p-- {
		for q := len(b) - 1; q >= 0; q-- {
			best := max(t.alone[(p+1)*width+q], t.alone[p*width+q+1])
			run := best
			if a[p] == b[q] {
				paired := t.next[(p+1)*width+q+1]
				best, run = max(best, paired+t.point(p, false)), max(best, paired+2)
			}
			t.alone[p*width+q], t.next[p*width+q] = best, run
		}
	}
	return t
}

// best is the score from two places on. run says that a pair stands before them.
func (t *scores) best(p, q int, run bool) uint16 {
	if run {
		return t.next[p*(len(t.b)+1)+q]
	}
	return t.alone[p*(len(t.b)+1)+q]
}

// pairs reports that the best begins with a pair.
func (t *scores) pairs(p, q int, run bool) bool {
	if t.a[p] != t.b[q] {
		return false
	}
	return t.best(p+1, q+1, true)+t.point(p, run) == t.best(p, q, run)
}

// point is what a pair counts.
func (t *scores) point(p int, run bool) uint16 {
	if run || t.starts[p] {
		return 2
	}
	return 1
}

// dropSingles takes the partners away of characters between two places that have
// partners alone, if most have none.
func (x *aligner) dropSingles(i, i1 int) {
	paired := 0
	for k := i; k < i1; k++ {
		if x.partner[k] >= 0 {
			paired++
		}
	}
	if paired*2 >= i1-i {
		return
	}
	beside := func(k, l int) bool {
		if l < 0 || l >= len(x.partner) { // the end of both
			return x.partner[k] == 0 || x.partner[k] == len(x.b)-gram-1
		}
		return x.partner[l] >= 0 && x.partner[l]-x.partner[k] == l-k
	}
	for k := i; k < i1; k++ {
		if x.partner[k] >= 0 && x.a[k] != slotRune && !beside(k, k-1) && !beside(k, k+1) {
			x.partner[k] = -1
		}
	}
}

// atWords moves what has no partner to where a word begins, if what stands before it is
// the same as what it ends with, or the other way round: of two equal neighbours either
// may be the one that is lost.
func atWords(a []rune, starts []bool, partner []int) {
	for from := 0; from < len(a); {
		if partner[from] >= 0 {
			from++
			continue
		}
		to := from
		for to < len(a) && partner[to] < 0 {
			to++
		}
		if begins(starts, from) {
			from = to
			continue
		}
		left, right := 0, 0
		for !begins(starts, from-left) && from-left > 0 && partner[from-left-1] >= 0 && a[from-left-1] == a[to-left-1] {
			left++
		}
		for !begins(starts, from+right) && to+right < len(a) && partner[to+right] >= 0 && a[from+right] == a[to+right] {
			right++
		}
		switch {
		case begins(starts, from-left):
			for i := 1; i <= left; i++ {
				partner[to-i], partner[from-i] = partner[from-i], -1
			}
		case begins(starts, from+right):
			for i := range right {
				partner[from+i], partner[to+i] = partner[to+i], -1
			}
			to += right
		}
		from = to
	}
}

// begins reports that a word begins at a place.
func begins(starts []bool, k int) bool { return k >= len(starts) || starts[k] }

// words says where words begin: behind a gap of the text, at whose places the characters
// stand, and behind punctuation.
func words(a []rune, at []int) []bool {
	starts := make([]bool, len(a))
	for k := range a {
		starts[k] = k == 0 || at[k] > at[k-1]+1 || unicode.IsPunct(a[k-1])
	}
	return starts
}
