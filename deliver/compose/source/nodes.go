package source

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// nodes renders what is not as goldmark has it: the destination of a link has been
// checked and written out before.
type nodes struct{ html.Config }

// RegisterFuncs makes nodes a [renderer.NodeRenderer].
func (r nodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, r.link)
}

func (r nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	if !entering {
		_, _ = w.WriteString("</a>")
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
