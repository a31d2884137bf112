package markdown

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"example.jp/kairan/deliver/compose/finding"
)

// definitions reads lines that say where references lead: [名]: https://… What has their
// form and leads nowhere is text: [会場]: 市民ホール.
type definitions struct{ parser.ParagraphTransformer }

var (
	definition = regexp.MustCompile(`^ {0,3}\[[^\]]*\]:[ \t]*(\S*)`)
	target     = regexp.MustCompile(`^(?i:<|#|/|\.\.?/|www\.|(?:https?|mailto|tel|ftp):)|^[^,、。]*\.[A-Za-z][A-Za-z0-9]{1,4}(?:[/?#]|$)`)
)

// Transform makes definitions a [parser.ParagraphTransformer].
func (d definitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines().Sliced(0, node.Lines().Len())
	texts := slices.IndexFunc(lines, func(l text.Segment) bool {
		found := definition.FindSubmatch(l.Value(reader.Source()))
		return found != nil && len(found[1]) > 0 && !target.Match(found[1])
	})
	if texts < 0 {
		d.ParagraphTransformer.Transform(node, reader, pc)
		return
	}
	head, tail := slices.Clone(lines[:texts]), slices.Clone(lines[texts:])
	if texts > 0 {
		parent, next := node.Parent(), node.NextSibling()
		node.Lines().Clear()
		node.Lines().AppendAll(head)
		d.ParagraphTransformer.Transform(node, reader, pc)
		if node.Parent() == nil { // nothing else is in these lines
			parent.InsertBefore(parent, next, node)
			node.Lines().Clear()
		}
		node.Lines().AppendAll(tail)
	}
}

// checkDefinitions warns of those that no link uses: they are not shown.
func (m markdown) checkDefinitions(doc ast.Node) {
	used := map[string]bool{}
	var all []*ast.LinkReferenceDefinition
	use := func(r *ast.ReferenceLink) {
		if r != nil {
			used[util.ToLinkReference(bytes.TrimSpace(r.Value))] = true
		}
	}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			use(n.Reference)
		case *ast.Image:
			use(n.Reference)
		case *ast.LinkReferenceDefinition:
			if entering {
				all = append(all, n)
			}
		}
		return ast.WalkContinue, nil
	})
	first := map[string]bool{}
	for _, d := range all {
		name := util.ToLinkReference(d.Label)
		switch {
		case !used[name]:
			m.found.Warn(m.line(d), "reference", `this line is not shown: it says where a link [%s] leads, and there is none; write the link, or \[ if the line is text`, finding.Clip(string(d.Label)))
		case first[name]:
			m.found.Warn(m.line(d), "reference", "this line is not shown and not used: where [%s] leads is said above; give it another name", finding.Clip(string(d.Label)))
		}
		first[name] = true
	}
}
