package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// leaf is a piece of a paragraph without others in it.
type leaf struct {
	text  *ast.Text // nil: code, a picture, a tag, a blank
	shown string    // what readers see of it
	blank bool      // "__" within a word: bold, or to be filled in
	aside bool      // a reading above the line
}

// leaves are the pieces of a block that has text in it, in their order.
func (m markdown) leaves(block ast.Node) (all []leaf) {
	aside := false
	var add, each func(n ast.Node)
	add = func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Text:
			all = append(all, leaf{text: n, shown: string(n.Segment.Value(m.source)), aside: aside})
		case *ast.String:
			all = append(all, leaf{shown: string(n.Value), aside: aside})
		case *ast.CodeSpan, *ast.Image:
			all = append(all, leaf{shown: m.words(n), aside: aside})
		case *ast.Emphasis:
			blank := leaf{blank: m.isBlank(n), aside: aside}
			all = append(all, blank)
			each(n)
			all = append(all, blank)
		case *element:
			if n.name == "br" {
				all = append(all, leaf{shown: "\n", aside: aside})
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

// isBlank reports two "_" directly behind a word, as in 期限は__月__日.
func (m markdown) isBlank(n *ast.Emphasis) bool {
	at := n.Pos()
	before, _ := utf8.DecodeLastRune(m.source[:max(at, 0)])
	return n.Level == 2 && at > 0 && m.source[at] == '_' && unicode.IsLetter(before)
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
	words  string // the same, for who looks at what it says: escapes are read, and readings left out
	joined bool   // with the next: its break is none to Markdown
}

// hidden stands for what is no text in a [textLine]: code, a picture, a character behind a
// backslash.
const hidden = "\ufffc"

var escapes = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")

// lines are the lines of a block.
func (m markdown) lines(leaves []leaf) (all []textLine) {
	var text, words strings.Builder
	at, broken := 0, false
	end := func(joined bool) {
		all = append(all, textLine{at, text.String(), words.String(), joined})
		text.Reset()
		words.Reset()
		at = 0
	}
	for _, l := range leaves {
		if l.blank {
			words.WriteString("__")
		}
		if l.text == nil {
			if l.shown == "\n" && len(all) > 0 && text.Len() == 0 {
				all[len(all)-1].joined = false // a <br> at the beginning of a line
			} else if l.shown != "" {
				text.WriteString(hidden)
				if l.shown != "\n" && !l.aside {
					words.WriteString(hidden)
				}
			}
			broken = l.shown == "\n"
			continue
		}
		if at == 0 {
			at = m.budget.line(l.text.Segment.Start)
		}
		text.WriteString(escapes.ReplaceAllString(l.shown, hidden))
		if !l.aside {
			words.WriteString(escapes.ReplaceAllStringFunc(l.shown, func(s string) string { return s[1:] }))
		}
		if soft := l.text.SoftLineBreak(); soft || l.text.HardLineBreak() {
			end(soft && !(broken && l.shown == ""))
		}
		broken = false
	}
	if text.Len() > 0 {
		end(false)
	}
	return all
}

// keep keeps lines for those who look at what they say. The cells of a row are one.
func (f *Fragment) keep(block ast.Node, lines []textLine, follows bool) {
	_, heading := block.(*ast.Heading)
	if e, ok := block.(*blockElement); ok {
		heading = isHeading(e.name)
	}
	if isRow(block.Parent()) {
		cell := ""
		for _, l := range lines {
			cell += l.words + " "
		}
		if !follows {
			f.Lines = append(f.Lines, Line{Number: lines[0].line, Text: "| ", Row: true})
		}
		f.Lines[len(f.Lines)-1].Text += cell + "| "
		return
	}
	for _, l := range lines {
		f.Lines = append(f.Lines, Line{Number: l.line, Text: l.words, Heading: heading})
	}
}

// isRow reports a row of a table.
func isRow(n ast.Node) bool {
	e, ok := n.(*blockElement)
	return ok && e.name == "tr" || n.Kind() == extast.KindTableRow || n.Kind() == extast.KindTableHeader
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
