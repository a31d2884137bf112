package lint

import (
	"slices"
	"time"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/source"
)

// Issue is what is looked at.
type Issue struct {
	Draft *source.Draft
	HTML  int       // octets of the HTML part
	Now   time.Time // when readers get it, in the zone of its list
}

// Check says what is probably not meant. What the draft itself has found is not
// repeated.
func Check(i Issue) finding.List {
	p := page{Issue: i, lines: read(i.Draft)}
	var all finding.List
	for _, check := range []func(*page){
		(*page).size, (*page).subject, (*page).language,
		(*page).pictures, (*page).links, (*page).linkTexts,
		(*page).dates, (*page).times, (*page).attachments, (*page).placeholders, (*page).addresses,
	} {
		p.found = nil // each has its own bound
		check(&p)
		all = append(all, p.found...)
	}
	return all.Sorted()
}

// page is an issue while it is looked at.
type page struct {
	Issue
	lines []line
	found finding.List
}

// full reports that no more is kept of what a check finds.
func (p *page) full() bool { return len(p.found) > finding.Max }

// isSaid reports that the draft itself has found this of a line.
func (p *page) isSaid(line int, rule finding.Rule) bool {
	return slices.ContainsFunc(p.Draft.Findings, func(f finding.Finding) bool { return f.Line == line && f.Rule == rule })
}

func (p *page) warn(line int, rule finding.Rule, format string, args ...any) {
	p.found.Warn(line, rule, format, args...)
}
