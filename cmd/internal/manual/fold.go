package manual

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"example.jp/kairan/deliver/compose/width"
)

// Columns is how wide help is at most.
const Columns = 80

// Fold breaks a text into lines of at most so many columns, where UAX 14 allows it:
// between words, and between Japanese characters. A word that is longer stays whole.
func Fold(text string, columns int) (lines []string) {
	line, state := "", -1
	for text != "" {
		var segment string
		var must bool
		segment, text, must, state = uniseg.FirstLineSegmentInString(text, state)
		for text != "" && inWord(segment, text) {
			var more string
			more, text, must, state = uniseg.FirstLineSegmentInString(text, state)
			segment += more
		}
		if line != "" && width.Columns(strings.TrimRight(line+segment, " \n")) > columns {
			lines, line = append(lines, strings.TrimRight(line, " ")), ""
		}
		line += segment
		if must {
			lines, line = append(lines, strings.TrimRight(line, " \n")), ""
		}
	}
	return lines
}

// inWord says that UAX 14 has cut at a hyphen or a slash, as in --now or /etc, where whoever
// copies the word would lose it.
func inWord(before, after string) bool {
	last, first := before[len(before)-1], after[0]
	return last > ' ' && last < utf8.RuneSelf && first > ' ' && first < utf8.RuneSelf
}

// reflow breaks the paragraphs of a text anew. Lines that are set in stay as they are.
func reflow(text string) string {
	var lines []string
	paragraph := ""
	end := func() {
		lines = append(lines, Fold(paragraph, Columns)...)
		paragraph = ""
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || line[0] == ' ' {
			end()
			lines = append(lines, line)
			continue
		}
		paragraph = joined(paragraph, line)
	}
	end()
	return strings.Join(lines, "\n")
}

// joined are two lines of a paragraph as one; between Japanese characters there is no space.
func joined(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if a == "" || width.IsWidePunctuation(last) || width.IsWide(last) && width.IsWide(first) {
		return a + b
	}
	return a + " " + b
}

// pair is a row of two columns: a name, and what is said of it.
type pair struct{ name, says string }

// columns lays rows out below each other, set in by two. A name that leaves no room beside
// it has its text below.
func columns(rows []pair) string {
	const indent, gap, most = 2, 2, 26
	left := 0
	for _, r := range rows {
		if n := width.Columns(r.name); n <= most {
			left = max(left, n)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		n := width.Columns(r.name)
		b.WriteString(strings.Repeat(" ", indent) + r.name)
		if n > left {
			b.WriteString("\n")
			n = -indent
		}
		for i, line := range Fold(r.says, Columns-indent-left-gap) {
			if i > 0 {
				n = -indent
			}
			b.WriteString(strings.Repeat(" ", left+gap-n) + line + "\n")
		}
	}
	return b.String()
}
