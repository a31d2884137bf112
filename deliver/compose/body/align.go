package body

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// byHand is how many full-width spaces at the beginning of a line push it to the right,
// as 敬具 and dates stand in letters. On a phone they would fill the line, or more, since
// no program breaks a line among them.
const byHand = 12

// align gives lines that full-width spaces push to the right a paragraph of their own
// that stands there, and 記 one in the middle. The paragraphs that it returns belong to
// the ones below them.
func align(body *html.Node) (joined map[*html.Node]bool) {
	joined = map[*html.Node]bool{}
	var paragraphs []*html.Node
	for n := range body.Descendants() {
		if !pushed(n) {
			continue
		}
		if p := n.Parent; p.DataAtom != atom.P {
			n.Data = "　　" + strings.TrimLeft(n.Data, " \n　")
		} else if len(paragraphs) == 0 || paragraphs[len(paragraphs)-1] != p {
			paragraphs = append(paragraphs, p)
		}
	}
	for _, p := range paragraphs {
		for _, part := range split(p) {
			joined[part] = true
		}
	}
	return joined
}

// split leaves the last lines of a paragraph that stand alike in it, and returns what it
// has put before it.
func split(p *html.Node) (before []*html.Node) {
	var part *html.Node
	for c := p.FirstChild; c != nil; {
		line, where := lineFrom(c), ""
		if pushed(c) {
			c.Data, where = strings.TrimLeft(c.Data, " \n　"), "right"
			if strings.TrimSpace(c.Data) == "記" && len(line) <= 2 {
				where = "center"
			}
		}
		c = line[len(line)-1].NextSibling
		if part == nil || get(part, "align") != where {
			if part != nil {
				dropBreak(part)
				before = append(before, part)
			}
			part = &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
			if where != "" {
				set(part, "align", where)
			}
		}
		for _, n := range line {
			p.RemoveChild(n)
			part.AppendChild(n)
		}
	}
	for _, b := range before {
		p.Parent.InsertBefore(b, p)
	}
	p.Attr = append(p.Attr, part.Attr...)
	for c := part.FirstChild; c != nil; c = part.FirstChild {
		part.RemoveChild(c)
		p.AppendChild(c)
	}
	return before
}

// lineFrom is a node with what stands on the same line behind it, and its break.
func lineFrom(n *html.Node) (line []*html.Node) {
	for ; n != nil; n = n.NextSibling {
		line = append(line, n)
		if n.DataAtom == atom.Br {
			break
		}
	}
	return line
}

// dropBreak removes the break at the end of a paragraph.
func dropBreak(p *html.Node) {
	if last := p.LastChild; last.DataAtom == atom.Br {
		p.RemoveChild(last)
	}
}

// pushed reports a text that begins a line, so far to the right.
func pushed(n *html.Node) bool {
	if n.Type != html.TextNode || n.PrevSibling != nil && n.PrevSibling.DataAtom != atom.Br {
		return false
	}
	words, ok := strings.CutPrefix(strings.TrimLeft(n.Data, " \n"), strings.Repeat("　", byHand))
	alone := n.NextSibling == nil || n.NextSibling.DataAtom == atom.Br
	return ok && (strings.Trim(words, " \n　") != "" || !alone)
}
