package proof

import (
	"unicode"

	"example.jp/kairan/deliver/compose/slot"
)

// char is a character of a text that is compared, or, of a page and without a rune, a
// place at which an element begins or ends.
type char struct {
	r  rune
	at int // of the source: its offset in the body; of a list's number: which list
	is feature
}

// feature is what is known of a char, as bits.
type feature uint32

// The first are of characters, the others of elements that begin or end.
const (
	inCode    feature = 1 << iota
	inCell            // of a table
	inQuote           // a quotation
	inItem            // of a list
	bracket           // around a reading, for programs without ruby
	inAddress         // an address that is shown, and leads there
	number            // of a list: its rune is the number
	escape            // a backslash that takes the meaning of the next character away
	escaped           // such a character, or one that was written by its name
	emphasis          // and what follows are of places
	struck
	code
	heading
	item
	quote
	link
	picture
	table
	ruled
	broken
	block // a paragraph, or any other
)

// slotRune stands for every merge slot.
const slotRune = '\uFFFC'

// slotBraces is a literal "{{" in a page.
const slotBraces = slot.MarkBraces

// unmarked is a rune of a page or a text part, with merge slots alike.
func unmarked(r rune) rune {
	if slot.IsMerge(r) {
		return slotRune
	}
	return r
}

// isContent reports what must be there to be read, and is never a mark: all but white
// space and the punctuation of ASCII.
func isContent(c char) bool {
	return c.r != 0 && c.is&number != 0 || c.r > 0x7f && !unicode.IsSpace(c.r) || isWord(c.r)
}

// isWord reports a letter or a digit of ASCII.
func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isMarkup reports the punctuation of ASCII, of which every mark of Markdown is.
func isMarkup(r rune) bool { return r > ' ' && r < 0x7f && !isWord(r) }

// contents are the indices of what must be there to be read.
func contents(chars []char) (at []int) {
	for i, c := range chars {
		if isContent(c) {
			at = append(at, i)
		}
	}
	return at
}

// anyNumber stands for the number of a list, whichever it is.
const anyNumber rune = -2

// runes are the characters at these indices as they are compared: the numbers of lists
// are alike, and judged by themselves.
func runes(chars []char, at []int) []rune {
	out := make([]rune, len(at))
	for i, k := range at {
		out[i] = chars[k].r
		if chars[k].is&number != 0 {
			out[i] = anyNumber
		}
	}
	return out
}
