package markdown

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
)

// markdown is one body on its way to HTML.
type markdown struct {
	Text
	*budget
	source   []byte
	hosts    []string // as the DNS has them
	found    *finding.List
	fragment *Fragment
	anchors  *anchors
	looks    *looks
}

// gfm is GitHub's Markdown without task lists, whose check boxes are forms. Where line
// breaks are kept, a rule below a line is one, and makes no heading of it.
func (m markdown) gfm() goldmark.Markdown {
	blocks := []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(), 100), util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500), util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(fences{parser.NewFencedCodeBlockParser()}, 700), util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(htmlBlocks{parser.NewHTMLBlockParser()}, 900),
		util.Prioritized(noteBlocks{extension.NewFootnoteBlockParser()}, 950), util.Prioritized(parser.NewParagraphParser(), 1000),
	}
	if m.KeepBreaks {
		blocks = blocks[1:]
	}
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(blocks...),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100), util.Prioritized(noteRefs{}, 150), util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300), util.Prioritized(parser.NewRawHTMLParser(), 400),
				util.Prioritized(marks{}, 500), util.Prioritized(escapedSpaces{}, 600), util.Prioritized(bares{}, 900)),
			parser.WithParagraphTransformers(util.Prioritized(definitions{parser.LinkReferenceParagraphTransformer}, 100)))),
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(
			util.Prioritized(nodes{}, 400), util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500))),
	)
}

// parse reads the body within its budget.
func (m markdown) parse(md goldmark.Markdown) ast.Node {
	md.Parser().AddOptions(m.metered())
	doc := md.Parser().Parse(text.NewReader(m.source))
	m.measure(doc)
	m.weave(doc)
	return doc
}

func (m markdown) check(n ast.Node) {
	switch n := n.(type) {
	case *ast.Emphasis:
		m.checkEmphasis(n)
	case *ast.Link:
		m.checkLink(n)
	case *ast.Image:
		m.checkImage(n, string(n.Destination))
	}
}

// checkLines looks at the lines of all blocks as they were written, and then settles what
// their breaks become.
func (m markdown) checkLines(doc ast.Node) {
	rules := m.rules()
	var classic ast.Node // the last block that is written in lines
	var texts [][]textLine
	var row ast.Node // the parent of the last block
	for _, block := range blocks(doc) {
		leaves := m.leaves(block)
		lines := m.lines(leaves)
		m.checkPrinted(block, lines)
		if h, ok := block.(*ast.Heading); ok {
			m.checkUnderlined(h, lines, rules)
		} else if !m.KeepBreaks && m.checkClassic(block, lines, classic) {
			classic = block
		}
		m.breakLines(leaves)
		if texts = append(texts, lines); len(lines) > 0 {
			m.fragment.keep(block, lines, row == block.Parent())
			row = block.Parent()
		}
	}
	m.checkForeign(texts)
}

// line is the line of the file on which a node stands.
func (m markdown) line(n ast.Node) int {
	for p := n; p != nil; p = p.Parent() {
		if at := p.Pos(); at >= 0 && p.Kind() != ast.KindDocument {
			return m.budget.line(at)
		}
	}
	return m.First
}

// words is what a reader reads of a node.
func (m markdown) words(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(m.source))
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if slot.IsMark(r) {
			return -1
		}
		return r
	}, b.String()))
}
