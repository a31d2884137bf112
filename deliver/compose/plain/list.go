package plain

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// list writes a list: its marks as each language has them, further lines of an item
// below its first letter.
func (p *page) list(n *html.Node) {
	notes := isNotes(n)
	if notes {
		p.section()
	}
	p.gap()
	tight := p.tight
	p.tight = !notes && isTight(n)
	number, err := strconv.Atoi(attr(n, "start"))
	if err != nil {
		number = 1
	}
	for item := range n.ChildNodes() {
		if item.DataAtom != atom.Li {
			continue
		}
		marker := p.in("・", "- ")
		switch {
		case notes:
			marker = p.note(strings.TrimPrefix(attr(item, "id"), noteID)) + " "
		case n.DataAtom == atom.Ol:
			marker = strconv.Itoa(number) + ". "
		case strings.ContainsRune(itemMarks, firstRune(item)):
			marker = "" // of the editor's own
		}
		p.item(item, marker)
		number++
	}
	p.tight = tight
	p.gap()
}

// noteID begins the names of footnotes, to which their references lead.
const noteID = "note-"

// isNotes reports the list of the footnotes.
func isNotes(list *html.Node) bool {
	for item := range list.ChildNodes() {
		if item.DataAtom == atom.Li {
			return strings.HasPrefix(attr(item, "id"), noteID)
		}
	}
	return false
}

// item writes an item of a list, also an empty one, which counts.
func (p *page) item(n *html.Node, marker string) {
	p.gap()
	p.within(marker, p.blank(p.measure(marker)), func() {
		p.blocks(children(n))
		if p.marker != nil && marker != "" {
			p.emit("")
		}
	})
	p.gap()
}

// firstRune is the first character that an element shows, 0 if it shows none.
func firstRune(n *html.Node) rune {
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			for _, r := range strings.TrimLeft(d.Data, " \n") {
				return r
			}
		}
	}
	return 0
}

// isTight reports a list whose items are no paragraphs.
func isTight(list *html.Node) bool {
	for item := range list.ChildNodes() {
		for c := range item.ChildNodes() {
			if c.DataAtom == atom.P {
				return false
			}
		}
	}
	return true
}

// definition is what stands below a term.
func (p *page) definition(n *html.Node) {
	indent := p.blank(4)
	p.pending = nil
	p.within(indent, indent, func() { p.blocks(children(n)) })
}

// note is the reference to a footnote, and what stands before it.
func (p *page) note(number string) string {
	return fmt.Sprintf(p.in("［%s%s］", "[%s %s]"), p.Words.Note, number)
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
