package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/source"
)

// line is one line as it is read: without marks of Markdown, code, addresses of links
// and comments.
type line struct {
	number  int
	text    string // as written, but for that
	narrow  string // the same, with full-width letters, digits and marks in ASCII
	section string // the heading above it, narrow
	heading bool
	row     bool // of a table
}

// What is in a line of Markdown and is no text of it.
var (
	codeSpan  = regexp.MustCompile("`+[^`]+`+")
	comment   = regexp.MustCompile(`<!--.*?-->`)
	picture   = regexp.MustCompile(`!\[([^\]]*)\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+"[^"]*")?\)`)
	link      = regexp.MustCompile(`\[([^\[\]]*)\]\(<?[^()\s]*(?:\([^()]*\)[^()\s]*)*>?(?:\s+"[^"]*")?\)`)
	reading   = regexp.MustCompile(`<rt>.*?</rt>|<rp>.*?</rp>`)
	address   = regexp.MustCompile(`<?(?:https?|mailto|tel):[!-~]+`)
	element   = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	slotted   = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	marks     = regexp.MustCompile(`\*+|~~|(^|[^\pL\pN_])__([^_]+)__($|[^\pL\pN_])|\\([!-/:-@\[-` + "`" + `{-~])`)
	headMark  = regexp.MustCompile(`^ {0,3}#{1,6}\s+|^\s*[■◆●▼▲□◇○★☆【]`)
	quoteMark = regexp.MustCompile(`^\s*(?:>\s?)+`)
	fence     = regexp.MustCompile("^ {0,3}(?:```+|~~~+)")
)

// read takes a draft apart. The first line is the subject, the second the preheader,
// if there is one.
func read(d *source.Draft) (lines []line) {
	lines = append(lines, line{number: d.SubjectLine, text: d.Subject, narrow: narrow(d.Subject)})
	if d.Preheader != "" {
		lines = append(lines, line{number: d.PreheaderLine, text: d.Preheader, narrow: narrow(d.Preheader)})
	}
	section, code, hidden := "", false, false
	for n, raw := range strings.Split(d.Body, "\n") {
		raw, hidden = shown(raw, hidden)
		if fence.MatchString(raw) {
			code = !code
			continue
		}
		if code {
			continue
		}
		l := line{number: d.First + n, row: strings.Count(raw, "|") > 1, heading: headMark.MatchString(raw)}
		for text := words(raw); ; {
			l.text, text = cutLong(text)
			if l.narrow = narrow(l.text); l.heading {
				section = l.narrow
			}
			l.section = section
			lines = append(lines, l)
			if text == "" {
				break
			}
		}
	}
	return lines
}

// maxLine is the greatest length of a line that is looked at in one piece, in octets. Checks
// look at the whole of it for each date that they find there.
const maxLine = 2000

// maxMatches is how many dates, or times, of such a piece are looked at.
const maxMatches = 25

// cutLong cuts a line that is longer, behind a sentence if it has any.
func cutLong(s string) (piece, rest string) {
	if len(s) <= maxLine {
		return s, ""
	}
	at := strings.LastIndex(s[:maxLine], "。") + len("。")
	if at < len("。") {
		at = strings.LastIndexByte(s[:maxLine], ' ') + 1
	}
	if at < maxLine/2 {
		for at = maxLine; !utf8.RuneStart(s[at]); at-- {
		}
	}
	return s[:at], s[at:]
}

// shown is a line without its comments; hidden says that it begins, and ends, in one.
func shown(raw string, hidden bool) (string, bool) {
	if hidden {
		end := strings.Index(raw, "-->")
		if end < 0 {
			return "", true
		}
		raw = raw[end+3:]
	}
	raw = comment.ReplaceAllString(raw, "")
	before, _, hidden := strings.Cut(raw, "<!--")
	return before, hidden
}

// words is what is read of a line of Markdown. What has no words leaves a mark, so that
// what stands before and behind it does not become one.
func words(raw string) string {
	s := quoteMark.ReplaceAllString(raw, "")
	s = codeSpan.ReplaceAllString(s, "\ufffc")
	s = picture.ReplaceAllString(s, "\ufffc")
	s = link.ReplaceAllString(s, "$1")
	s = address.ReplaceAllString(s, "\ufffc")
	s = reading.ReplaceAllString(s, "")
	s = element.ReplaceAllString(s, "")
	s = slotted.ReplaceAllString(s, "\ufffc")
	return marks.ReplaceAllString(s, "$1$2$3$4")
}

// narrow writes full-width letters, digits, marks and spaces in ASCII, character for
// character. Katakana stays as it is.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～', r == '\u3000':
			return []rune(width.Narrow.String(string(r)))[0]
		case r == '〜' || r == '–' || r == '—' || r == '−' || r == '‐' || r == '‑':
			if r == '〜' {
				return '~'
			}
			return '-'
		case r == '\u00a0':
			return ' '
		}
		return r
	}, s)
}

// original is a piece of the line as it was written; from and to are octets of narrow.
func (l line) original(from, to int) string {
	r := []rune(l.text)
	skip := utf8.RuneCountInString(l.narrow[:from])
	return finding.Clip(strings.TrimSpace(string(r[skip : skip+utf8.RuneCountInString(l.narrow[from:to])])))
}
