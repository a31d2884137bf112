package body

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/subscribe"
)

// look is how the elements of a text look, written into each, since several mail
// programs drop the head. Indents are margins, and cells get their padding from their
// table: Outlook for Windows knows no other. It is short, since each cell of a large
// table repeats it.
var look = map[atom.Atom]string{
	atom.H1:         "margin:0 0 16px;font-size:24px;line-height:1.5;font-weight:bold",
	atom.H2:         "margin:32px 0 12px;padding:0 0 6px;border-bottom:2px solid %s;font-size:20px;line-height:1.5;font-weight:bold",
	atom.H3:         "margin:28px 0 8px;font-size:17px;line-height:1.5;font-weight:bold",
	atom.H4:         "margin:24px 0 8px;font-size:16px;line-height:1.5;font-weight:bold",
	atom.H5:         "margin:24px 0 8px;font-size:16px;line-height:1.5;font-weight:bold",
	atom.H6:         "margin:24px 0 8px;font-size:16px;line-height:1.5;font-weight:bold",
	atom.P:          "margin:0 0 16px",
	atom.Ul:         "margin:0 0 16px %dpx;padding:0",
	atom.Ol:         "margin:0 0 16px %dpx;padding:0",
	atom.Li:         "margin:0 0 6px",
	atom.Dl:         "margin:0 0 16px",
	atom.Dt:         "margin:0;font-weight:bold",
	atom.Dd:         "margin:0 0 6px 24px",
	atom.Caption:    "padding:0 0 6px;font-weight:bold;text-align:left",
	atom.Blockquote: "margin:0 0 16px;padding:4px 0 4px %dpx;border-left:4px solid #777;color:#4d4d4d",
	atom.Pre:        "margin:0 0 16px;padding:12px;background-color:#f3f4f7;font-family:Menlo,Consolas,monospace;font-size:14px;line-height:1.6;white-space:pre-wrap",
	atom.Code:       "font-family:Menlo,Consolas,monospace;font-size:15px",
	atom.Table:      "width:100%;margin:0 0 16px;border-collapse:collapse;color:#1a1a1c;font-size:15px;line-height:1.6",
	atom.Th:         "border:1px solid #888;background-color:#f0f1f5",
	atom.Td:         "border:1px solid #888",
	atom.Img:        "max-width:100%;height:auto;border:0",
	atom.Hr:         "margin:28px 0;border:0;border-top:1px solid #888",
	atom.A:          "color:#0017c1;text-decoration:underline",
	atom.Sub:        "font-size:14px",
	atom.Sup:        "font-size:14px",
	atom.Small:      "font-size:14px",
}

// inside are the elements that look otherwise inside of others.
var inside = map[[2]atom.Atom]string{
	{atom.Li, atom.P}:         "margin:0 0 6px",
	{atom.Li, atom.Ul}:        "margin:6px 0 0 %dpx;padding:0",
	{atom.Li, atom.Ol}:        "margin:6px 0 0 %dpx;padding:0",
	{atom.Blockquote, atom.P}: "margin:0 0 4px",
	{atom.Pre, atom.Code}:     "",
}

// dressing is a text that gets its look.
type dressing struct {
	colour string                // of the rules below headings
	colon  string                // behind the heading of a column
	styles map[*html.Node]string // of what looks otherwise than usual
}

// dress gives the elements of a safe fragment the style and the attributes by which
// mail programs show them as meant.
func dress(fragment, colour string, lang subscribe.Lang) (string, error) {
	body, err := parse(fragment)
	if err != nil {
		return "", fmt.Errorf("the HTML part cannot be made: %w", err)
	}
	d := dressing{colour, ": ", layLines(body)}
	if lang == subscribe.Japanese {
		d.colon = "："
	}
	var b strings.Builder
	for n := range body.ChildNodes() {
		d.element(n, 0)
		if err := html.Render(&b, n); err != nil {
			return "", fmt.Errorf("the HTML part cannot be made: %w", err)
		}
	}
	return b.String(), nil
}

// parse is a fragment in a body of its own.
func parse(fragment string) (*html.Node, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return body, err
}

// element dresses n and what is below it. depth is the number of indents around it.
func (d dressing) element(n *html.Node, depth int) {
	if n.Type != html.ElementNode {
		return
	}
	style := look[n.DataAtom]
	if n.Parent != nil {
		if other, ok := inside[[2]atom.Atom{n.Parent.DataAtom, n.DataAtom}]; ok {
			style = other
		}
	}
	switch n.DataAtom {
	case atom.H2:
		style = fmt.Sprintf(style, d.colour)
	case atom.Ul, atom.Ol:
		style = fmt.Sprintf(style, indent(depth))
		if get(n, "class") == "notes" {
			style += ";font-size:14px"
		}
		depth++
	case atom.Blockquote:
		style = fmt.Sprintf(style, indent(depth)*2/3) // and its rule
		depth++
	case atom.P:
		style = cmp.Or(d.styles[n], style)
		if where := get(n, "align"); where != "" {
			style += ";text-align:" + where
		}
	case atom.Hr:
		style = cmp.Or(d.styles[n], style)
	case atom.Table:
		d.table(n)
		style = cmp.Or(get(n, "style"), style)
	case atom.Tr:
		set(n, "valign", "top")
	case atom.Th:
		set(n, "align", cmp.Or(get(n, "align"), "left"))
	case atom.Img:
		if image(n) {
			style += ";display:block"
		}
	}
	if style != "" {
		set(n, "style", style)
	}
	anchor(n)
	for c := range n.ChildNodes() {
		if get(c, "name") == "" {
			d.element(c, depth)
		}
	}
}

// anchor makes what has an id a place that Gmail and Outlook jump to, too: they know
// empty anchors with a name only.
func anchor(n *html.Node) {
	id := get(n, "id")
	if id == "" {
		return
	}
	a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{{Key: "name", Val: id}}}
	if n.DataAtom != atom.A {
		n.InsertBefore(a, n.FirstChild)
	} else if n.Parent != nil {
		n.Parent.InsertBefore(a, n)
	}
}

// indent is how far a list or a quotation stands to the right, in px. However deep
// they are nested, half of a phone's width is left for the text.
func indent(depth int) int {
	if depth >= 12 {
		return 0
	}
	return max(24-6*depth, 4)
}

// image gives Outlook for Windows, which has no max-width, a size that fits. alone
// reports that nothing stands beside the image.
func image(n *html.Node) (alone bool) {
	w, errW := strconv.Atoi(get(n, "width"))
	h, errH := strconv.Atoi(get(n, "height"))
	if errW == nil && errH == nil && w > markdown.TextWidth {
		set(n, "width", strconv.Itoa(markdown.TextWidth))
		set(n, "height", strconv.Itoa(max(h*markdown.TextWidth/w, 1)))
	}
	block := n
	if n.Parent != nil && n.Parent.DataAtom == atom.A {
		block = n.Parent
	}
	return only(n) && only(block)
}

// only reports that nothing stands beside n.
func only(n *html.Node) bool {
	for _, s := range []*html.Node{n.PrevSibling, n.NextSibling} {
		if s != nil && (s.Type != html.TextNode || strings.TrimSpace(s.Data) != "") {
			return false
		}
	}
	return true
}

// words is the text of a node.
func words(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(words(c))
	}
	return b.String()
}

func get(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func set(n *html.Node, key, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}
