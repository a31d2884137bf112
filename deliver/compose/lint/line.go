package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
)

// line is one line as it is read, without addresses.
type line struct {
	number  int
	text    string
	narrow  string // the same, with full-width letters, digits and marks in ASCII
	section string // the heading above it, narrow
	heading bool
	row     bool     // of a table
	hosts   []string // of the URLs in it
}

var (
	address  = regexp.MustCompile(`<?(?:https?|mailto|tel):[!-~]+`)
	urlHost  = regexp.MustCompile(`(?i)https?://([a-z0-9.-]+)`)
	headMark = regexp.MustCompile(`^\s*[■◆●▼▲□◇○★☆【]`)
)

// read takes a draft apart. The first line is the subject, the second the preheader,
// if there is one.
func read(d *source.Draft) (lines []line) {
	lines = append(lines, line{number: d.SubjectLine, text: d.Subject, narrow: narrow(d.Subject)})
	if d.Preheader != "" {
		lines = append(lines, line{number: d.PreheaderLine, text: d.Preheader, narrow: narrow(d.Preheader)})
	}
	titled, section := "", ""
	for _, w := range d.Lines {
		l := line{number: w.Number, text: words(w.Text), row: w.Row}
		for _, m := range urlHost.FindAllStringSubmatch(w.Text, -1) {
			l.hosts = append(l.hosts, strings.ToLower(m[1]))
		}
		l.narrow, l.heading = narrow(l.text), w.Heading || headMark.MatchString(l.text)
		if w.Heading {
			titled, section = l.narrow, l.narrow
		} else if l.heading { // ■ and the like stand below a heading of Markdown
			section = titled + " " + l.narrow
		}
		l.section = section
		lines = append(lines, l)
	}
	return lines
}

// words is what is read of a line. What has no words leaves a mark, so that what stands
// before and behind it does not become one.
func words(s string) string {
	return address.ReplaceAllString(strings.Map(func(r rune) rune {
		if slot.IsMark(r) {
			return '\ufffc'
		}
		return r
	}, s), "\ufffc")
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
