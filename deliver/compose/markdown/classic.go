package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/width"
)

// Mail magazines are written in lines: ■ before a heading, ・ before an item, rules of ━
// between sections. Markdown joins these lines to one.
var (
	itemMark = regexp.MustCompile(`^[ \x{3000}]*(?:[－＊][ \x{3000}]|[■□◆◇●○◎★☆▼▽▲△▶▷►☞※♦❖✿♪・･•➢➤→⇒〒℡☎【〔＜《｜①-⑳]|[QAＱＡ][0-9０-９]{0,2}[.．：:、]|<[^A-Za-z/!]` +
		`|[0-9０-９]{1,2}(?:[．、)）]|\.[^0-9])|[一二三四五六七八九十]{1,3}[、．]|[ア-ンｱ-ﾝ][．、)）]|[(（][0-9０-９一二三四五六七八九十ア-ン]{1,2}[)）])`)
	headMark = regexp.MustCompile(`^[ \x{3000}]*(?:[■□◆◇◎★☆▼▽▲△▶♦❖【〔《]|<[^A-Za-z/!]|[●○].{0,24}$)`)
	labelled = regexp.MustCompile(`^[ \x{3000}]*(?:[^：:。、\s]{1,12}[：]|\[[^\[\]]{1,12}\][：:]|[^\s\x{3000}。、]{1,8}\x{3000}+|[\p{Han}\p{Hiragana}\p{Katakana}ー・　]{1,12}:|[A-Z][A-Za-z]*(?:[ /-][A-Za-z]+){0,3}: ?)\s*\S`)
	ended    = regexp.MustCompile(`[。、，．！？!?,]\s*$|[a-z)]{2}\.\s*$`)
)

// maxHead is the greatest width of a line that may be a heading without a mark of
// Markdown, in columns.
const maxHead = 44

// isClassic says that two lines which are joined were meant to be two.
func isClassic(line, next string) bool {
	switch {
	case itemMark.MatchString(next), isRuled(next), isRuled(line), strings.HasPrefix(next, "\u3000"):
		return true
	case headMark.MatchString(line) && !ended.MatchString(line) && width.Columns(line) <= maxHead:
		return true
	}
	return labelled.MatchString(line) && labelled.MatchString(next) || urlAlone.MatchString(line) && urlAlone.MatchString(next) || isSigned(line) && isSigned(next) && (nounEnd.MatchString(line) && nounStart.MatchString(next) || nameForm.MatchString(line) && nameForm.MatchString(next)) ||
		timed.MatchString(line) && timed.MatchString(next)
}

// isSigned reports a short line without any punctuation, as names and addresses are
// written below each other.
func isSigned(line string) bool { return width.Columns(line) <= 30 && !pausing.MatchString(line) }

var (
	pausing   = regexp.MustCompile(`[。、，．！？…!?,]|\x{fffc}`)
	nameForm  = regexp.MustCompile(`^\s*(?:[A-Z0-9].*\s)?[A-Z0-9(][A-Za-z0-9)]*\s*$`)
	timed     = regexp.MustCompile(`^[ \x{3000}]*(?:午[前後])?[0-9０-９]{1,2}(?:[:：][0-9０-９]{2}|時)`)
	urlAlone  = regexp.MustCompile(`^\s*(?i:https?://|www\.)\S+\s*$`)
	nounEnd   = regexp.MustCompile(`[\p{Han}\p{Katakana}ー0-9]$`)
	nounStart = regexp.MustCompile(`^[ \x{3000}]*[\p{Han}ァ-ヶ]`)
)

// checkClassic warns of lines that were meant to be lines, once for paragraphs in a row.
func (m markdown) checkClassic(block ast.Node, lines []textLine, before ast.Node) (found bool) {
	for i := range lines[:max(0, len(lines)-1)] {
		if !lines[i].joined || !isClassic(lines[i].text, lines[i+1].text) {
			continue
		}
		if !follows(block, before) {
			m.found.Warn(lines[i].line, "line-breaks", "this line and those below it will be joined to one, as Markdown joins the lines of a paragraph; "+
				"to keep all line breaks write keep_breaks = true in the front matter, or end each line with two spaces, or put blank lines between")
		}
		return true
	}
	return false
}

// follows says that a block stands behind another, in the same list or text.
func follows(block, before ast.Node) bool {
	if before == nil {
		return false
	}
	return block.PreviousSibling() == before || block.Parent() != nil && block.Parent().PreviousSibling() == before.Parent()
}

// checkUnderlined warns of a heading that was meant to be text with a rule below it.
func (m markdown) checkUnderlined(h *ast.Heading, lines []textLine, rules map[string]bool) {
	if h.Lines().Len() == 0 || len(lines) == 0 || bytes.HasSuffix(bytes.TrimRight(m.source[:h.Lines().At(0).Start], " \t"), []byte("#")) {
		return
	}
	last := lines[len(lines)-1]
	below := bytes.TrimPrefix(m.source[h.Lines().At(h.Lines().Len()-1).Stop:], []byte("\n"))
	below, _, _ = bytes.Cut(below, []byte("\n"))
	rule := strings.TrimSpace(string(below))
	if len(lines) == 1 && !itemMark.MatchString(last.text) && !labelled.MatchString(last.text) && !ended.MatchString(last.text) && !rules[rule] {
		return
	}
	m.found.Warn(last.line, "underlined", `the line of %q below makes a heading of the text above it; put a blank line between to draw a rule there`, rule[:min(len(rule), 5)])
}

// rules are the lines below a blank one that draw a rule of the kind which, below a text,
// makes a heading of it.
func (m markdown) rules() map[string]bool {
	rules := map[string]bool{}
	blank := true
	for line := range bytes.Lines(m.source) {
		line = bytes.TrimSpace(line)
		if blank && len(line) > 2 && len(bytes.Trim(line, "-=")) == 0 {
			rules[string(line)] = true
		}
		blank = len(line) == 0
	}
	return rules
}
