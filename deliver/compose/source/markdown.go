package source

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	xhtml "golang.org/x/net/html"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
)

// markdown is one body on its way to HTML.
type markdown struct {
	*budget
	source []byte     // slots marked
	hosts  []string   // where images may lie
	files  *enclosing // and what lies beside the issue
	found  *finding.List
	shown  *shown
}

// gfm is GitHub's Markdown without task lists, whose check boxes are forms. Line breaks
// inside Japanese paragraphs are joined by [markdown.joinLines]: goldmark's own way also
// joins English lines before emphasis and after a full stop.
func gfm() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(parser.DefaultBlockParsers()...),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100), util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300), util.Prioritized(parser.NewRawHTMLParser(), 400),
				util.Prioritized(marks{}, 500), util.Prioritized(escapedSpaces{}, 600), util.Prioritized(bares{}, 900)),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...))),
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		// Raw HTML has been checked tag by tag when this renders it, and is
		// sanitised afterwards.
		goldmark.WithRendererOptions(html.WithUnsafe(),
			renderer.WithNodeRenderers(util.Prioritized(nodes{}, 400), util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500))),
	)
}

// parse reads the body within its budget.
func (m markdown) parse(md goldmark.Markdown) ast.Node {
	md.Parser().AddOptions(m.metered())
	doc := md.Parser().Parse(text.NewReader(m.source))
	m.measure(doc)
	return doc
}

// render checks the body and renders it. titled reports a heading of the first level.
func (m markdown) render() (out string, titled bool, err error) {
	b := output{budget: m.budget}
	err = m.within(func() error {
		md := gfm()
		doc := m.parse(md)
		m.linkBares(doc)
		_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering {
				h, ok := n.(*ast.Heading)
				titled = titled || ok && h.Level == 1
				m.shown.note(m, n) // before check, which gives pictures another address
				m.check(n)
				m.joinLines(n)
			}
			return ast.WalkContinue, nil
		})
		return md.Renderer().Render(&b, m.source, doc)
	})
	if err != nil {
		return "", false, fmt.Errorf("the text cannot be rendered: %w", err)
	}
	return b.String(), titled, nil
}

func (m markdown) check(n ast.Node) {
	switch n := n.(type) {
	case *ast.Link:
		m.checkLink(n)
	case *ast.Image:
		m.checkImage(n, string(n.Destination))
	case *ast.HTMLBlock:
		raw := string(n.Lines().Value(m.source))
		if n.HasClosure() {
			raw += string(n.ClosureLine.Value(m.source))
		}
		m.checkHTML(n, raw)
	case *ast.RawHTML:
		m.checkHTML(n, string(n.Segments.Value(m.source)))
	case *ast.Text:
		if _, code := n.Parent().(*ast.CodeSpan); !code && bytes.Contains(n.Segment.Value(m.source), []byte("**")) {
			m.found.Warn(m.line(n), "emphasis", `"**" would be printed as it stands; close what it opens, or write \**`)
		}
	}
}

func (m markdown) checkImage(n *ast.Image, dest string) {
	u, err := url.Parse(dest)
	switch {
	case strings.ContainsFunc(dest, slot.IsMark):
		m.found.Fail(m.line(n), "slot-in-link", slotInURL)
	case err == nil && u.Scheme == "https" && u.User == nil && u.Host != "" && slices.ContainsFunc(m.hosts, func(h string) bool { return strings.EqualFold(u.Host, h) }):
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
	height := max((kind.Height*width+kind.Width/2)/kind.Width, 1)
	n.Destination = []byte("cid:" + id)
	n.SetAttributeString("width", []byte(strconv.Itoa(width)))
	n.SetAttributeString("height", []byte(strconv.Itoa(height)))
}

// checkHTML checks raw HTML tag by tag; comments are dropped later, as meant.
func (m markdown) checkHTML(n ast.Node, raw string) {
	z := xhtml.NewTokenizer(strings.NewReader(raw))
	var refused []string
	for z.Next() != xhtml.ErrorToken {
		t := z.Token()
		switch t.Type {
		case xhtml.StartTagToken, xhtml.EndTagToken, xhtml.SelfClosingTagToken:
			if tag := finding.Clip(t.Data); (!slices.Contains(inlineHTML(), t.Data) || len(t.Attr) > 0) && !slices.Contains(refused, tag) {
				refused = append(refused, tag)
			}
		}
	}
	for _, tag := range refused {
		m.found.Fail(m.line(n), "html", "the HTML tag <%s> cannot be sent as written; use Markdown (only <%s> may stand, without attributes), or write \\< for a literal <",
			tag, strings.Join(inlineHTML(), ">, <"))
	}
}

// joinLines drops the line break behind a text where Japanese is written without
// spaces: between two wide characters, and beside East Asian punctuation (CSS
// Text 3, segment break transformation).
func (m markdown) joinLines(n ast.Node) {
	t, ok := n.(*ast.Text)
	if !ok || !t.SoftLineBreak() {
		return
	}
	before, _ := utf8.DecodeLastRune(t.Segment.Value(m.source))
	after := m.firstRune(t.NextSibling())
	if width.IsWide(before) && width.IsWide(after) || width.IsWidePunctuation(before) || width.IsWidePunctuation(after) {
		t.SetSoftLineBreak(false)
	}
}

// firstRune is the first character that a node shows, 0 if it shows none.
func (m markdown) firstRune(n ast.Node) rune {
	for n != nil {
		if t, ok := n.(*ast.Text); ok {
			r, _ := utf8.DecodeRune(t.Segment.Value(m.source))
			return r
		}
		n = n.FirstChild()
	}
	return 0
}

// line is the line of the file on which a node stands, as near as goldmark tells.
func (m markdown) line(n ast.Node) int {
	at := 0
	for p := n; p != nil; p = p.Parent() {
		if start, ok := start(p); ok {
			at = start
			break
		}
		if prev, ok := p.PreviousSibling().(*ast.Text); ok {
			at = prev.Segment.Stop
			if prev.SoftLineBreak() || prev.HardLineBreak() {
				at++
			}
			break
		}
	}
	return m.budget.line(at)
}

func start(n ast.Node) (int, bool) {
	switch n := n.(type) {
	case *ast.Text:
		return n.Segment.Start, true
	case *ast.RawHTML:
		if n.Segments.Len() > 0 {
			return n.Segments.At(0).Start, true
		}
	}
	if n.Type() != ast.TypeInline && n.Lines().Len() > 0 {
		return n.Lines().At(0).Start, true
	}
	if c := n.FirstChild(); c != nil && n.Type() == ast.TypeInline {
		return start(c)
	}
	return 0, false
}
