package body

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/markdown"
)

// byHand is how many full-width spaces at the beginning of a line push it to the right,
// as 敬具 and dates stand in letters. On a phone they would fill the line, or more, since
// no program breaks a line among them.
const byHand = 12

// Lines that are drawn with signs, thin and thick; and one behind words.
var (
	thinForm  = regexp.MustCompile(`^(?:─+|―+|—+|–+|-+|_+|＿+|…+|・+|\.+)$`)
	thickForm = regexp.MustCompile(`^(?:━+|═+|＝+|=+)$`)
	behind    = regexp.MustCompile(`^(.*[^━─═＝―=-])((?:━+|─+|═+|＝+|―+|=+|-+))$`)
)

// layLines lays out lines that an editor has placed with spaces or drawn with signs, for
// windows of any width: what full-width spaces push to the right gets a paragraph that
// stands there, and 記 one in the middle; a line of one sign becomes a rule. It returns
// the style of what it has made, where that is another than usual.
func layLines(body *html.Node) (styles map[*html.Node]string) {
	styles = map[*html.Node]string{}
	var paragraphs []*html.Node
	for n := range body.Descendants() {
		if !pushed(n) && drawn(n) == "" && !(beginsLine(n) && shortened(n.Data) != n.Data) {
			continue
		}
		if p := n.Parent; p.DataAtom == atom.P && len(p.Attr) == 0 {
			if len(paragraphs) == 0 || paragraphs[len(paragraphs)-1] != p {
				paragraphs = append(paragraphs, p)
			}
		} else if pushed(n) {
			n.Data = "　　" + strings.TrimLeft(n.Data, " \n　")
		}
	}
	for _, p := range paragraphs {
		split(p, styles)
	}
	fitLines(body, styles)
	return styles
}

// widestFitted is how wide a line may be that is made to fit the sheet, in px at the
// usual size: 37 full-width characters, which are those of a text part and a full stop
// that hangs behind them.
const widestFitted = 37 * 16

// fitLines writes paragraphs a little smaller where lines that an editor has broken by
// hand would each be broken once more, for a letter or two.
func fitLines(body *html.Node, styles map[*html.Node]string) {
	var paragraphs []*html.Node
	wide := false
	for p := range body.ChildNodes() {
		if p.DataAtom != atom.P {
			continue
		}
		paragraphs = append(paragraphs, p)
		for c := p.FirstChild; c != nil; {
			line, said := lineFrom(c), ""
			for _, n := range line {
				said += strings.Trim(words(n), "\n")
			}
			c = line[len(line)-1].NextSibling
			w := signsWidth(said)
			wide = wide || w > markdown.TextWidth && w <= widestFitted && line[len(line)-1].DataAtom == atom.Br
		}
	}
	for _, p := range paragraphs {
		if wide {
			styles[p] = cmp.Or(styles[p], look[atom.P]) + ";font-size:15px"
		}
	}
}

// split puts paragraphs and rules in the place of a paragraph.
func split(p *html.Node, styles map[*html.Node]string) {
	var parts []*html.Node
	for c := p.FirstChild; c != nil; {
		line, part := lineFrom(c), &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
		switch style := drawn(c); {
		case style != "":
			part = &html.Node{Type: html.ElementNode, Data: "hr", DataAtom: atom.Hr}
			styles[part] = style
		case pushed(c):
			c.Data = strings.TrimLeft(c.Data, " \n　")
			where := "right"
			if strings.TrimSpace(c.Data) == "記" && len(line) <= 2 {
				where = "center"
			}
			set(part, "align", where)
		case c.Type == html.TextNode && len(line) <= 2:
			c.Data = shortened(c.Data)
		}
		c = line[len(line)-1].NextSibling
		if last := len(parts) - 1; last >= 0 && part.DataAtom == atom.P && parts[last].DataAtom == atom.P && get(parts[last], "align") == get(part, "align") {
			part = parts[last]
		} else {
			parts = append(parts, part)
		}
		for _, n := range line {
			p.RemoveChild(n)
			if part.DataAtom == atom.P {
				part.AppendChild(n)
			}
		}
	}
	for i, part := range parts {
		if part.DataAtom == atom.P && i < len(parts)-1 {
			dropBreak(part)
			styles[part] = "margin:0"
		}
		p.Parent.InsertBefore(part, p)
	}
	p.Parent.RemoveChild(p)
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

// pushed reports a text that begins a line, far to the right.
func pushed(n *html.Node) bool {
	if !beginsLine(n) {
		return false
	}
	words, ok := strings.CutPrefix(strings.TrimLeft(n.Data, " \n"), strings.Repeat("　", byHand))
	return ok && (strings.Trim(words, " \n　") != "" || !endsLine(n))
}

// drawn is the style of a rule for a text that is one, too wide for a phone, or "".
func drawn(n *html.Node) string {
	if !beginsLine(n) || !endsLine(n) {
		return ""
	}
	switch line := strings.Trim(n.Data, " \n　"); {
	case signsWidth(line) <= phoneWidth:
		return ""
	case thinForm.MatchString(line):
		return "margin:12px 0;border:0;border-top:1px solid #888"
	case thickForm.MatchString(line):
		return "margin:12px 0;border:0;border-top:3px solid #888"
	}
	return ""
}

// shortened is a line whose rule behind the words is no longer than a phone is wide.
func shortened(line string) string {
	m := behind.FindStringSubmatch(strings.TrimRight(line, " \n"))
	if m == nil {
		return line
	}
	sign := []rune(m[2])
	for len(sign) > 3 && signsWidth(strings.TrimLeft(m[1], "\n")+string(sign)) > phoneWidth {
		sign = sign[1:]
	}
	return m[1] + string(sign)
}

// signsWidth is how wide signs are in Japanese fonts, in px.
func signsWidth(s string) (px int) {
	for _, r := range s {
		if r <= unicode.MaxASCII {
			px += columnWidth
		} else {
			px += 16
		}
	}
	return px
}

func beginsLine(n *html.Node) bool {
	return n.Type == html.TextNode && (n.PrevSibling == nil || n.PrevSibling.DataAtom == atom.Br)
}

func endsLine(n *html.Node) bool { return n.NextSibling == nil || n.NextSibling.DataAtom == atom.Br }
