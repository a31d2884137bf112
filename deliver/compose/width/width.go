package width

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Columns is the width of a line on a screen, in half-width columns.
func Columns(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// IsWide reports a character of a script that is written without spaces: Japanese and
// Chinese, half-width katakana among them, and not Hangul.
func IsWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return (k == width.EastAsianWide || k == width.EastAsianFullwidth || k == width.EastAsianHalfwidth) &&
		!unicode.Is(unicode.Hangul, r)
}

// IsJapanese reports a letter of a script in which Japanese is written, Latin aside.
func IsJapanese(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) }

// IsWidePunctuation reports a mark of such a script, or its space.
func IsWidePunctuation(r rune) bool { return IsWide(r) && unicode.IsPunct(r) || r == '\u3000' }

// Digits are the digits of a text, full-width ones as those of ASCII.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, s)
}
