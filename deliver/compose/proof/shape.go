package proof

import (
	"regexp"
	"strings"
)

// numbered is one list with numbers, as it was written and as it is read.
type numbered struct {
	wrote, reads []rune
	lines        []int
}

// numbers compares the numbers of lists. That all are the same is a way to write that
// programs shall count.
func (p *proof) numbers() {
	var order []int
	lists := map[int]*numbered{}
	before, nested := -1, map[int]bool{}
	for k, j := range p.partner {
		if j < 0 {
			continue
		}
		w, s := p.written.chars[p.wrote[k]], p.page.chars[p.shown[j]]
		if w.is&number == 0 || s.is&number == 0 {
			continue
		}
		l := lists[s.at]
		if l == nil {
			l = &numbered{}
			lists[s.at], order = l, append(order, s.at)
		}
		line := p.written.line(w.at)
		l.wrote, l.reads, l.lines = append(l.wrote, w.r), append(l.reads, s.r), append(l.lines, line)
		if line == before {
			nested[line] = true
			p.warn(line, "list-number", `%s has become a list within a list; write %d\. at its beginning, or the date as 年月日`, clip(p.written.text(line)), lists[order[max(0, len(order)-2)]].reads[0])
		}
		before = line
	}
	for _, id := range order {
		if !nested[lists[id].lines[0]] {
			p.count(lists[id])
		}
	}
}

// mostLists is the greatest number with which a list begins; from there on it is a year.
const mostLists = 100

func (p *proof) count(l *numbered) {
	if l.wrote[0] >= mostLists {
		p.warn(l.lines[0], "list-number", `%s has become an item of a list, because it begins with a number, a dot and a space; write %d\. for text`, clip(p.written.text(l.lines[0])), l.wrote[0])
		return
	}
	if first := p.written.text(l.lines[0]); len(l.wrote) == 1 && l.wrote[0] > 1 && dateForm.MatchString(first) {
		p.warn(l.lines[0], "list-number", `%s has become an item of a list; write a date as 月日, or %d\. for text`, clip(first), l.wrote[0])
		return
	}
	same := true
	for _, n := range l.wrote {
		same = same && n == l.wrote[0]
	}
	for i, n := range l.wrote {
		if n != l.reads[i] && !same {
			p.warn(l.lines[i], "list-number", `the number %d is read as %d: Markdown counts a list from its first number; write %d\. if it shall stay`, n, l.reads[i], n)
			return
		}
	}
}

// dateForm is an item that may be a date: 12. 1.
var dateForm = regexp.MustCompile(`^[ >]*\d{1,2}[.][ \t]+\d{1,2}(?:\D|$)`)

// delimiterForm is the line below the first row of a table.
var delimiterForm = regexp.MustCompile(`^[ >]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)

// cellBorder is a | that separates cells.
var cellBorder = regexp.MustCompile(`\\.|\|`)

// cells counts the cells of a row.
func cells(text string) int {
	text = strings.Trim(strings.TrimLeft(text, " \t>"), " \t")
	n := 1
	for _, border := range cellBorder.FindAllString(text, -1) {
		if border == "|" {
			n++
		}
	}
	if strings.HasPrefix(text, "|") {
		n--
	}
	if strings.HasSuffix(text, "|") && !strings.HasSuffix(text, `\|`) && n > 1 {
		n--
	}
	return n
}

// rows finds rows of tables with fewer cells than the first, and lines that became one.
func (p *proof) rows() {
	if p.page.tables == 0 {
		return
	}
	inTable := map[int]bool{} // lines with a word in a cell
	for i, c := range p.written.chars {
		if to := p.to[i]; to >= 0 && p.page.chars[to].is&inCell != 0 {
			inTable[p.written.line(c.at)] = true
		}
	}
	columns := 0
	for line := range p.written.lines {
		text := p.written.text(line)
		switch {
		case columns == 0 && line > 0 && inTable[line-1] && delimiterForm.MatchString(text) && strings.ContainsAny(text, "|-"):
			columns = cells(p.written.text(line - 1))
			if n := cells(text); n > columns {
				p.warn(line, "cells", "this line makes %d columns, and the first row of its table has %d cells; give both as many", n, columns)
			}
		case inTable[line]:
			p.row(line, text, columns)
		case strings.Trim(text, "| \t>") != "" || !strings.Contains(text, "|"): // no row of empty cells
			columns = 0
		}
	}
}

// row compares a row with the first of its table.
func (p *proof) row(line int, text string, columns int) {
	switch n := cells(text); {
	case n >= columns || strings.Contains(text, "`"):
	case !strings.Contains(text, "|"):
		p.warn(line, "cells", "%s has become a row of the table above it; leave an empty line before it", clip(text))
	default:
		p.warn(line, "cells", "this row has %d cells, and the first row of its table %d; write | | for an empty cell", n, columns)
	}
}
