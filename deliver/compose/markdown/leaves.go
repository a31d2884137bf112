package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// leaf is a piece of a paragraph without others in it.
type leaf struct {
	text  *ast.Text // nil: code, a picture, a tag
	shown string    // what readers see of it
	aside bool      // a reading above the line
}

// leaves are the pieces of a block that has text in it, in their order.
func (m markdown) leaves(block ast.Node) (all []leaf) {
	aside := false
	var add, each func(n ast.Node)
	add = func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Text:
			all = append(all, leaf{n, string(n.Segment.Value(m.source)), aside})
		case *ast.String:
			all = append(all, leaf{nil, string(n.Value), aside})
		case *ast.CodeSpan, *ast.Image:
			all = append(all, leaf{nil, m.words(n), aside})
		case *element:
			if n.name == "br" {
				all = append(all, leaf{nil, "\n", aside})
			}
			outer := aside
			aside = aside || n.aside
			each(n)
			aside = outer
		default:
			each(n)
		}
	}
	each = func(n ast.Node) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			add(c)
		}
	}
	each(block)
	return all
}

var tagStart = regexp.MustCompile(`^<(/?[A-Za-z][A-Za-z0-9-]*)`)

// tagName is the name of a tag, with the stroke of one that closes; "" if it is none.
func tagName(raw string) string {
	if name := tagStart.FindStringSubmatch(raw); name != nil {
		return strings.ToLower(name[1])
	}
	return ""
}

// textLine is a line of a block as readers are to see it.
type textLine struct {
	line   int // of the file
	text   string
	joined bool // with the next: its break is none to Markdown
}

// hidden stands for what is no text in a [textLine]: code, a picture, a character behind a
// backslash.
const hidden = "\ufffc"

var escapes = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")

// lines are the lines of a block.
func (m markdown) lines(leaves []leaf) (all []textLine) {
	var b strings.Builder
	at, broken := 0, false
	for _, l := range leaves {
		if l.text == nil {
			if l.shown == "\n" && len(all) > 0 && b.Len() == 0 {
				all[len(all)-1].joined = false // a <br> at the beginning of a line
			} else if l.shown != "" {
				b.WriteString(hidden)
			}
			broken = l.shown == "\n"
			continue
		}
		if at == 0 {
			at = m.budget.line(l.text.Segment.Start)
		}
		b.WriteString(escapes.ReplaceAllString(l.shown, hidden))
		if soft := l.text.SoftLineBreak(); soft || l.text.HardLineBreak() {
			all = append(all, textLine{at, b.String(), soft && !(broken && l.shown == "")})
			b.Reset()
			at = 0
		}
		broken = false
	}
	if b.Len() > 0 {
		all = append(all, textLine{at, b.String(), false})
	}
	return all
}

// blocks are the blocks of a document that have text in them, in their order.
func blocks(doc ast.Node) (all []ast.Node) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		if c := n.FirstChild(); entering && c != nil && c.Type() == ast.TypeInline {
			all = append(all, n)
		}
		return ast.WalkContinue, nil
	})
	return all
}
