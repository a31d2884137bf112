package body

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
)

const (
	phoneWidth  = 280     // of the text in a window of 320 px
	wideFrom    = 5       // so many columns are hard to read side by side on a phone
	mostColumns = 12      // more do not fit there at all
	columnWidth = 9       // of a half-width character in a table, px
	cellEdge    = 18      // of a cell, px
	maxLabels   = 8 << 10 // octets that labels may take of a mail
)

// table makes one of many columns a list of its rows where the window is narrow. Each
// cell gets the heading of its column, which is shown there only.
func (d dressing) table(n *html.Node) {
	set(n, "width", "100%")
	set(n, "cellspacing", "0")
	set(n, "border", "0")
	dropEmptyHead(n)
	cells := grid(n)
	switch {
	case len(cells) == 0:
	case hasSpans(cells):
		fitSpans(n, cells)
	default:
		fits := fitColumns(n, cells) // by their own words, without labels
		if head := cells[0]; isWide(cells, fits) && head[0].Parent.Parent.DataAtom == atom.Thead {
			d.labelCells(n, cells)
		}
	}
	unhead(cells)
}

// unhead makes a plain cell of each head without words, which would be read out as one.
func unhead(cells [][]*html.Node) {
	for _, row := range cells {
		for _, c := range row {
			if c.DataAtom == atom.Th && strings.TrimSpace(words(c)) == "" && !hasPicture(c) {
				c.DataAtom, c.Data = atom.Td, "td"
			}
		}
	}
}

// dropEmptyHead removes a first row without words, which Markdown asks for.
func dropEmptyHead(n *html.Node) {
	for c := range n.ChildNodes() {
		if c.DataAtom == atom.Thead && strings.TrimSpace(words(c)) == "" && !hasPicture(c) && n.LastChild != c {
			n.RemoveChild(c)
			return
		}
	}
}

func hasPicture(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.DataAtom == atom.Img {
			return true
		}
	}
	return false
}

// isWide reports a table that is hard to read side by side on a phone: of many columns,
// or of three in which words would be broken, or of four whose rows would be some three
// lines high.
func isWide(cells [][]*html.Node, fits bool) bool {
	head := len(cells[0])
	if head >= wideFrom || head >= 3 && !fits {
		return true
	}
	sum := 0
	for i := range head {
		sum += newColumn(cells, i).longest*8 + cellEdge
	}
	return head == wideFrom-1 && sum > 2*phoneWidth
}

// labelCells lets a phone show the table as a list of its rows. Where that would take
// too much of what Gmail shows, columns that fit at all stay columns.
func (d dressing) labelCells(n *html.Node, cells [][]*html.Node) {
	var heads []string
	cost := 0
	for _, c := range cells[0] {
		heads = append(heads, strings.Join(strings.Fields(words(c)), " "))
		cost += 60 + len(heads[len(heads)-1])
	}
	if cost*(len(cells)-1) > maxLabels && len(heads) <= mostColumns {
		return
	}
	set(n, "class", "wide")
	for _, row := range cells[1:] {
		for i, c := range row[:min(len(row), len(heads))] {
			label(c, heads[i], d.colon)
		}
	}
}

// column is what the cells of one column hold.
type column struct {
	longest  int // text, in half-width characters
	unbroken int // piece, in px
}

// fitColumns gives columns their widths. Where whole words fit on a phone, if need be
// with less around them, none is broken, and short columns keep their lines. Otherwise
// each has a width by what it holds: Yahoo! Mail breaks words where a column has a
// width only.
// It reports whether whole words fit.
func fitColumns(n *html.Node, cells [][]*html.Node) bool {
	columns, pieces, sum := make([]column, len(cells[0])), 0, 0
	for i := range columns {
		columns[i] = newColumn(cells, i)
		pieces += columns[i].unbroken
		sum += columns[i].weight()
	}
	padding, fits := roomAround(pieces, len(columns))
	set(n, "cellpadding", strconv.Itoa(padding))
	if fits {
		set(n, "style", look[atom.Table]+";word-break:normal;overflow-wrap:break-word")
		keepShort(cells[0], columns, edge(padding))
		return true
	}
	for i, percent := range shares(columns, sum, edge(padding)) {
		set(cells[0][i], "width", strconv.Itoa(percent)+"%")
	}
	set(n, "style", "table-layout:fixed;"+look[atom.Table])
	return false
}

// shares are the parts of the width that columns get, in per cent: by what they hold.
// Where whole words fit on a desk, each has room for its own first, and short columns for
// their lines, so that no number is broken there.
func shares(columns []column, sum, edge int) []int {
	for _, short := range []int{6, 4} {
		least, free := make([]int, len(columns)), markdown.TextWidth
		for i, c := range columns {
			least[i] = max(c.unbroken, min(c.longest, short)*8+2, 2*15) + edge
			free -= least[i]
		}
		if free >= 0 {
			return spread(columns, least, free)
		}
	}
	all := make([]int, len(columns))
	for i, c := range columns {
		all[i] = 100 * c.weight() / sum
	}
	return all
}

// spread gives what is free to the columns that need more for their lines than they have
// at least, in per cent of the width.
func spread(columns []column, least []int, free int) []int {
	more, wanted, most := make([]int, len(columns)), 1, 0
	for i, c := range columns {
		more[i] = max(c.longest*columnWidth-least[i], 0)
		wanted += more[i]
		if more[i] > more[most] {
			most = i
		}
	}
	all, left := make([]int, len(columns)), 100
	for i := range columns {
		px := least[i] + free*more[i]/wanted
		all[i] = (100*px + markdown.TextWidth - 1) / markdown.TextWidth
		left -= all[i]
	}
	all[most] += left // what was rounded up
	return all
}

// newColumn measures the cells of a column.
func newColumn(cells [][]*html.Node, i int) (c column) {
	for _, row := range cells {
		if i < len(row) {
			text := words(row[i])
			c.longest, c.unbroken = max(c.longest, width.Columns(text)), max(c.unbroken, unbroken(text))
		}
	}
	return c
}

// roomAround is how much cells have around them, in px, and whether pieces of words of
// this width in all fit on a phone.
func roomAround(pieces, columns int) (padding int, fits bool) {
	widest, least := 8, 4
	if columns >= wideFrom {
		widest = 6
	}
	for padding = widest; padding >= least; padding -= 2 {
		if pieces+columns*edge(padding) <= phoneWidth {
			return padding, true
		}
	}
	if columns > 8 {
		return least, false
	}
	return widest, false
}

// edge is what a cell takes beside its text, in px.
func edge(padding int) int { return 2*padding + 1 }

// fitSpans is fitColumns for a table in which cells take several columns or rows. What
// is narrow enough whichever cell meets which is left as it is.
func fitSpans(n *html.Node, cells [][]*html.Node) {
	columns, longest := 0, 0
	for _, row := range cells {
		across := 0
		for _, c := range row {
			span, _ := strconv.Atoi(get(c, "colspan"))
			across += max(span, 1)
			longest = max(longest, unbroken(words(c)))
		}
		columns = max(columns, across)
	}
	padding, fits := roomAround(longest*columns, columns)
	set(n, "cellpadding", strconv.Itoa(padding))
	if !fits {
		set(n, "style", "table-layout:fixed;"+look[atom.Table])
	}
}

func hasSpans(cells [][]*html.Node) bool {
	return slices.ContainsFunc(cells, func(row []*html.Node) bool {
		return slices.ContainsFunc(row, func(c *html.Node) bool { return get(c, "colspan") != "" || get(c, "rowspan") != "" })
	})
}

// weight is what the column should have of the width, beside others.
func (c column) weight() int {
	return edge(6) + max(4*columnWidth, min(c.unbroken, 20*columnWidth), min(c.longest, 40)*columnWidth/2)
}

// keepShort gives columns of short texts their whole width, the shortest first, as long
// as the others have room for their words, and for half of a phone's width.
func keepShort(heads []*html.Node, columns []column, edge int) {
	const short, least = 8, 2 * 15 // half-width characters; px, for two full-width ones
	free := phoneWidth
	var shorts []int
	for i, c := range columns {
		free -= max(c.unbroken, least) + edge
		if c.longest <= short {
			shorts = append(shorts, i)
		}
	}
	if free = min(free, phoneWidth/2); len(shorts) == len(columns) {
		return
	}
	slices.SortStableFunc(shorts, func(a, b int) int { return columns[a].longest - columns[b].longest })
	for _, i := range shorts {
		whole := columns[i].longest*8 + 2
		if free -= whole - max(columns[i].unbroken, least); free < 0 {
			return
		}
		set(heads[i], "width", strconv.Itoa(whole))
	}
}

// unbroken is the width of the longest piece in which no line can end, in px, and
// rather more than less. A slot may be any.
func unbroken(text string) (longest int) {
	run := 0
	for _, r := range text {
		switch {
		case slot.IsMark(r):
			return phoneWidth
		case unicode.IsSpace(r) || r == '-' || width.IsWide(r):
			run = 0
		case r > unicode.MaxLatin1 || strings.ContainsRune("mwMW@%", r):
			run += 15
		case unicode.IsUpper(r) || r == '&':
			run += 12
		case strings.ContainsRune("fijlrtI.,:;|()[]!/'", r):
			run += 6
		default:
			run += columnWidth
		}
		longest = max(longest, run)
	}
	return longest
}

func label(cell *html.Node, head, colon string) {
	if head == "" || cell.FirstChild == nil {
		return
	}
	span := &html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []html.Attribute{{Key: "class", Val: "label"}, {Key: "style", Val: "display:none;mso-hide:all"}}}
	span.AppendChild(&html.Node{Type: html.TextNode, Data: head + colon})
	cell.InsertBefore(span, cell.FirstChild)
}

// grid is the cells of a table by its rows.
func grid(n *html.Node) (rows [][]*html.Node) {
	for c := range n.ChildNodes() {
		switch c.DataAtom {
		case atom.Thead, atom.Tbody:
			rows = append(rows, grid(c)...)
		case atom.Tr:
			var row []*html.Node
			for cell := range c.ChildNodes() {
				if cell.DataAtom == atom.Th || cell.DataAtom == atom.Td {
					row = append(row, cell)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}
