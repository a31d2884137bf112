package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	xhtml "golang.org/x/net/html"
)

// element is an HTML element of running text, and block one between paragraphs.
type element struct {
	ast.BaseInline
	name   string
	attrs  []xhtml.Attribute
	anchor string // its id or name, as written
	aside  bool   // it stands above the line: a reading, the number of a note
}

type blockElement struct {
	ast.BaseBlock
	name   string
	attrs  []xhtml.Attribute
	anchor string
}

var kindElement, kindBlockElement = ast.NewNodeKind("Element"), ast.NewNodeKind("BlockElement")

// Kind makes element an [ast.Node].
func (*element) Kind() ast.NodeKind { return kindElement }

// Dump likewise.
func (e *element) Dump(source []byte, level int) { ast.DumpHelper(e, source, level, nil, nil) }

// Kind makes blockElement an [ast.Node].
func (*blockElement) Kind() ast.NodeKind { return kindBlockElement }

// Dump likewise.
func (e *blockElement) Dump(source []byte, level int) { ast.DumpHelper(e, source, level, nil, nil) }

// nodes renders what is not as goldmark has it: the destination of a link has been
// checked and written out before.
type nodes struct{ html.Config }

// RegisterFuncs makes nodes a [renderer.NodeRenderer].
func (r nodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, r.link)
	reg.Register(kindElement, r.element)
	reg.Register(kindBlockElement, r.element)
}

func (r nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	if !entering {
		if len(n.Destination) > 0 { // one that leads nowhere has been told of
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	}
	if len(n.Destination) == 0 {
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML(n.Destination))
	if len(n.Title) > 0 {
		_, _ = w.WriteString(`" title="`)
		_, _ = w.Write(util.EscapeHTML([]byte(unescaped(n.Title))))
	}
	_, _ = w.WriteString(`">`)
	return ast.WalkContinue, nil
}

func (r nodes) element(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	t := xhtml.Token{Type: xhtml.StartTagToken}
	switch n := node.(type) {
	case *element:
		t.Data, t.Attr = n.name, n.attrs
	case *blockElement:
		t.Data, t.Attr = n.name, n.attrs
	}
	if !entering {
		t.Type, t.Attr = xhtml.EndTagToken, nil
	}
	if entering || !isVoid(t.Data) {
		_, _ = w.WriteString(t.String())
	}
	if !entering && node.Type() == ast.TypeBlock {
		_ = w.WriteByte('\n')
	}
	return ast.WalkContinue, nil
}
