package markdown

import (
	"context"
	"fmt"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/finding"
)

// Text is what an editor wrote below the front matter, and what must be known to read it.
type Text struct {
	Body       string   // with marks in place of its slots
	First      int      // its first line in the file
	Hosts      []string // of the office, with their ports: where images may lie
	KeepBreaks bool     // every line break of a paragraph is one
	Fields     []string // of the list, which may be written as slots of other programs

	// Show finds a picture beside the issue, under its name as it is written on a line of
	// the file; if it has none, it says so to the editor.
	Show func(line int, name string) (File, bool)
}

// File is a picture that comes with the issue.
type File struct {
	ID            string // of its part of the mail (RFC 2392)
	Width, Height int    // points, 1 or more
}

// Fragment is what becomes of a text.
type Fragment struct {
	HTML     string    // safe, with the marks of slots; "" if something is wrong with the text
	Titled   bool      // it has a heading of the first level
	Links    []Link    // in their order
	Pictures []Picture // likewise
	Lines    []Line    // likewise, but for those of code
}

// Line is a line of the text as it is read: without marks of Markdown, addresses of links
// and comments.
type Line struct {
	Number  int    // of the file
	Text    string // with marks of slots, and U+FFFC for a picture and for code
	Heading bool
	Row     bool // of a table: its cells stand between "|"
}

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

// Render reads a text and makes HTML of it. What is wrong with the text, and what is
// probably not meant, is added to found. The error is a [finding.List] if there is more of
// something than can be read or sent; else the work was given up with ctx.
func Render(ctx context.Context, t Text, found *finding.List) (*Fragment, error) {
	m := markdown{Text: t, budget: newBudget(ctx, []byte(t.Body), t.First), source: []byte(t.Body), hosts: asciiHosts(t.Hosts), found: found, fragment: &Fragment{}, looks: &looks{}}
	html, err := m.render()
	if err != nil {
		return nil, err
	}
	if found.Err() == nil {
		m.fragment.HTML = sanitise(html, m.hosts)
		err = checkFragment(m.fragment.HTML, t.First)
	}
	return m.fragment, err
}

// render checks the text and renders it.
func (m markdown) render() (html string, err error) {
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
				m.note(n) // before check, which gives pictures another address
				m.check(n)
			}
			return ast.WalkContinue, nil
		})
		m.checkLines(doc)
		m.looks.warn(m.found)
		return md.Renderer().Render(&b, m.source, doc)
	})
	if err != nil {
		return "", fmt.Errorf("the text cannot be rendered: %w", err)
	}
	return b.String(), nil
}

// note keeps what others look at: links, pictures, the heading of the first level.
func (m markdown) note(n ast.Node) {
	f := m.fragment
	switch n := n.(type) {
	case *ast.Heading:
		f.Titled = f.Titled || n.Level == 1
	case *blockElement:
		f.Titled = f.Titled || n.name == "h1"
	case *ast.Link:
		f.Links = append(f.Links, Link{m.line(n), m.words(n), string(n.Destination)})
	case *ast.Image:
		f.Pictures = append(f.Pictures, Picture{m.line(n), m.words(n), string(n.Destination)})
	}
}
