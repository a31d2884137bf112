package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/slot"
)

// minColumns is what remains of a line, however deep it is indented.
const minColumns = 16

// narrower is a width less an indentation.
func narrower(columns, by int) int {
	if columns == 0 {
		return 0
	}
	return max(columns-by, minColumns)
}

// What stands in a text until it is written.
const (
	joint    = "\u2060" // WORD JOINER: no break here
	hardness = "\u00a0" // NO-BREAK SPACE
)

var written = strings.NewReplacer(joint, "", hardness, " ")

// clean is a line as it is written, without blanks at its end.
func clean(line string) string { return strings.TrimRightFunc(written.Replace(line), unicode.IsSpace) }

// fold cuts one line into lines of at most so many columns. Where there is no place to
// cut, as in a URL, a line is longer. Two full-width spaces and more at the beginning
// are an indentation of all lines; a single one is that of a paragraph's first.
func (s Style) fold(text string, columns int) []string {
	if columns == 0 || s.measure(text) <= columns {
		return []string{clean(text)}
	}
	if indent := text[:len(text)-len(strings.TrimLeft(text, "　"))]; len(indent) > len("　") && s.measure(indent) <= columns/3 {
		return prefixed(indent, s.fold(text[len(indent):], columns-s.measure(indent)))
	}
	f := folding{Style: s, text: text, columns: columns}
	kept := keptTogether.FindAllStringIndex(text, -1)
	shape, end, state := shaped(text), 0, -1
	for shape != "" {
		var segment string
		segment, shape, _, state = uniseg.FirstLineSegmentInString(shape, state)
		end += len(segment)
		for len(kept) > 0 && kept[0][1] <= end {
			kept = kept[1:]
		}
		if shape == "" || (len(kept) == 0 || kept[0][0] >= end) && mayBreak(text[:end], text[end:]) {
			f.piece(end)
		}
	}
	f.balance()
	return append(f.lines, clean(text[f.start:]))
}

func prefixed(prefix string, lines []string) []string {
	for i, l := range lines {
		lines[i] = prefix + l
	}
	return lines
}

// folding is a text on its way to lines.
type folding struct {
	Style
	text    string
	columns int
	lines   []string

	start, used, at int   // of this line: where it begins, its columns, where it ends so far
	last            int   // where the line before begins
	cuts, before    []int // where this line and the one before could be cut
}

// piece takes what has no place to cut in it, up to an offset.
func (f *folding) piece(end int) {
	piece := f.text[f.at:end]
	if f.used > 0 && strings.TrimSpace(f.text[f.start:f.at]) == "" { // an indentation alone is no line
		f.at = f.start
	}
	if f.at > f.start && f.used+f.measure(clean(piece)) > f.columns {
		f.lines = append(f.lines, clean(f.text[f.start:f.at]))
		f.last, f.start, f.used, f.before, f.cuts = f.start, f.at, 0, f.cuts, nil
	}
	if f.at > f.start {
		f.cuts = append(f.cuts, f.at)
	}
	f.used += f.measure(piece)
	f.at = end
}

// minLast is how wide the last line of a Japanese paragraph is at least, in columns: two
// letters and a full stop. One letter alone reads like a slip.
const minLast = 6

// balance gives a last line that is too short a part of the one before.
func (f *folding) balance() {
	if !f.japanese() {
		return
	}
	for i := len(f.before) - 1; i >= 0 && f.measure(clean(f.text[f.start:])) < minLast; i-- {
		cut := f.before[i]
		if f.measure(clean(f.text[cut:])) > f.columns {
			return
		}
		f.lines[len(f.lines)-1], f.start = clean(f.text[f.last:cut]), cut
	}
}

// shaped is a text for those who look for places to break: a merge slot is like an
// ideograph, and as many octets long.
func shaped(text string) string {
	return strings.Map(func(r rune) rune {
		if slot.IsMerge(r) {
			return '𠀀'
		}
		return r
	}, text)
}

// mayBreak reports whether a line may end here and the next begin: kinsoku, and URLs,
// addresses and compounds in one piece, which ASCII without a space is.
func mayBreak(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if isASCIIWord(last) && isASCIIWord(next) {
		return false
	}
	return !strings.ContainsRune(notAtEnd, last) && !strings.ContainsRune(notAtStart, next)
}

func isASCIIWord(r rune) bool { return r > ' ' && r < unicode.MaxASCII }

// How wide that is whose width is not known, in columns.
const (
	fieldColumns = 10 // a name of five characters
	dateColumns  = 14 // 2026年11月30日
)

// measure is the width of a text in columns. In Japanese fonts, signs such as ○, ※ and
// … are as wide as kanji (UAX 11, ambiguous characters).
func (s Style) measure(text string) (columns int) {
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			columns++
		case slot.IsMark(r):
			columns += markColumns(r)
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		default:
			columns += s.runeColumns(r)
		}
	}
	return columns
}

func markColumns(r rune) int {
	switch {
	case slot.IsMerge(r):
		return fieldColumns
	case r == slot.MarkDate:
		return dateColumns
	case r == slot.MarkBraces:
		return 2
	}
	return 0
}

func (s Style) runeColumns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.EastAsianAmbiguous:
		if s.japanese() && !unicode.Is(unicode.Latin, r) {
			return 2
		}
	}
	return 1
}
