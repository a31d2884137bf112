package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"

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
	link      = regexp.MustCompile(`\[((?:\\.|[^\[\]\\])*)\]\(<?[^()\s]*(?:\([^()]*\)[^()\s]*)*>?(?:\s+"[^"]*")?\)`)
	reference = regexp.MustCompile(`\[((?:\\.|[^\[\]\\])*)\]\[[^\[\]]*\]`)
	reading   = regexp.MustCompile(`<rt>.*?</rt>|<rp>.*?</rp>`)
	address   = regexp.MustCompile(`<?(?:https?|mailto|tel):[!-~]+`)
	element   = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	slotted   = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	marks     = regexp.MustCompile(`\*+|~~|(^|[^\pL\pN_])__([^_]+)__($|[^\pL\pN_])|\\([!-/:-@\[-` + "`" + `{-~])`)
	title     = regexp.MustCompile(`^ {0,3}#{1,6}\s`)
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
	titled, section, code, hidden := "", "", false, false
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
		l.text = words(raw)
		if l.narrow = narrow(l.text); title.MatchString(raw) {
			titled, section = l.narrow, l.narrow
		} else if l.heading { // ■ and the like stand below a heading of Markdown
			section = titled + " " + l.narrow
		}
		l.section = section
		lines = append(lines, l)
	}
	return lines
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
	for _, m := range []struct {
		with  string // what no such thing is without
		form  *regexp.Regexp
		reads string
	}{
		{"`", codeSpan, "\ufffc"}, {"![", picture, "\ufffc"}, {"](", link, "$1"}, {"][", reference, "$1"}, {":", address, "\ufffc"},
		{"<r", reading, ""}, {"<", element, ""}, {"{{", slotted, "\ufffc"},
	} {
		if strings.Contains(s, m.with) {
			s = m.form.ReplaceAllString(s, m.reads)
		}
	}
	if strings.ContainsAny(s, `*~_\`) {
		s = marks.ReplaceAllString(s, "$1$2$3$4")
	}
	return s
}

// narrow writes full-width letters, digits, marks and spaces in ASCII, character for
// character. Katakana stays as it is.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000' || r == '\u00a0':
			return ' '
		case r == '〜' || r == '–' || r == '—' || r == '−' || r == '‐' || r == '‑' || r == '―':
			if r == '〜' {
				return '~'
			}
			return '-'
		}
		return r
	}, s)
}

// near is how many octets beside a date are looked at for what belongs to it.
const near = 120

// head and tail are the first and the last octets of a text, of whole characters.
func head(s string, n int) string {
	for ; n < len(s); n-- {
		if utf8.RuneStart(s[n]) {
			return s[:n]
		}
	}
	return s
}

func tail(s string, n int) string {
	for at := len(s) - n; at > 0; at++ {
		if at == len(s) || utf8.RuneStart(s[at]) {
			return s[at:]
		}
	}
	return s
}

// original is a piece of the line as it was written; from and to are octets of narrow.
func (l line) original(from, to int) string {
	r := []rune(l.text)
	skip := utf8.RuneCountInString(l.narrow[:from])
	return finding.Clip(strings.TrimSpace(string(r[skip : skip+utf8.RuneCountInString(l.narrow[from:to])])))
}
