package plain

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/slot"
)

// grid is a table: its texts, each on one line. Rows may have fewer cells than others.
type grid struct {
	head  []string // empty if there is none
	rows  [][]string
	again [][]string // of rows: cells of rows above that reach down to them
	align []string   // of columns: "", "left", "center" or "right"
	width []int      // of columns
	down  []reach    // of columns
}

// reach is a cell that is several rows high.
type reach struct {
	rows int // below the one that was read last
	text string
}

// gutter is what stands between columns.
const gutter = 2

// table writes a table in columns if it is narrow enough, and else row by row.
func (p *page) table(n *html.Node) {
	g := p.read(n)
	if len(g.head) == 0 && len(g.rows) == 0 {
		return
	}
	p.gap()
	switch {
	case p.fits(g):
		p.inColumns(g)
	case len(g.width) == 2 && p.isTerms(g):
		p.asTerms(g)
	default:
		p.byRows(g)
	}
	p.gap()
}

func (p *page) read(n *html.Node) *grid {
	g := &grid{}
	for row := range n.Descendants() {
		switch row.DataAtom {
		case atom.Caption:
			p.paragraph(children(row))
		case atom.Tr:
			if !isRowOf(n, row) {
				continue
			}
			cells, again, header := p.cells(g, row)
			switch {
			case strings.Join(cells, "") == "":
			case header && g.head == nil && len(g.rows) == 0:
				g.head = cells
			default:
				g.rows, g.again = append(g.rows, cells), append(g.again, again)
			}
		}
	}
	return g
}

// isRowOf reports a row of this table, and not of one in it, which is words of a cell.
func isRowOf(table, row *html.Node) bool {
	for a := range row.Ancestors() {
		if a.DataAtom == atom.Table {
			return a == table
		}
	}
	return false
}

// cells reads a row. A cell that is several columns wide is the first of them, or each
// if it is a heading; what reaches down from above is kept apart. header reports that
// all cells are headings.
func (p *page) cells(g *grid, row *html.Node) (cells, again []string, header bool) {
	header = true
	for c := range row.ChildNodes() {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		for len(cells) < len(g.down) && g.down[len(cells)].rows > 0 {
			cells, again = g.reached(cells, again)
		}
		header = header && c.DataAtom == atom.Th
		text := p.oneLine(c, p.in("／", " / "))
		wide, high := spans(c, "colspan", maxColumns-len(cells)), spans(c, "rowspan", maxRows)
		for i := range wide {
			g.add(len(cells), attr(c, "align"))
			g.down[len(cells)] = reach{high - 1, text}
			if i > 0 && !header {
				text = ""
			}
			g.width[len(cells)] = max(g.width[len(cells)], p.measure(text))
			cells, again = append(cells, text), append(again, "")
		}
	}
	for len(cells) < len(g.down) && g.down[len(cells)].rows > 0 {
		cells, again = g.reached(cells, again)
	}
	return cells, again, header
}

// Bounds of what a cell may span.
const (
	maxColumns = 50
	maxRows    = 1000
)

func spans(cell *html.Node, key string, most int) int {
	n, err := strconv.Atoi(attr(cell, key))
	if err != nil {
		return 1
	}
	return max(1, min(n, most))
}

// add makes room for a column.
func (g *grid) add(column int, align string) {
	if column == len(g.width) {
		g.width, g.align, g.down = append(g.width, 1), append(g.align, align), append(g.down, reach{})
	}
}

// reached is the next cell of a row, if it is one of a row above.
func (g *grid) reached(cells, again []string) (nextCells, nextAgain []string) {
	from := &g.down[len(cells)]
	from.rows--
	return append(cells, ""), append(again, from.text)
}

// fits reports a table that can stand in columns. One with merge slots cannot, but for
// the last column, since nobody knows how wide these become.
func (p *page) fits(g *grid) bool {
	total := gutter * (len(g.width) - 1)
	for _, w := range g.width {
		total += w
	}
	room := p.columns()
	if room == 0 {
		room = narrower(maxUnder, p.measure(p.prefix))
	}
	if total > room {
		return false
	}
	for _, row := range append([][]string{g.head}, g.rows...) {
		for _, cell := range row[:max(len(row)-1, 0)] {
			if strings.ContainsFunc(cell, slot.IsMerge) {
				return false
			}
		}
	}
	return true
}

func (p *page) inColumns(g *grid) {
	if len(g.head) > 0 {
		p.emit(p.inLine(g, g.head))
		rules := make([]string, len(g.width))
		for i, w := range g.width {
			rules[i] = strings.Repeat("-", w)
		}
		p.emit(strings.Join(rules, strings.Repeat(" ", gutter)))
	}
	for _, row := range g.rows {
		p.emit(p.inLine(g, row))
	}
}

// inLine is a row in columns.
func (p *page) inLine(g *grid, row []string) string {
	var b strings.Builder
	for i, cell := range row {
		left, right := 0, g.width[i]-p.measure(cell)
		switch g.align[i] {
		case "right":
			left, right = right, 0
		case "center":
			left, right = right/2, right-right/2
		}
		b.WriteString(p.fill(cell, left) + cell + p.fill(cell, right))
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", gutter))
		}
	}
	return b.String()
}

// fill is white space beside a text: full-width beside full-width letters, so that
// columns stay near each other in fonts that are not monospaced.
func (p *page) fill(beside string, columns int) string {
	if last, _ := utf8.DecodeLastRuneInString(beside); beside == "" || p.runeColumns(last) == 2 {
		return p.blank(columns)
	}
	return strings.Repeat(" ", columns)
}

// isTerms reports a table of two columns that reads as terms and what is said of them.
func (p *page) isTerms(g *grid) bool {
	return p.Columns == 0 || g.width[0] <= p.Columns/2
}

// asTerms writes each row as "first: second".
func (p *page) asTerms(g *grid) {
	if line := p.pair(g.head); line != "" {
		p.hanging(line)
		p.emit(p.rule(p.measure(line)))
	}
	for _, row := range g.rows {
		p.hanging(p.pair(row))
	}
}

func (p *page) pair(row []string) string {
	switch term, said := at(row, 0), at(row, 1); {
	case said == "":
		return term
	case term == "":
		return p.blank(gutter) + said
	default:
		return p.labelled(term, said)
	}
}

// labelled is a text behind its heading.
func (s Style) labelled(head, text string) string {
	return strings.TrimRight(head, "：: ") + s.in("：", ": ") + text
}

// hanging writes a text whose further lines are indented.
func (p *page) hanging(text string) {
	p.within("", p.blank(gutter), func() { p.lines(text) })
}

// longHeading is what is not said again in every row, in columns.
const longHeading = 40

// byRows writes the cells of each row below each other, behind the headings of their
// columns. Empty cells say nothing; a heading with nothing but such below it is said once.
// A short cell that is several rows high is said in each.
func (p *page) byRows(g *grid) {
	heads := g.head
	for _, h := range heads {
		if p.measure(h) > longHeading || len(g.rows) == 0 {
			heads = nil
		}
	}
	rows, again := g.rows, g.again
	if heads == nil && g.head != nil {
		rows, again = append([][]string{g.head}, rows...), append([][]string{nil}, again...)
	}
	for i, row := range rows {
		if i > 0 {
			prefix := p.prefix
			p.pending = &prefix
		}
		for column := range max(len(row), len(heads)) {
			cell, head := at(row, column), at(heads, column)
			if above := at(again[i], column); above != head && p.measure(above) <= longHeading {
				cell = cmp.Or(cell, above)
			}
			switch {
			case cell != "" && head != "":
				p.hanging(p.labelled(head, cell))
			case cell != "":
				p.hanging(cell)
			case head != "" && i == 0 && g.isEmpty(column):
				p.hanging(p.labelled(head, ""))
			}
		}
	}
}

// at is a cell, "" if the row has no such.
func at(row []string, column int) string {
	if column >= len(row) {
		return ""
	}
	return row[column]
}

// isEmpty reports a column with nothing but a heading.
func (g *grid) isEmpty(column int) bool {
	return !slices.ContainsFunc(g.rows, func(row []string) bool { return at(row, column) != "" })
}
