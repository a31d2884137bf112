package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/finding"
)

// misprint is a mark that would be printed as it stands, and what to write instead.
type misprint struct {
	form *regexp.Regexp
	rule finding.Rule
	says string // %s is what was found
}

// listSlip is the mark of a list with Japanese directly behind it.
var listSlip = regexp.MustCompile(`^ *([-+])[\p{Han}\p{Hiragana}\p{Katakana}「『（【]`)

// misprints are looked for in each line; the first group is what is quoted.
var misprints = []misprint{
	{regexp.MustCompile(`^[ \x{3000}]*(#{2,6})[^#\s\x{3000}]`), "heading", `%q makes no heading without a space behind it; write ## 見出し`},
	{regexp.MustCompile(`^ *(#{7,})[^#]`), "heading", `%q makes no heading: there are six levels; write ## 見出し`},
	{regexp.MustCompile(`^[ \x{3000}]*(#{1,6})\x{3000}`), "heading", `%q makes no heading with a full-width space (全角空白) behind it; put a half-width one there`},
	{regexp.MustCompile(`^[ \x{3000}]*([＃]{2,6}|＃[ \x{3000}])`), "heading", `%q makes no heading; write # and ## in half-width characters (半角), with a space behind`},
	{regexp.MustCompile(`^\x{3000}+(#{1,6}|[-*+>]|[0-9]{1,2}\.) `), "mark", `%q has a full-width space before it and is no mark to Markdown; begin the line with it`},
	{regexp.MustCompile(`^ *([-+])\x{3000}`), "list", `%q makes no list with a full-width space (全角空白) behind it; put a half-width one there`},
	{listSlip, "list", `%q makes no list without a space behind it; write - 項目`},
	{regexp.MustCompile(`(?:^|[^＊])(＊＊)[^＊\s][^＊]*＊＊(?:[^＊]|$)`), "emphasis", `%q is full-width and makes nothing bold; write ** in half-width characters (半角)`},
	{regexp.MustCompile(`(?:^|[^＿])(＿＿)[^＿\s][^＿]*＿＿(?:[^＿]|$)`), "emphasis", `%q is full-width and makes nothing bold; write ** in half-width characters (半角)`},
	{regexp.MustCompile(`([\[［][^\[\]［］]{1,80}[\]］][ \x{3000}]?[（(][ \x{3000}]*(?:https?|mailto|ｈｔｔｐ|www\.|/))`), "link", `%q makes no link; write [文字](https://…) with half-width brackets (半角) and nothing between them`},
	{regexp.MustCompile(`(?:^|[^A-Za-z0-9\]])(\[[^\[\]]*[^\[\]0-9][^\[\]]*\]\[[^\[\]]{0,80}\]|\[[^\[\]]*\]\[(?:[^\[\]]*[^\[\]0-9][^\[\]]*)?\])`), "reference", `%q has no line below that says where it leads; write [文字](https://…), or add a line such as [名]: https://…`},
	{regexp.MustCompile(`(\[\^[^\[\]\s]{1,80}\])`), "note", `%q has no note; add a line such as [^1]: 注の文`},
	{regexp.MustCompile(`([\[［][＾^][^\[\]［］\s]{1,80}］|［[＾^][^\[\]［］\s]{1,80}\])`), "note", `%q is full-width and refers to no note; write [^1] in half-width characters (半角)`},
	{regexp.MustCompile(`(?i)(https?//|https?:/[a-z0-9])`), "link", `%q is no link; write https:// before the host`},
	{regexp.MustCompile(`(?i)(ｈｔｔｐｓ?[：:]|https?(?:：/|:／|：／))`), "link", `%q has full-width characters in it and is no link; write https:// in half-width ones (半角)`},
	{regexp.MustCompile(`(<!--)`), "html", `%q begins a comment that is not closed; close it with -->, or write \<!-- to print it`},
}

// checkPrinted warns of marks that would be printed in the lines of a block.
func (m markdown) checkPrinted(block ast.Node, lines []textLine) {
	if block.Kind() == ast.KindHeading {
		lines = nil // what a heading begins with is its text
	}
	m.checkItems(lines)
	for i, l := range lines {
		for _, s := range misprints {
			if i > 0 && (s.rule == "list" || s.rule == "mark") && s.form.MatchString(lines[i-1].text) {
				continue // said of the line above
			}
			for _, found := range s.form.FindAllStringSubmatch(l.text, 5) {
				m.found.Warn(l.line, s.rule, s.says, finding.Clip(strings.TrimSpace(found[1])))
			}
		}
		if len(lines) == 1 && i == 0 && hash.MatchString(l.text) {
			m.found.Warn(l.line, "heading", `"#" makes no heading without a space behind it; write # 見出し`)
		}
	}
	m.checkMarks(lines)
}

// itemForm is a mark of a list with a word directly behind it.
var itemForm = regexp.MustCompile(`^ *([-+*])[\p{L}\p{N}「『（【]`)

// checkItems warns of lines below each other that begin with the mark of a list and have
// no space behind it. Of one such line nobody knows: it may be a note.
func (m markdown) checkItems(lines []textLine) {
	for i := 1; i < len(lines); i++ {
		a, b := itemForm.FindStringSubmatch(lines[i-1].text), itemForm.FindStringSubmatch(lines[i].text)
		if a != nil && b != nil && a[1] == b[1] && !listSlip.MatchString(lines[i-1].text) {
			m.found.Warn(lines[i-1].line, "list", `%q makes no list without a space behind it; write - 項目`, a[1])
			return
		}
	}
}

// hash is a line with one # before a word, and no other as hashtags have.
var hash = regexp.MustCompile(`^[#＃](?:[A-Za-z][^#＃]*|[^#＃\s0-9０-９][^#＃\s]*|[0-9０-９]{1,4}[年月][^#＃\s。]*)$`)

// checkMarks warns of marks in pairs that have no fellow.
func (m markdown) checkMarks(lines []textLine) {
	for _, l := range lines {
		for _, mark := range []string{"**", "__", "~~"} {
			if isPrinted(l.text, mark) {
				m.found.Warn(l.line, "emphasis", `"%s" would be printed as it stands; see that it opens and closes directly at the words, in one paragraph, or write \%[1]s`, mark)
			}
		}
	}
}

// isPrinted says that a line has a mark in it which was meant to be one: two of a
// character, and not within words, numbers or rules.
func isPrinted(line, mark string) bool {
	for at := 0; ; {
		i := strings.Index(line[at:], mark)
		if i < 0 {
			return false
		}
		i += at
		at = len(line) - len(strings.TrimLeft(line[i:], mark[:1]))
		before, _ := utf8.DecodeLastRuneInString(line[:i])
		after, _ := utf8.DecodeRuneInString(line[at:])
		word := func(r rune) bool { return isLatin(r) || mark != "**" && unicode.IsDigit(r) }
		edge := func(r rune) bool { return r == utf8.RuneError || isSpace(r) }
		switch {
		case at-i > 2 && (edge(before) || isPunct(before)) && (edge(after) || isPunct(after)): // a rule
		case word(before) && word(after):
		case edge(before) && edge(after): // alone
		default:
			return true
		}
	}
}

// checkEmphasis warns of two "*" that were meant as signs, of a note or of a product, and
// are within words on both sides.
func (m markdown) checkEmphasis(n *ast.Emphasis) {
	at := n.Pos()
	next, ok := n.NextSibling().(*ast.Text)
	if n.Level != 1 || at < 0 || m.source[at] != '*' || !ok {
		return
	}
	before, _ := utf8.DecodeLastRune(m.source[:at])
	after, _ := utf8.DecodeRune(next.Segment.Value(m.source))
	if inner := m.words(n); unicode.IsLetter(before) && unicode.IsLetter(after) && (strings.ContainsAny(inner, "、。") || isLatin(before) && isLatin(after)) {
		m.found.Warn(m.line(n), "emphasis", `two "*" make italics of %q between them; write \* for each if they are signs`, finding.Clip(inner))
	}
}
