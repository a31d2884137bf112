package proof

import (
	"regexp"
	"strings"
)

// signs finds those at the beginning of lines, and code, that were taken for what they are
// not.
func (p *proof) signs() {
	if w := p.written; w.isCode {
		p.warn(w.opened, "code", "the code that begins here does not end, and all that follows is of it; write a line %s behind it", w.fence)
	}
	for line := range p.written.lines {
		p.sign(line, p.written.text(line))
	}
}

var (
	signForm    = regexp.MustCompile(`^\s*(?:[-+]\s+[\d.,]+\s*(?:℃|°[CF]?|度|%|％)\s*[。、．.]?$|\+\s+[\d.,]+\s*(?:円|名|人|点|ポイント)|-\s+[\d.]+\s*(?:℃|度)(?:まで|以下|を下回)|\+\s+\d{1,3}[ -]\d{1,4}[ -]\d)`)
	greaterForm = regexp.MustCompile(`^\s*>\s*[=＝]?\s*\d[\d.,]*\s*(?:℃|°|度|%|％|人|名|円|歳|才|点|件|回|時間|分|日|年|km|kg|cm|m\b|people|persons|years|days|hours|points)`)
	quoteForm   = regexp.MustCompile(`^\s*>`)
	bulletForm  = regexp.MustCompile(`^\s*[-+*]\s`)
)

// goesOn is the end of a line in the middle of a sentence; topic is one, if a sentence
// stands on the next line, and else what a list begins with.
var (
	topic    = regexp.MustCompile(`は\s*$`)
	sentence = regexp.MustCompile(`(?:です|ます|した|せん)。`)
	goesOn   = regexp.MustCompile(`(?:[\p{Han}\p{Hiragana}\p{Katakana}](?:には|では|とは|よりも?|ても|て|が|を|に|、)|\b(?:to|the|is|was|of|in|and|or|by|from|at|than|about|a|an))\s*$`)
)

// sign finds one of a number at the beginning of a line, which became a bullet or a
// quotation.
func (p *proof) sign(line int, text string) {
	single := func(form *regexp.Regexp) bool {
		return (p.isBlank(line-1) || !form.MatchString(p.written.text(line-1))) && (p.isBlank(line+1) || !form.MatchString(p.written.text(line+1)))
	}
	if signForm.MatchString(text) && single(bulletForm) && p.is(line, item) {
		p.warn(line, "sign", "%s has become an item of a list, and its sign is gone; write a full-width sign (－ or ＋), or %s", clip(text), `\-`)
	}
	if made := bulletForm.MatchString(text) && single(bulletForm) && p.is(line, item) || quoteForm.MatchString(text) && single(quoteForm) && p.is(line, inQuote); made && p.broken(line) {
		p.warn(line, "sign", "%s goes on with the sentence above it, and has become a list or a quotation by its sign, which is gone; write it on the line above, or a backslash before the sign", clip(text))
	}
	if greaterForm.MatchString(text) && single(quoteForm) && p.is(line, inQuote) {
		p.warn(line, "sign", "%s has become a quotation, and its > is gone; write 超 or ＞, or %s", clip(text), `\>`)
	}
}

// isBlank reports a line without anything on it, or none.
func (p *proof) isBlank(line int) bool {
	return line < 0 || line >= len(p.written.lines) || strings.TrimSpace(p.written.text(line)) == ""
}

// broken reports a line that goes on with the sentence of the one above it.
func (p *proof) broken(line int) bool {
	if line == 0 || bulletForm.MatchString(p.written.text(line-1)) {
		return false
	}
	above := p.written.text(line - 1)
	return goesOn.MatchString(above) || topic.MatchString(above) && sentence.MatchString(p.written.text(line))
}

// is reports that the first word of a line is read in an element, or behind the
// beginning of one.
func (p *proof) is(line int, what feature) bool {
	for i := p.written.index(p.written.lines[line]); i < len(p.written.chars); i++ {
		if p.to[i] < 0 {
			continue
		}
		for j := p.to[i]; j >= 0 && j >= p.to[i]-6; j-- {
			if p.page.chars[j].is&what != 0 {
				return true
			}
		}
		return false
	}
	return false
}
