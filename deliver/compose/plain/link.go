package plain

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
)

// link writes the text of a link, and where it leads if that does not stand there: a
// number or address in brackets, a URL by the number under which it is listed below.
func (t *text) link(n *html.Node) {
	dest, words := attr(n, "href"), t.inside(n)
	scheme, rest, _ := strings.Cut(dest, ":")
	switch {
	case strings.HasPrefix(dest, "#noteref-"): // back from a footnote
	case strings.HasPrefix(dest, "#"+noteID):
		t.WriteString(t.in(joint, hardness) + t.note(strings.TrimPrefix(dest, "#"+noteID)))
	case dest == "" || dest[0] == '#':
		t.others(n)
	case strings.EqualFold(scheme, "mailto"):
		address, _, _ := strings.Cut(rest, "?")
		t.contact(words, unescaped(address), strings.Contains)
	case strings.EqualFold(scheme, "tel"):
		t.contact(words, unescaped(rest), namesNumber)
	case words == "" || isSame(words, dest):
		t.WriteString(string(slot.MarkOpen) + dest + string(slot.MarkClose))
	case isLine(n):
		t.WriteString(words + "\n" + string(slot.MarkOpen) + dest + string(slot.MarkClose))
	case strings.Contains(words, "://") && !strings.ContainsAny(words, " \n"): // as people read it, with Japanese in it
		t.WriteString(unbroken(words) + hardness + t.reference(dest))
	default:
		t.WriteString(words + t.in(joint, hardness) + t.reference(dest))
	}
}

// contact writes an address or a number, behind the words if these do not name it.
func (t *text) contact(words, value string, names func(words, value string) bool) {
	switch {
	case words == "" || words == value:
		t.WriteString(string(slot.MarkOpen) + value + string(slot.MarkClose))
	case value == "" || names(words, value):
		t.WriteString(words)
	default:
		t.WriteString(words + t.bracketed(value))
	}
}

// namesNumber reports words that have a telephone number in them, perhaps without its
// country.
func namesNumber(words, number string) bool {
	said, dialled := width.Digits(words), strings.TrimPrefix(width.Digits(number), "81")
	return dialled != "" && strings.Contains(said, strings.TrimPrefix(dialled, "0"))
}

func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil && !strings.ContainsFunc(plain, unicode.IsControl) {
		return plain
	}
	return s
}

// isSame reports words that are the URL itself, perhaps without its scheme.
func isSame(words, dest string) bool {
	bare := func(s string) string {
		_, after, found := strings.Cut(s, "://")
		if !found {
			after = s
		}
		return strings.TrimSuffix(after, "/")
	}
	return strings.EqualFold(bare(words), bare(dest))
}

// reference is the number of a URL. One that stands in a section twice has one.
func (p *page) reference(dest string) string {
	n, known := p.number[dest]
	if !known {
		if p.number == nil {
			p.number = map[string]int{}
		}
		p.last++
		n = p.last
		p.number[dest] = n
		p.links = append(p.links, dest)
	}
	return p.in("［", "[") + strconv.Itoa(n) + p.in("］", "]")
}

// section ends what stands under one heading, unless that stands in a list or a
// quotation.
func (p *page) section() {
	if p.prefix == "" && p.marker == nil {
		p.listLinks()
	}
}

// listLinks writes the URLs of a section, each alone behind its number.
func (p *page) listLinks() {
	if len(p.links) == 0 {
		return
	}
	p.gap()
	for i, dest := range p.links {
		number := strconv.Itoa(p.last - len(p.links) + 1 + i)
		p.emit(p.in("［"+number+"］ ", "["+number+"] ") + dest)
	}
	p.links, p.number = nil, nil
	p.gap()
}

// soleLink is the link that nodes are, if nothing is to be read beside it.
func soleLink(nodes []*html.Node) (link *html.Node) {
	for _, n := range nodes {
		switch {
		case isBlank(n):
		case link != nil || n.Type != html.ElementNode:
			return nil
		case n.DataAtom == atom.A:
			link = n
		case n.DataAtom == atom.Strong || n.DataAtom == atom.Em:
			if link = soleLink(children(n)); link == nil {
				return nil
			}
		default:
			return nil
		}
	}
	return link
}

// isLine reports a link that is a whole line of a paragraph, between line breaks.
func isLine(n *html.Node) bool {
	if n.Parent == nil || n.Parent.DataAtom != atom.P && n.Parent.DataAtom != atom.Li {
		return false
	}
	before, after := n.PrevSibling, n.NextSibling
	for before != nil && isBlank(before) {
		before = before.PrevSibling
	}
	for after != nil && isBlank(after) {
		after = after.NextSibling
	}
	return (before == nil || before.DataAtom == atom.Br) && (after == nil || after.DataAtom == atom.Br || isBlock(after))
}

// isBlank reports a text of white space.
func isBlank(n *html.Node) bool { return n.Type == html.TextNode && trimASCII(n.Data) == "" }

// linkAlone writes a link that is a paragraph: its text, and its URL on the next line.
func (p *page) linkAlone(n *html.Node) {
	dest := attr(n, "href")
	if !strings.Contains(dest, "://") {
		if text := settle(p.inline([]*html.Node{n}), "\n"); text != "" {
			p.gap()
			p.lines(text)
			p.gap()
		}
		return
	}
	p.gap()
	if words := settle(p.inline(children(n)), "\n"); words != "" && !isSame(words, dest) {
		p.lines(words)
	}
	p.emit(dest)
	p.gap()
}
