package proof

import (
	"slices"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
)

// Issue is what is compared.
type Issue struct {
	Body  string // as written, below the front matter
	First int    // the line of the file on which it begins
	HTML  string // the fragment that was made of it, with marks in place of its slots
	Text  string // the text part, likewise; what stands around it does no harm
	Keeps bool   // every line break of a paragraph is one
	Width int    // of a line of the text part, in full-width characters; 0: any

	Found finding.List // what is known of it already, and is not said again
}

// Check compares what was written with what is read. It takes time in proportion to the
// text, whatever stands in it.
func Check(i Issue) finding.List {
	p := compare(i)
	if p.lost(); len(p.found.Of(finding.Error)) > 0 {
		return p.found.Sorted() // what follows compares places, and some are not there
	}
	p.marks()
	p.halves()
	p.signs()
	p.numbers()
	p.rows()
	p.spaces()
	p.brokenTwice()
	p.text()
	return p.found.Sorted()
}

// proof is an issue with what its source says beside what its HTML shows.
type proof struct {
	Issue
	written *written
	page    *page
	wrote   []int // what must be there, as indices of written.chars
	shown   []int // what is there, as indices of page.chars
	partner []int // of each of wrote: in shown, or -1
	from    []int // of each of page.chars: the index in written.chars, or -1
	to      []int // of each of written.chars: the index in page.chars, or -1
	found   finding.List
	said    map[said]bool
}

// said is what an editor was told: each kind of a thing once for a line.
type said struct {
	line int
	rule finding.Rule
	form string
}

// maxFindings is how many are said of an issue. Who has so many begins anew.
const maxFindings = 40

func compare(i Issue) *proof {
	p := &proof{Issue: i, page: readPage(i.HTML), said: map[said]bool{}}
	p.written = read(i, p.page)
	p.wrote, p.shown = contents(p.written.chars), contents(p.page.chars)
	wrote := runes(p.written.chars, p.wrote)
	starts := words(wrote, p.wrote)
	p.partner = align(wrote, runes(p.page.chars, p.shown), starts, 1)
	atWords(wrote, starts, p.partner)
	p.from, p.to = nowhere(len(p.page.chars)), nowhere(len(p.written.chars))
	for k, j := range p.partner {
		if j >= 0 {
			p.pair(p.wrote[k], p.shown[j])
		}
	}
	return p
}

func nowhere(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = -1
	}
	return s
}

func (p *proof) pair(written, shown int) {
	p.to[written], p.from[shown] = shown, written
}

// warn says what can be sent. line is of the body, from 0.
func (p *proof) warn(line int, rule finding.Rule, format string, args ...any) {
	if p.isNew(said{line, rule, format}) {
		p.found.Warn(p.First+line, rule, format, args...)
	}
}

// fail says what cannot be sent, likewise.
func (p *proof) fail(line int, rule finding.Rule, format string, args ...any) {
	if p.isNew(said{line, rule, format}) {
		p.found.Fail(p.First+line, rule, format, args...)
	}
}

func (p *proof) isNew(s said) bool {
	if p.said[s] || len(p.found) >= maxFindings {
		return false
	}
	p.said[s] = true
	return true
}

// isKnown reports that something was found on a line before, which is likely to be the
// same seen from elsewhere; if rules are given, by one of these.
func (p *proof) isKnown(line int, rules ...finding.Rule) bool {
	for _, f := range p.Found {
		if f.Line == p.First+line && (len(rules) == 0 || slices.Contains(rules, f.Rule)) {
			return true
		}
	}
	return false
}

// lineOf is the line of a char of what was written, from 0.
func (p *proof) lineOf(index int) int { return p.written.line(p.written.chars[index].at) }

// clip quotes the beginning of words of one line.
func clip(s string) string {
	if len(s) > near {
		s = strings.ToValidUTF8(s[:near], "") + "…"
	}
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return `"` + finding.Clip(strings.TrimSpace(s)) + `"`
}
