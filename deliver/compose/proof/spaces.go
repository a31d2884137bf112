package proof

import (
	"regexp"
	"strings"
	"unicode"

	"example.jp/kairan/deliver/compose/width"
)

// spaces finds spaces that are not read as they were written.
func (p *proof) spaces() {
	p.indentation()
	p.prose()
	p.columns()
	p.halfWidth()
	p.setBelow()
}

// halfForm is a line that begins with two or three spaces.
var halfForm = regexp.MustCompile(`^ {2,3}[\p{Hiragana}\p{Katakana}\p{Han}「『（]`)

// halfWidth finds paragraphs that are indented by half-width spaces, which go.
func (p *proof) halfWidth() {
	for line, start := range p.written.lines {
		text := p.written.text(line)
		if !halfForm.MatchString(text) || p.written.fenced[line] || !p.isBlank(line-1) {
			continue
		}
		i, ok := p.firstWord(start, start+len(text))
		if ok && p.to[i] >= 0 && p.page.chars[p.to[i]].is&(inItem|inCode|inQuote) == 0 {
			p.warn(line, "indent", "the spaces at the beginning of %s are not in the mail; write full-width ones (全角スペース)", clip(text))
		}
	}
}

// setForm is a line that is set below a part of the one above it.
var setForm = regexp.MustCompile(`^ {4,}[\p{Hiragana}\p{Katakana}\p{Han}「『（0-9]`)

// setBelow finds lines that are set below a part of the line above them by spaces: they
// are joined to it.
func (p *proof) setBelow() {
	for line, start := range p.written.lines {
		text := p.written.text(line)
		if line == 0 || !setForm.MatchString(text) || p.written.fenced[line] || p.isKnown(line-1) {
			continue
		}
		above := strings.TrimSpace(p.written.text(line - 1))
		i, ok := p.firstWord(start, start+len(text))
		if ok && above != "" && !strings.HasSuffix(above, ">") && p.to[i] >= 0 && p.page.chars[p.to[i]].is&(inItem|inCode|inQuote|inCell) == 0 {
			p.warn(line, "indent", "the spaces at the beginning of %s are not in the mail, and the line is joined to the one above; end that with two spaces, and write full-width ones (全角スペース)", clip(text))
		}
	}
}

// indentation compares the full-width spaces with which lines begin.
func (p *proof) indentation() {
	for line, start := range p.written.lines {
		text := p.written.text(line)
		wide := leading(strings.TrimLeft(text, " \t>"))
		if wide == 0 {
			continue
		}
		i, ok := p.firstWord(start, start+len(text))
		if !ok || p.to[i] < 0 {
			continue
		}
		n := 0
		for j := p.to[i] - 1; j >= 0 && (p.page.chars[j].r == 0 || unicode.IsSpace(p.page.chars[j].r) || p.page.chars[j].r == '>'); j-- {
			if p.page.chars[j].r == '　' {
				n++
			}
		}
		if n < wide {
			p.warn(line, "indent", "the full-width space at the beginning of %s is not in the mail", clip(text))
		}
	}
}

// leading is how many full-width spaces a text begins with.
func leading(s string) (n int) {
	for _, r := range s {
		if r != '　' {
			return n
		}
		n++
	}
	return 0 // nothing stands behind them
}

// firstWord is the index of the first character between two offsets that must be read.
// Whatever stands before it on the line is white space.
func (p *proof) firstWord(from, to int) (int, bool) {
	i := p.written.index(from)
	for ; i < len(p.written.chars) && p.written.chars[i].at < to; i++ {
		c := p.written.chars[i]
		if isContent(c) {
			return i, true
		}
		if !unicode.IsSpace(c.r) && c.r != '>' {
			return 0, false
		}
	}
	return 0, false
}

// prose finds Japanese that has become code, in the type of a typewriter, because its
// lines begin with four spaces or a tab.
func (p *proof) prose() {
	within := false
	for line, start := range p.written.lines {
		text := p.written.text(line)
		if inner := quoteSigns.ReplaceAllString(text, ""); !isIndented(inner) || !isProse(inner) {
			within = within && strings.TrimSpace(text) == ""
			continue
		}
		i := p.written.index(start)
		code := i < len(p.written.chars) && p.written.line(p.written.chars[i].at) == line && p.written.chars[len(p.written.chars)-1].at >= start && p.codeLine(i, line)
		if code && !within {
			p.warn(line, "indent", "%s has become code, in a typewriter's letters, because its line begins with four spaces or a tab; delete them, or write full-width spaces (全角スペース)", clip(text))
		}
		within = code
	}
}

// codeLine reports that a line is read as code, and stands in no fence.
func (p *proof) codeLine(i, line int) bool {
	for ; i < len(p.written.chars) && p.written.line(p.written.chars[i].at) == line; i++ {
		c := p.written.chars[i]
		if !isContent(c) {
			if c.r == '`' {
				return false // it was meant
			}
			continue
		}
		if c.is&inCode != 0 || p.to[i] >= 0 && p.page.chars[p.to[i]].is&inCode != 0 {
			return !p.written.fenced[line]
		}
	}
	return false
}

// quoteSigns are those of a quotation, before its text.
var quoteSigns = regexp.MustCompile(`^(?:> ?)+`)

// wordForm is a word of a letter, and of no program.
var wordForm = regexp.MustCompile(`^[A-Za-z][a-z'’-]*[,.;:!?]?$`)

// isProse reports a line that is Japanese, or has many words and hardly anything else.
func isProse(text string) bool {
	if strings.ContainsFunc(text, width.IsJapanese) {
		return true
	}
	n, all := 0, strings.Fields(text)
	for _, w := range all {
		if wordForm.MatchString(w) {
			n++
		}
	}
	return n >= 6 && n*10 >= len(all)*9 || n >= 4 && n == len(all) && strings.HasSuffix(all[n-1], ".")
}

// columnForm is a line whose parts are set apart by several spaces, or by tabs as those
// that were copied from a spreadsheet.
var columnForm = regexp.MustCompile(`[^\s|](?: {3,}|\t+)[^\s|]`)

// columns finds lines that are laid out in columns by spaces, which HTML makes one.
func (p *proof) columns() {
	before, told := -2, -2
	for line, start := range p.written.lines {
		text := p.written.text(line)
		bare := text[len(prefixForm.FindString(text)):]
		bare = bare[len(numberForm.FindString(bare)):]
		if !columnForm.MatchString(bare) || p.written.fenced[line] || strings.Contains(text, "|") || isIndented(text) {
			continue
		}
		if i, ok := p.firstWord(start, start+len(text)); ok && p.to[i] >= 0 && p.page.chars[p.to[i]].is&inCode != 0 {
			continue
		}
		if before == line-1 && told != line-1 {
			p.warn(line-1, "columns", "the spaces or tabs that align these lines become one space in HTML; write a table, or full-width spaces (全角スペース)")
		}
		if before == line-1 {
			told = line
		}
		before = line
	}
}
