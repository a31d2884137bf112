package plain

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is a text part on its way.
type page struct {
	Style
	out strings.Builder

	prefix  string  // before each line: of quotations and lists
	marker  *string // before the next line in its place, once
	tight   bool    // no blank lines between blocks: a list of short items
	pending *string // a blank line is to come, with this prefix

	links  []string       // to be listed below this section
	number map[string]int // of these
	last   int            // number given
}

// emit writes one line.
func (p *page) emit(line string) {
	if p.pending != nil && p.out.Len() > 0 {
		p.out.WriteString(clean(*p.pending) + "\n")
	}
	p.pending = nil
	p.out.WriteString(clean(p.lead()+line) + "\n")
	p.marker = nil
}

// lead is what stands before the next line.
func (p *page) lead() string {
	if p.marker != nil {
		return *p.marker
	}
	return p.prefix
}

// gap asks for a blank line before the next one. It belongs to the outermost of those
// who ask.
func (p *page) gap() {
	if p.tight || p.marker != nil || p.pending != nil && len(*p.pending) <= len(p.prefix) {
		return
	}
	prefix := p.prefix
	p.pending = &prefix
}

// within runs what is written behind a marker, its further lines under the rest.
func (p *page) within(marker, rest string, do func()) {
	outer, before, lead := p.prefix, p.marker, p.lead()+marker
	if p.measure(outer) > p.maxIndent() {
		lead, rest = p.lead(), "" // whatever is nested so deep
	}
	p.marker, p.prefix = &lead, outer+rest
	do()
	if p.marker != nil { // nothing was written
		p.marker = before
	}
	p.prefix = outer
}

// maxIndent is the greatest indentation to which more is added, in columns: a third of
// a line.
func (s Style) maxIndent() int {
	if s.Columns == 0 {
		return maxUnder / 3
	}
	return s.Columns / 3
}

// columns are those that are left for a text.
func (p *page) columns() int { return narrower(p.Columns, p.measure(p.prefix)) }

// lines writes a text that is one line for each that it has, folded.
func (p *page) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		for _, l := range p.fold(line, p.columns()) {
			p.emit(l)
		}
	}
}

// blocks writes what stands in an element, or at the top: what is not a block between
// two of these is a paragraph.
func (p *page) blocks(nodes []*html.Node) {
	begin := 0
	for i, n := range nodes {
		if isBlock(n) {
			p.paragraph(nodes[begin:i])
			p.block(n)
			begin = i + 1
		}
	}
	p.paragraph(nodes[begin:])
}

func children(n *html.Node) (all []*html.Node) {
	for c := range n.ChildNodes() {
		all = append(all, c)
	}
	return all
}

func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote,
		atom.Pre, atom.Hr, atom.Table, atom.Div:
		return true
	}
	return false
}

func (p *page) block(n *html.Node) {
	switch n.DataAtom {
	case atom.P, atom.Dt:
		p.paragraph(children(n))
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		p.title(n)
	case atom.Ul, atom.Ol:
		p.list(n)
	case atom.Dd:
		p.definition(n)
	case atom.Blockquote:
		p.gap()
		p.within("> ", "> ", func() { p.loosely(func() { p.blocks(children(n)) }) })
		p.gap()
	case atom.Pre:
		p.preformatted(n)
	case atom.Hr:
		p.section()
		p.gap()
		p.emit(p.rule(maxRule))
		p.gap()
	case atom.Table:
		p.table(n)
	default:
		p.blocks(children(n))
	}
}

// rule is a line that is drawn across the text.
func (p *page) rule(columns int) string {
	if room := p.columns(); room > 0 {
		columns = min(columns, room)
	}
	return strings.Repeat("-", min(columns, maxRule))
}

const maxRule = 40

// loosely runs what has blank lines between its blocks, also in a list of short items.
func (p *page) loosely(do func()) {
	tight := p.tight
	p.tight = false
	do()
	p.tight = tight
}

func (p *page) title(n *html.Node) {
	p.section()
	text := p.oneLine(n, " ")
	if text == "" {
		return
	}
	p.gap()
	for _, l := range p.heading(text, int(n.Data[1]-'0'), p.columns()) {
		p.emit(l)
	}
	p.gap()
}

// paragraph writes inline nodes, unless nothing is to be read in them.
func (p *page) paragraph(nodes []*html.Node) {
	if link := soleLink(nodes); link != nil {
		p.linkAlone(link)
		return
	}
	text := settle(p.inline(nodes), "\n")
	if text == "" {
		return
	}
	p.gap()
	p.lines(text)
	p.gap()
}

// preformatted writes a block as it is.
func (p *page) preformatted(n *html.Node) {
	text := strings.Trim(textOf(n), "\n")
	if text == "" {
		return
	}
	p.gap()
	for line := range strings.SplitSeq(text, "\n") {
		p.emit(line)
	}
	p.gap()
}

// textOf is all the text in an element, as it stands there.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
	}
	return b.String()
}
