package markdown

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	xhtml "golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// anchors are the places of a text to which its own links may lead: headings by their
// words, and HTML elements by their id or name.
type anchors struct {
	places map[string]ast.Node
	ids    map[ast.Node]string // of those that a link leads to
}

// findAnchors finds them. Those of the same words are told apart by -1, -2 and so on, as
// Markdown editors do.
func (m markdown) findAnchors(doc ast.Node) *anchors {
	a := &anchors{map[string]ast.Node{}, map[ast.Node]string{}}
	twice := map[string]int{}
	add := func(words string, n ast.Node) {
		key := anchorKey(words)
		if nth := twice[key]; nth > 0 {
			twice[key]++
			key += strconv.Itoa(nth)
		} else {
			twice[key] = 1
		}
		if _, ok := a.places[key]; !ok && key != "" {
			a.places[key] = n
		}
	}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			add(m.words(n), n)
		case *element:
			add(n.anchor, n)
		case *blockElement:
			add(n.anchor, n)
			if isHeading(n.name) {
				add(m.words(n), n)
			}
		}
		return ast.WalkContinue, nil
	})
	return a
}

func isHeading(name string) bool {
	return len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6'
}

// anchorKey is what two spellings of a place have in common: its letters and digits.
func anchorKey(words string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(words))
}

// link is the id of the place to which a fragment leads, "" if there is none.
func (a *anchors) link(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		fragment = plain
	}
	n := a.places[anchorKey(fragment)]
	if n == nil {
		return ""
	}
	id := a.ids[n]
	if id == "" {
		id = "section-" + strconv.Itoa(len(a.ids)+1)
		a.ids[n] = id
		switch n := n.(type) {
		case *element:
			n.attrs = append(n.attrs, xhtml.Attribute{Key: "id", Val: id})
		case *blockElement:
			n.attrs = append(n.attrs, xhtml.Attribute{Key: "id", Val: id})
		default:
			n.SetAttributeString("id", []byte(id))
		}
	}
	return id
}
