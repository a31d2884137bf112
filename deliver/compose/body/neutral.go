package body

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/templates"
)

// Neutral is the text of a draft as it stands on a page of ours below a heading of the
// first level, with LF line ends, and with marks in place of its slots. Its look is the
// page's, so that it has no style of its own; what differs has a class: center and right
// of what is set so, thick of a rule, scroll around a table, which may be wider than the
// page, notes of the list of footnotes.
//
// The pictures that the issue carries lie below path. The page shows no picture from
// elsewhere: what lies on the office's own site is a link to it, by its alternative text.
func Neutral(texts *templates.Set, d *source.Draft, path string) (string, error) {
	body, err := parse(d.HTML)
	if err != nil {
		return "", fmt.Errorf("the page cannot be made: %w", err)
	}
	n := neutral{set: texts, lang: string(d.Lang), files: map[string]string{}, tables: map[*html.Node]int{}}
	for c := range body.Descendants() {
		if c.DataAtom == atom.Table {
			n.tables[c] = len(n.tables) + 1
		}
	}
	for _, f := range d.Enclosed {
		n.files["cid:"+f.ID] = path + url.PathEscape(f.Name)
	}
	for rule, style := range layLines(body) {
		if rule.DataAtom == atom.Hr && strings.Contains(style, "3px") {
			set(rule, "class", "thick")
		}
	}
	dropTitle(body, d.Subject)
	n.deeper = 2 - highest(body)
	n.elements(body)
	var b strings.Builder
	for c := range body.ChildNodes() {
		if err := html.Render(&b, c); err != nil {
			return "", fmt.Errorf("the page cannot be made: %w", err)
		}
	}
	return b.String(), nil
}

// neutral is a text on its way to a page.
type neutral struct {
	set    *templates.Set
	lang   string
	tables map[*html.Node]int
	files  map[string]string // by what the text calls them: where they lie
	deeper int               // levels that headings move, so that the highest is the second
}

// dropTitle removes the heading of the text that says what the heading of the page says.
func dropTitle(body *html.Node, subject string) {
	for n := range body.Descendants() {
		if n.DataAtom == atom.H1 {
			if n.Parent == body && strings.Join(strings.Fields(words(n)), " ") == strings.Join(strings.Fields(subject), " ") {
				body.RemoveChild(n)
			}
			return
		}
	}
}

// level is that of a heading, from 1 to 6; 0 of what is none.
func level(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	}
	return 0
}

// highest is the level of the highest heading of a text, 2 if it has none.
func highest(body *html.Node) int {
	most := 7
	for n := range body.Descendants() {
		if l := level(n); l > 0 {
			most = min(most, l)
		}
	}
	if most > 6 {
		return 2
	}
	return most
}

// elements makes what is below a node fit for a page.
func (n neutral) elements(in *html.Node) {
	for _, c := range slices.Collect(in.ChildNodes()) {
		n.elements(c)
		if where := get(c, "align"); where != "" {
			unset(c, "align")
			if where != "left" {
				set(c, "class", where)
			}
		}
		if l := level(c); l > 0 {
			c.Data = "h" + strconv.Itoa(min(l+n.deeper, 6))
			c.DataAtom = atom.Lookup([]byte(c.Data))
		}
		switch c.DataAtom {
		case atom.Img:
			n.picture(c)
		case atom.Table:
			n.table(c)
		case atom.Th:
			if unhead([][]*html.Node{{c}}); c.DataAtom == atom.Th && c.Parent.Parent.DataAtom == atom.Thead {
				set(c, "scope", "col")
			}
		}
	}
}

// table puts a table, which may be wider than a phone, into what scrolls, by keys too. That
// has a name of its own among those of the page.
func (n neutral) table(c *html.Node) {
	dropEmptyHead(c)
	label := n.set.Say(n.lang, "issue.table", nil)
	if len(n.tables) > 1 {
		label = n.set.Say(n.lang, "issue.table-of", map[string]any{"Number": n.tables[c]})
	}
	for caption := range c.ChildNodes() {
		if caption.DataAtom == atom.Caption {
			label = strings.Join(strings.Fields(words(caption)), " ")
		}
	}
	around := &html.Node{Type: html.ElementNode, Data: "section", DataAtom: atom.Section, Attr: []html.Attribute{
		{Key: "class", Val: "scroll"}, {Key: "aria-label", Val: label}, {Key: "tabindex", Val: "0"},
	}}
	c.Parent.InsertBefore(around, c)
	c.Parent.RemoveChild(c)
	around.AppendChild(c)
}

// picture shows a picture of the issue from our pages, and says of another where it lies.
func (n neutral) picture(c *html.Node) {
	src := get(c, "src")
	if ours, ok := n.files[src]; ok {
		set(c, "src", ours)
		return
	}
	said := n.set.Say(n.lang, "issue.picture", nil)
	if alt := get(c, "alt"); alt != "" {
		said = n.set.Say(n.lang, "issue.item", map[string]any{"Name": said, "Value": alt})
	}
	instead := &html.Node{Type: html.TextNode, Data: said}
	if !within(c, atom.A) {
		a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{{Key: "href", Val: src}}}
		a.AppendChild(instead)
		instead = a
	}
	c.Parent.InsertBefore(instead, c)
	c.Parent.RemoveChild(c)
}

func within(n *html.Node, element atom.Atom) bool {
	for p := range n.Ancestors() {
		if p.DataAtom == element {
			return true
		}
	}
	return false
}

func unset(n *html.Node, key string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}
