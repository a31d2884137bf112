package plain

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/subscribe"
)

// Style is how a text part is laid out.
type Style struct {
	Lang    subscribe.Lang
	Columns int // of a line, two for a full-width character; 0: lines are not folded
	Words   Words
}

// Words are those that stand in the text though nobody wrote them, in its language.
type Words struct {
	Picture string // before the alternative text of a picture
	Deleted string // before what is struck out
	Note    string // before the number of a footnote
}

// Text turns sanitised HTML into the text part, with LF line ends and none at its end.
// It fails only on elements nested deeper than the HTML parser goes.
func Text(fragment string, s Style) (string, error) {
	nodes, err := html.ParseFragment(strings.NewReader(fragment), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return "", fmt.Errorf("the plain-text part cannot be made: %w", err)
	}
	p := &page{Style: s}
	p.blocks(nodes)
	p.listLinks()
	return strings.Trim(p.out.String(), "\n"), nil
}

// Heading is a heading of level 1 to 6, folded.
func Heading(text string, level int, s Style) string {
	return strings.Join(s.heading(text, level, s.Columns), "\n")
}

// Fold folds each line of a text by itself.
func Fold(text string, s Style) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, s.fold(line, s.Columns)...)
	}
	return strings.Join(out, "\n")
}

func (s Style) japanese() bool { return s.Lang == subscribe.Japanese }

// in chooses by the language.
func (s Style) in(ja, en string) string {
	if s.japanese() {
		return ja
	}
	return en
}

// heading marks headings as each language's mail magazines do, unless the editor has
// done so.
func (s Style) heading(text string, level, columns int) []string {
	under, mark := "", ""
	switch {
	case level == 1:
		under = "="
	case s.japanese() && startsWithMark(text):
	case s.japanese():
		mark = []string{"■ ", "● ", "○ "}[min(level, 4)-2]
	case level == 2:
		under = "-"
	}
	wide := s.measure(mark)
	lines := s.fold(text, narrower(columns, wide))
	longest := 0
	for i, l := range lines {
		longest = max(longest, s.measure(l))
		lines[i] = mark + l
		mark = s.blank(wide)
	}
	if under != "" {
		lines = append(lines, strings.Repeat(under, min(longest, cmp.Or(columns, maxUnder))))
	}
	return lines
}

// maxUnder is how wide lines below headings, and tables, are where nothing is folded,
// in columns.
const maxUnder = 72

// startsWithMark reports a sign with which Japanese texts begin headings.
func startsWithMark(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.In(r, unicode.So, unicode.Sm) || strings.ContainsRune(itemMarks, r)
}

// itemMarks begin items of lists that are written by hand, and headings as well.
const itemMarks = "・•■□▪▫◆◇●○〇◎★☆▼▽▲△▶▷►▸※§"

// blank is white space of so many columns. In Japanese it is full-width as far as it
// goes, which is as wide as a character in fonts that are not monospaced, too.
func (s Style) blank(columns int) string {
	columns = max(columns, 0)
	if s.japanese() {
		return strings.Repeat("　", columns/2) + strings.Repeat(" ", columns%2)
	}
	return strings.Repeat(" ", columns)
}
