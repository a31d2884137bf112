package markdown

import (
	"bytes"
	"context"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	xhtml "golang.org/x/net/html"

	"example.jp/kairan/deliver/compose/finding"
)

// What one body may ask of the machine. Markdown has many ways to make much of little,
// and most readings of it take the square of what is written in them.
const (
	maxDepth    = 20        // quotations and items of lists within each other
	maxTree     = 100       // nodes and elements within each other
	maxCells    = 2000      // of all tables
	maxElements = 5000      // of the HTML
	maxFragment = 100 << 10 // of the HTML, octets; what is cut by Gmail is longer by what stands around it
	maxWork     = 64 << 20  // octets that parsers may look at, over and over again
)

// budget is what is left to one body. The work on it is given up where nothing is, or
// when its context ends.
type budget struct {
	ctx    context.Context
	source []byte
	first  int   // line of the file on which the body begins
	ends   []int // of its lines

	work, cells, linked int
	calls               int

	parent ast.Node // whose inline content is read
	marks  int      // that were read of it
}

func newBudget(ctx context.Context, source []byte, first int) *budget {
	b := &budget{ctx: ctx, source: source, first: first, work: maxWork, cells: maxCells, linked: maxFragment}
	for at, c := range source {
		if c == '\n' {
			b.ends = append(b.ends, at)
		}
	}
	return b
}

// line is the line of the file on which an octet of the body stands.
func (b *budget) line(at int) int { return b.first + sort.SearchInts(b.ends, at) }

// spent ends work from within a library that knows no errors there; it is thrown and
// caught in this package only.
type spent struct{ err error }

// within does the work, and returns what ended it.
func (b *budget) within(work func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case spent:
			err = r.err
		default:
			panic(r)
		}
	}()
	return work()
}

// stop gives the work up, for what stands at an octet of the body.
func (b *budget) stop(at int, rule finding.Rule, format string, args ...any) {
	var found finding.List
	found.Fail(b.line(at), rule, format, args...)
	panic(spent{found})
}

// draw takes the cost of a step at an octet of the body.
func (b *budget) draw(cost, at int) {
	b.work -= cost
	if b.work < 0 {
		b.stop(at, "marks", `there are too many marks of Markdown in one paragraph here (brackets, stars, quotation marks); split it, or write \ before those that are meant as characters`)
	}
	if b.calls++; b.calls%256 == 0 && b.ctx.Err() != nil {
		panic(spent{b.ctx.Err()})
	}
}

// errTooLong is of no line: it is all of them.
var errTooLong = func() (found finding.List) {
	found.Fail(0, "size", "the text makes more than %d KB of HTML; above %[1]d KB Gmail cuts a mail and hides the link that leaves: "+
		"shorten the issue, or put its long parts on the web and link to them", maxFragment>>10)
	return found
}()

// link takes the octets of an address and a title, which stand in the HTML as often as
// the text refers to them.
func (b *budget) link(octets int) {
	if b.linked -= octets; b.linked < 0 {
		panic(spent{errTooLong})
	}
}

// table takes the cells of a table that a paragraph may become: as many in each row as
// in the first, however short they are written.
func (b *budget) table(lines *text.Segments) {
	for i := 1; i < lines.Len(); i++ {
		s := lines.At(i)
		row := s.Value(b.source)
		if strings.ContainsFunc(string(row), func(r rune) bool { return !strings.ContainsRune("|:- \t\n", r) }) {
			continue
		}
		if b.cells -= (bytes.Count(row, []byte("|")) + 1) * (lines.Len() - i); b.cells < 0 {
			b.stop(s.Start, "table", "the tables down to this one have more than %d cells; no mail program can show that: put it on the web and link to it", maxCells)
		}
		return
	}
}

// metered puts the parsers of a configuration under the budget; it must be the last
// option.
func (b *budget) metered() parser.Option { return option(b.meter) }

type option func(*parser.Config)

// SetParserOption implements [parser.Option].
func (o option) SetParserOption(c *parser.Config) { o(c) }

func (b *budget) meter(c *parser.Config) {
	for _, all := range []util.PrioritizedSlice{c.BlockParsers, c.InlineParsers, c.ParagraphTransformers} {
		for i, v := range all {
			switch p := v.Value.(type) {
			case parser.BlockParser:
				all[i].Value = block{p, b}
			case parser.InlineParser:
				closer, _ := p.(parser.CloseBlocker)
				all[i].Value = inline{p, closer, b}
			case parser.ParagraphTransformer:
				all[i].Value = paragraph{p, b}
			}
		}
	}
	c.ParagraphTransformers = append(c.ParagraphTransformers, util.Prioritized(tables{b}, 0))
}

// block is a block parser under a budget.
type block struct {
	parser.BlockParser
	*budget
}

// Open implements [parser.BlockParser].
func (p block) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	_, at := reader.Position()
	p.draw(8, at.Start)
	if open := pc.OpenedBlocks(); len(open) > maxDepth {
		depth := 0
		for _, o := range open {
			if k := o.Node.Kind(); k == ast.KindBlockquote || k == ast.KindListItem {
				depth++
			}
		}
		if depth > maxDepth || len(open) > maxTree {
			p.stop(at.Start, "nesting", "quotations or lists stand in one another more than %d deep here; no mail program can show that: use fewer >, or less indentation", maxDepth)
		}
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// Continue implements [parser.BlockParser].
func (p block) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	_, at := reader.Position()
	p.draw(8, at.Start)
	return p.BlockParser.Continue(node, reader, pc)
}

// inline is an inline parser under a budget.
type inline struct {
	parser.InlineParser
	closer parser.CloseBlocker // or nil
	*budget
}

// Parse implements [parser.InlineParser]. A parser may look at the rest of the line,
// and at all that was read before it of this paragraph.
func (p inline) Parse(parent ast.Node, reader text.Reader, pc parser.Context) ast.Node {
	line, at := reader.PeekLine()
	if parent != p.parent {
		p.parent, p.marks = parent, 0
	}
	_, bare := p.InlineParser.(bares)
	if bare || line[0] <= ' ' || line[0] >= 0x80 || util.IsAlphaNumeric(line[0]) { // bounded, or the beginning of a word
		p.draw(min(len(line), 128), at.Start)
	} else {
		p.marks++
		p.draw(len(line)+p.marks, at.Start)
	}
	n := p.InlineParser.Parse(parent, reader, pc)
	switch n := n.(type) {
	case *ast.Link:
		p.link(len(n.Destination) + len(n.Title))
	case *ast.Image:
		p.link(len(n.Destination) + len(n.Title))
	}
	return n
}

// CloseBlock implements [parser.CloseBlocker].
func (p inline) CloseBlock(parent ast.Node, reader text.Reader, pc parser.Context) {
	if p.closer != nil {
		p.closer.CloseBlock(parent, reader, pc)
	}
}

// paragraph is a paragraph transformer under a budget.
type paragraph struct {
	parser.ParagraphTransformer
	*budget
}

// Transform implements [parser.ParagraphTransformer].
func (p paragraph) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if n := node.Lines().Len(); n > 0 {
		p.draw(n*n/512, node.Lines().At(0).Start)
	}
	p.ParagraphTransformer.Transform(node, reader, pc)
}

// tables looks at paragraphs before they become tables.
type tables struct{ *budget }

// Transform implements [parser.ParagraphTransformer].
func (t tables) Transform(node *ast.Paragraph, _ text.Reader, _ parser.Context) {
	t.table(node.Lines())
}

// output is HTML that is given up where it becomes too long.
type output struct {
	bytes.Buffer
	*budget
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	if o.Len()+len(p) > 2*maxFragment { // what is dropped of it later is not known yet
		panic(spent{errTooLong})
	}
	return o.Buffer.Write(p)
}

// checkFragment bounds the HTML that others go on with.
func checkFragment(fragment string, first int) error {
	var found finding.List
	if len(fragment) > maxFragment {
		return errTooLong
	}
	depth, elements := 0, 0
	for z := xhtml.NewTokenizer(strings.NewReader(fragment)); ; {
		switch z.Next() {
		case xhtml.ErrorToken:
			if elements > maxElements {
				found.Fail(first, "size", "the text has more than %d paragraphs, marks and links; shorten it", maxElements)
			}
			return found.Err()
		case xhtml.StartTagToken:
			elements++
			if name, _ := z.TagName(); !isVoid(string(name)) {
				depth++
			}
		case xhtml.EndTagToken:
			depth--
		case xhtml.SelfClosingTagToken:
			elements++
		}
		if depth > maxTree {
			found.Fail(first, "nesting", "marks or HTML tags stand in one another more than %d deep; close them, or use fewer", maxTree)
			return found
		}
	}
}

// isVoid reports an element that has no end.
func isVoid(name string) bool { return name == "br" || name == "hr" || name == "img" }

// measure gives the work up where nodes stand in one another too deep.
func (m markdown) measure(doc ast.Node) {
	depth := 0
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		m.draw(1, 0)
		if depth++; depth > maxTree {
			m.stop(max(n.Pos(), 0), "nesting", "marks such as ** or [ stand in one another more than %d deep here; use fewer", maxTree)
		}
		return ast.WalkContinue, nil
	})
}
