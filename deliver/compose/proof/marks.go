package proof

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// work says which marks are gone with right where which elements begin or end.
func work(r rune) feature {
	switch r {
	case '*':
		return emphasis | item | ruled
	case '_':
		return emphasis | ruled
	case '~':
		return struck | code
	case '`':
		return code
	case '#':
		return heading
	case '-':
		return item | ruled | heading | table
	case '+', '.':
		return item
	case '=':
		return heading
	case '>':
		return quote | link | inQuote
	case '<', '[', ']', '!':
		return link | picture
	case '(', ')':
		return link | picture | item
	case '|', ':':
		return table
	}
	return 0
}

// marks compares what stands between the words: each mark that is gone must have begun
// or ended something there.
func (p *proof) marks() {
	for k := 0; k <= len(p.wrote); k++ {
		before, next := -1, len(p.shown)
		w, s := [2]int{0, len(p.written.chars)}, [2]int{0, len(p.page.chars)} // behind the word before, and at the next
		if k > 0 {
			if before = p.partner[k-1]; before < 0 {
				continue
			}
			w[0], s[0] = p.wrote[k-1]+1, p.shown[before]+1
		}
		if k < len(p.wrote) {
			if next = p.partner[k]; next < 0 {
				continue
			}
			w[1], s[1] = p.wrote[k], p.shown[next]
		}
		if next == before+1 && len(p.found) < maxFindings {
			p.gap(w, s)
		}
	}
}

// gap compares what stands between two words.
func (p *proof) gap(w, s [2]int) {
	var done feature
	for i := s[0]; i < min(s[1]+1, len(p.page.chars)); i++ {
		if c := p.page.chars[i]; i < s[1] && c.r == 0 {
			done |= c.is
		} else {
			done |= c.is & inQuote
		}
	}
	p.pairMarks(w, s)
	for j := w[0]; j < w[1]; j++ {
		if c := p.written.chars[j]; isMarkup(c.r) && p.to[j] < 0 {
			p.gone(j, w, done)
		}
	}
}

// pairMarks pairs the marks between two words that are printed with those that were
// written: with escaped ones if there are some, code with code.
func (p *proof) pairMarks(w, s [2]int) {
	type look struct {
		r        rune
		mask, is feature
	}
	none := map[look]bool{} // there is no other
	next := w[0]
	find := func(l look) int {
		if none[l] {
			return -1
		}
		for j := next; j < w[1]; j++ {
			if c := p.written.chars[j]; c.r == l.r && c.is&escape == 0 && c.is&l.mask == l.is {
				return j
			}
		}
		none[l] = true
		return -1
	}
	for i := s[0]; i < s[1]; i++ {
		c := p.page.chars[i]
		if !isMarkup(c.r) {
			continue
		}
		within := c.is & inCode
		for _, l := range []look{{c.r, inCode | escaped, within | escaped}, {c.r, inCode, within}, {c.r, 0, 0}} {
			if j := find(l); j >= 0 {
				p.pair(j, i)
				next = j + 1
				break
			}
		}
	}
}

// gone judges a mark that is not there.
func (p *proof) gone(j int, w [2]int, done feature) {
	c, line := p.written.chars[j], p.lineOf(j)
	switch {
	case c.r == '\\':
		p.backslash(j, w)
	case c.is&escaped == 0 && work(c.r)&done != 0:
		switch {
		case c.r == '*' && done&emphasis != 0:
			p.emphasised(j)
		case c.r == '_' && done&emphasis != 0 && nameForm.MatchString(p.behind(c.at)):
			p.warn(line, "lost-mark", "the __ of %s are taken for emphasis, and are gone; write it in backticks (`), as code", clip(p.around(j)))
		}
	case p.isKnown(line):
	default:
		p.warn(line, "lost-mark", "%s is not in the mail as it was written; write \\%c for a literal %c, and look at the preview", clip(p.around(j)), c.r, c.r)
	}
}

// around is a char with what stands beside it on its line.
func (p *proof) around(j int) string {
	at := p.written.chars[j].at
	before, behind := p.before(at), p.behind(at)
	for n := utf8.RuneCountInString(before); n > 8; n-- {
		_, size := utf8.DecodeRuneInString(before)
		before = before[size:]
	}
	for n := utf8.RuneCountInString(behind); n > 9; n-- {
		_, size := utf8.DecodeLastRuneInString(behind)
		behind = behind[:len(behind)-size]
	}
	return before + behind
}

// near is how far a look at what stands beside a character goes, in octets.
const near = 240

// before is the end of what stands before an offset on its line.
func (p *proof) before(at int) string {
	s := p.Body[max(p.written.lines[p.written.line(at)], at-near):at]
	for s != "" && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}

// behind is the beginning of what stands behind one.
func (p *proof) behind(at int) string {
	end := min(len(p.Body), at+near)
	for end < len(p.Body) && !utf8.RuneStart(p.Body[end]) {
		end++
	}
	s, _, _ := strings.Cut(p.Body[at:end], "\n")
	return s
}

// emphasised asks whether a star between two digits is one of multiplication: Markdown
// makes emphasis of what stands between two of them.
func (p *proof) emphasised(j int) {
	at := p.written.chars[j].at
	if at == 0 || at+1 >= len(p.Body) {
		return
	}
	if before, behind := rune(p.Body[at-1]), rune(p.Body[at+1]); isDigit(before) && isWord(behind) || isWord(before) && isDigit(behind) {
		p.warn(p.written.line(at), "lost-mark", "the * of %s is taken for emphasis, and is gone; write × or \\*", clip(p.around(j)))
	}
}

// nameForm is a name of programs that begins and ends with two lines.
var nameForm = regexp.MustCompile(`^__(?:(?:init|main|name|file|str|repr|all|dict|call|new|doc|del|len|iter)__|[A-Za-z0-9]+__[.(])`)

// folder is a path of Windows in front of a backslash.
var folder = regexp.MustCompile(`(?:[A-Za-z]:|\\\\?[\w.$-]+)(?:\\[^\s\\]*)*$`)

// backslash judges one that is gone. It belongs before a mark; before others, and in the
// name of a folder, it was meant to be read.
func (p *proof) backslash(j int, w [2]int) {
	c := p.written.chars[j]
	line := p.written.line(c.at)
	next, before := byte('\n'), p.before(c.at)
	if c.at+1 < len(p.Body) {
		next = p.Body[c.at+1]
	}
	switch {
	case next == '|' || next == '\n' || p.belongs(j, w, next):
	case c.is&escape != 0 && !isFolder(before, p.Body[c.at:min(len(p.Body), c.at+3)]) && isEscape(before, next):
	default:
		p.warn(line, "lost-mark", `the backslash of %s is taken for a mark, and is gone; write \\ for one that is read, or ￥`, clip(p.around(j)))
	}
}

// belongs reports that a backslash stands beside a mark: with a space it ends a word
// there, so that emphasis is one.
func (p *proof) belongs(j int, w [2]int, next byte) bool {
	beside := func(k int) bool {
		return k >= w[0] && k < w[1] && strings.ContainsRune("*_~`[]()<", p.written.chars[k].r)
	}
	return next == ' ' && (beside(j-1) || beside(j+2)) || strings.ContainsRune(`(),;/?%$^"'`, rune(next)) && beside(j-1)
}

// isFolder reports that a backslash is of a path of Windows. here begins with it.
func isFolder(before, here string) bool {
	if len(here) > 2 && here[1] == '\\' && isWord(rune(here[2])) && !strings.HasSuffix(before, `\`) {
		return true // of a share
	}
	return (strings.Contains(before, `:\`) || strings.Contains(before, `\\`) || strings.HasSuffix(before, ":")) && folder.MatchString(before)
}

// isEscape reports a character before which a backslash is needed now and then.
func isEscape(before string, next byte) bool {
	return !strings.ContainsRune(`(),;/?%$^"'`, rune(next)) || strings.HasSuffix(before, "]")
}

// halves finds marks that are printed beside one of the same run that did its work:
// ***words** prints one.
func (p *proof) halves() {
	for i, c := range p.written.chars {
		if c.r != '*' && c.r != '_' && c.r != '~' || p.to[i] < 0 || c.is&(inCode|escaped) != 0 {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(p.to) {
				continue
			}
			if d := p.written.chars[j]; d.r == c.r && p.to[j] < 0 && d.at-c.at == j-i {
				if line := p.lineOf(i); !p.isKnown(line) {
					p.warn(line, "printed", "%s is printed as it stands: the marks on both sides of the words are not as many; write as many, directly at the words", clip(string(c.r)))
				}
				break
			}
		}
	}
}
