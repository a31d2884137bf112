package source

import (
	"strings"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/slot"
)

// Link is one link of the text.
type Link struct {
	Line int    // of the file
	Text string // that readers press; slots are left out
	To   string // as written; an address with "mailto:"
}

// Picture is one picture of the text.
type Picture struct {
	Line int    // of the file
	Alt  string // what stands for it where it is not shown
	From string // as written
}

// shown are the links and pictures of a text, in their order.
type shown struct {
	links    []Link
	pictures []Picture
}

// note keeps a node that is a link or a picture.
func (s *shown) note(m markdown, n ast.Node) {
	switch n := n.(type) {
	case *ast.Link:
		s.links = append(s.links, Link{m.line(n), m.words(n), string(n.Destination)})
	case *ast.Image:
		s.pictures = append(s.pictures, Picture{m.line(n), m.words(n), string(n.Destination)})
	}
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
