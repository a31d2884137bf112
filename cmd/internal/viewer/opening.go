package viewer

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxOpening is about as much as any list of mails shows, in characters.
const maxOpening = 140

// Opening is the beginning of the text of a mail, which lists of mails show behind its
// subject: also of what the mail itself hides.
func Opening(mail string) string {
	z := html.NewTokenizer(strings.NewReader(mail))
	var out []rune
	skip := false
	for len(out) < maxOpening {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		t := z.Token()
		switch {
		case t.DataAtom == atom.Title || t.DataAtom == atom.Style:
			skip = kind == html.StartTagToken
		case kind != html.TextToken && isBlock(t.DataAtom):
			out = append(out, ' ')
		case kind == html.TextToken && !skip:
			out = append(out, []rune(strings.Map(seen, t.Data))...)
		}
		out = []rune(strings.TrimLeft(squeezed(out), " "))
	}
	return strings.TrimSpace(string(out[:min(len(out), maxOpening)]))
}

// seen drops what pads the line and is not seen.
func seen(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cf, r) || r == '\u034f': // zero-width joiners and the like
		return -1
	}
	return r
}

func squeezed(out []rune) string {
	s := string(out)
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Td, atom.Tr, atom.Th, atom.Li, atom.Br, atom.H1, atom.H2, atom.H3:
		return true
	}
	return false
}
