package feed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// geta stands for a character that cannot be shown, as it does in print.
const geta = '〓'

// plainText is what a text of a feed says, on one line of at most most characters. Feeds put
// HTML into most of their texts, and not all say so: what is no tag of HTML stays.
func plainText(s string, most int) string {
	if strings.ContainsAny(s, "<&") {
		s = withoutTags(s)
	}
	s = strings.Join(strings.FieldsFunc(strings.Map(readable, norm.NFC.String(s)), unicode.IsSpace), " ")
	if utf8.RuneCountInString(s) > most {
		s = strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
	}
	return s
}

// readable maps what readers cannot see, or not as it was meant, to what they can.
func readable(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r):
		return ' '
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return -1
	case r == utf8.RuneError, unicode.Is(unicode.Co, r), !unicode.IsGraphic(r):
		return geta
	}
	return r
}

// withoutTags takes out the tags of HTML, and what is no text between them.
func withoutTags(s string) string {
	var out strings.Builder
	skip := ""
	for z := html.NewTokenizer(strings.NewReader(s)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		raw := string(z.Raw()) // before the token is read, which changes it
		t := z.Token()
		switch {
		case skip != "":
			if kind == html.EndTagToken && t.Data == skip {
				skip = ""
			}
		case kind == html.TextToken:
			out.WriteString(t.Data)
		case kind == html.CommentToken, kind == html.DoctypeToken:
		case t.DataAtom == 0: // "<株>" and the like
			out.WriteString(raw)
		case kind == html.StartTagToken && (t.Data == "script" || t.Data == "style"):
			skip = t.Data
		case !inline[t.Data]:
			out.WriteByte(' ')
		}
	}
}

// inline are the tags around words that belong together.
var inline = map[string]bool{"a": true, "b": true, "i": true, "em": true, "strong": true, "span": true, "u": true, "font": true, "small": true, "sub": true, "sup": true, "ruby": true}

// escape makes Markdown of a text in which nothing is a mark: each sign that may be one has a
// backslash (CommonMark 2.4). That also breaks what would become a link by itself, and the
// braces of a merge slot.
func escape(s string) string {
	var out strings.Builder
	numbered := true // "1)" at the beginning of a line begins a list
	for n, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>#+-.!|~&:@=", r) || r == ')' && numbered && n > 0 {
			out.WriteByte('\\')
		}
		numbered = numbered && '0' <= r && r <= '9'
		out.WriteRune(r)
	}
	return out.String()
}
