package source

import (
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

func isWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return (k == width.EastAsianWide || k == width.EastAsianFullwidth || k == width.EastAsianHalfwidth) &&
		!unicode.Is(unicode.Hangul, r)
}

func isWidePunctuation(r rune) bool { return isWide(r) && unicode.IsPunct(r) || r == '\u3000' }
