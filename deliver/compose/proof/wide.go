package proof

import (
	"regexp"
	"strings"

	"example.jp/kairan/deliver/compose/width"
)

// widestByHand is the widest line at which editors break a text by hand, in half-width
// characters; what is wider is a paragraph on one line.
const widestByHand = 84

// Where a sentence goes on from one line to the next.
var (
	runsOn   = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}ー、]$`)
	runsInto = regexp.MustCompile(`^[\p{Hiragana}\p{Katakana}\p{Han}]`)
)

// brokenTwice looks for lines that an editor has broken by hand, and that are wider than
// those of the text part: it would break each once more, shortly before.
func (p *proof) brokenTwice() {
	if !p.Keeps || p.Width == 0 {
		return
	}
	lines := strings.Split(p.Body, "\n")
	for i, line := range lines[:len(lines)-1] {
		line = strings.TrimRight(line, " \t\r")
		if w := width.Columns(line); w > 2*p.Width && w <= widestByHand && runsOn.MatchString(line) && runsInto.MatchString(lines[i+1]) {
			p.warn(i, "line-breaks", "the line is wider than %d full-width characters, so that the text part breaks it once more, before the break of your own; break such lines earlier, or set text_width of the list to %d", p.Width, (w+1)/2)
			return // the others are alike
		}
	}
}
