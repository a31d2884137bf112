package source

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
	*budget
	source []byte     // slots marked
	hosts  []string   // where images may lie
	files  *enclosing // and what lies beside the issue
	found  *finding.List
	shown  *shown

	anchors    *anchors
	keepBreaks bool // every line break of a paragraph is one
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
	if m.keepBreaks {
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

// render checks the body and renders it. titled reports a heading of the first level.
func (m markdown) render() (out string, titled bool, err error) {
	b := output{budget: m.budget}
	err = m.within(func() error {
		md := m.gfm()
		doc := m.parse(md)
		m.placeNotes(doc)
		m.linkBares(doc)
		m.checkDefinitions(doc)
		m.anchors = m.findAnchors(doc)
		_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering {
				titled = titled || isTitle(n)
				m.shown.note(m, n) // before check, which gives pictures another address
				m.check(n)
			}
			return ast.WalkContinue, nil
		})
		m.checkLines(doc)
		return md.Renderer().Render(&b, m.source, doc)
	})
	if err != nil {
		return "", false, fmt.Errorf("the text cannot be rendered: %w", err)
	}
	return b.String(), titled, nil
}

// isTitle reports a heading of the first level.
func isTitle(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Heading:
		return n.Level == 1
	case *blockElement:
		return n.name == "h1"
	}
	return false
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
	for _, block := range blocks(doc) {
		leaves := m.leaves(block)
		lines := m.lines(leaves)
		m.checkPrinted(block, lines)
		if h, ok := block.(*ast.Heading); ok {
			m.checkUnderlined(h, lines, rules)
		} else if !m.keepBreaks && m.checkClassic(block, lines, classic) {
			classic = block
		}
		m.breakLines(leaves)
	}
}

func (m markdown) checkImage(n *ast.Image, dest string) {
	m.checkTitle(n, n.Title)
	u, err := url.Parse(dest)
	host := ""
	if err == nil && u.Scheme == "https" && u.User == nil && u.Host != "" {
		host = asciiHosts([]string{u.Host})[0]
	}
	switch {
	case strings.ContainsFunc(dest, slot.IsMark):
		m.found.Fail(m.line(n), "slot-in-link", slotInURL)
	case host != "" && slices.ContainsFunc(m.hosts, func(h string) bool { return strings.EqualFold(host, h) }):
		n.Destination = []byte(strings.Replace(dest, u.Host, host, 1))
	case isBeside(dest):
		m.showFile(n, dest)
	default:
		m.found.Fail(m.line(n), "image", "the image %q cannot be sent; images must lie on the office's own web site, under https://%s/, or beside the issue, as in ![map](map.png)", finding.Clip(dest), strings.Join(m.hosts, "/ or https://"))
	}
}

// textWidth is how wide the text of an issue is on a desktop, in points.
const textWidth = 552

// showFile lets an image show the file beside the issue that it names, with the room that
// it takes, so that the text does not jump when it comes.
func (m markdown) showFile(n *ast.Image, dest string) {
	id, kind, ok := m.files.picture(m.line(n), dest)
	if !ok {
		return
	}
	width := min(kind.Width, textWidth)
	if v, ok := n.AttributeString("width"); ok { // of an HTML tag
		if asked, err := strconv.Atoi(string(v.([]byte))); err == nil && asked > 0 {
			width = min(asked, textWidth)
		}
	}
	height := max((kind.Height*width+kind.Width/2)/kind.Width, 1)
	n.Destination = []byte("cid:" + id)
	n.SetAttributeString("width", []byte(strconv.Itoa(width)))
	n.SetAttributeString("height", []byte(strconv.Itoa(height)))
}

// line is the line of the file on which a node stands.
func (m markdown) line(n ast.Node) int {
	for p := n; p != nil; p = p.Parent() {
		if at := p.Pos(); at >= 0 && p.Kind() != ast.KindDocument {
			return m.budget.line(at)
		}
		if p.Type() != ast.TypeInline && p.Lines().Len() > 0 {
			return m.budget.line(p.Lines().At(0).Start)
		}
	}
	return m.first
}
