package markdown

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/phrase"
)

// checkPrinted warns of marks that would be printed in the lines of a block.
func (m markdown) checkPrinted(block ast.Node, lines []textLine) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l textLine) bool {
		return slices.ContainsFunc(*m.found, func(f finding.Finding) bool { return f.Line == l.line && f.Rule == unread })
	})
	if block.Kind() != ast.KindHeading { // what a heading begins with is its text
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
	}
	m.checkMarks(lines)
}

// checkForeign warns of marks that mean nothing here. It comes after all other checks.
func (m markdown) checkForeign(texts [][]textLine) {
	var found finding.List
	forms := append(slotsOf(m.Fields), foreign...)
	for _, lines := range texts {
		for i, l := range lines {
			for _, s := range lineMarks {
				if f := s.form.FindStringSubmatch(l.text); f != nil && (i == 0 || !s.form.MatchString(lines[i-1].text)) {
					warnPrinted(&found, l.line, f[1], s.repair)
				}
			}
			if i > 0 && !m.KeepBreaks && termForm.MatchString(l.text) {
				found.Warn(l.line, "printed", "%q does not explain the line above, but is joined to it with its colon; write **日時**：10時, or an item of a list", finding.Clip(l.text))
			}
		}
		for from := 0; from < len(lines); {
			to := from + 1
			for to < len(lines) && lines[to-1].joined {
				to++
			}
			foreignIn(lines[from:to], forms, &found)
			from = to
		}
	}
	for _, f := range found {
		isSaid := func(k finding.Finding) bool {
			return k.Line == f.Line && (k.Rule != f.Rule && k.Rule != "line-breaks" || k.Text == f.Text)
		}
		if !slices.ContainsFunc(*m.found, isSaid) {
			*m.found = append(*m.found, f)
		}
	}
}

// foreignIn looks at lines that are read as one.
func foreignIn(lines []textLine, forms []foreignMark, found *finding.List) {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	text, known := b.String()[:b.Len()-1], map[int]bool{}
	if !strings.ContainsAny(text, foreignSigns) {
		return
	}
	for _, s := range forms {
		for _, at := range s.form.FindAllStringSubmatchIndex(text, finding.Max) {
			if known[at[2]] {
				continue // in better words
			}
			known[at[2]] = true
			line := lines[strings.Count(text[:at[2]], "\n")].line
			warnPrinted(found, line, text[at[2]:at[3]], s.repair)
		}
	}
}

func warnPrinted(found *finding.List, line int, words string, repair phrase.Words) {
	words, _, _ = strings.Cut(strings.TrimSpace(words), "\n")
	words = strings.ReplaceAll(words, string(slot.MarkBraces), "{{")
	found.Warn(line, "printed", "%q is printed as it stands: %s", finding.Clip(words), repair)
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
