package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	xwidth "golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
)

// breakLines settles what the line breaks of a block become. Where they are kept, each is
// one. Else a break is dropped where Japanese is written without spaces: between two wide
// characters, and beside East Asian punctuation (CSS Text 3, segment break
// transformation), whatever marks stand between; elsewhere it is a space.
func (m markdown) breakLines(leaves []leaf) {
	after := make([]rune, len(leaves)+1) // the first character behind each
	for i := len(leaves) - 1; i >= 0; i-- {
		after[i] = after[i+1]
		if l := leaves[i]; l.shown != "" && !l.aside {
			after[i], _ = utf8.DecodeRuneInString(l.shown)
		}
	}
	before := ' '
	for i, l := range leaves {
		if l.shown != "" && !l.aside {
			before, _ = utf8.DecodeLastRuneInString(l.shown)
		}
		if l.text == nil || !l.text.SoftLineBreak() {
			continue
		}
		if m.KeepBreaks && before != '\n' && after[i+1] != 0 {
			l.text.SetSoftLineBreak(false)
			l.text.SetHardLineBreak(true)
		} else if isJoined(before, after[i+1]) {
			l.text.SetSoftLineBreak(false)
		}
	}
}

// isJoined says that nothing stands between two characters that a line break parts. A
// reader's value is taken for one of the language around it.
func isJoined(before, after rune) bool {
	a, b := width.IsWide(before), width.IsWide(after)
	switch {
	case width.IsWidePunctuation(before), width.IsWidePunctuation(after), a && b:
		return true
	case before == '\n', after == '\n', after == 0: // beside a <br>, at the end
		return true
	}
	return a && isNeutral(after) || b && isNeutral(before)
}

// isNeutral reports what is wide in Japanese and narrow elsewhere, as … and “, and the
// mark of a slot.
func isNeutral(r rune) bool {
	return slot.IsMerge(r) || xwidth.LookupRune(r).Kind() == xwidth.EastAsianAmbiguous && !unicode.IsLetter(r)
}

// fences reads blocks of code. Five or more "~" draw a rule around a text.
type fences struct{ parser.BlockParser }

// Open makes fences a [parser.BlockParser].
func (f fences) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if line, _ := reader.PeekLine(); strings.HasPrefix(strings.TrimLeft(string(line[:min(len(line), 9)]), " "), "~~~~~") {
		return nil, parser.NoChildren
	}
	return f.BlockParser.Open(parent, reader, pc)
}

// isRuled reports a line that draws a rule, of one character or two.
func isRuled(line string) bool {
	line = strings.TrimFunc(line, unicode.IsSpace)
	kinds := map[rune]bool{}
	n := 0
	for _, r := range line {
		if !strings.ContainsRune("━─－―—＝=*＊-_＿~～〜…‥・◆◇■□●○★☆▼▽▲△┏┓┗┛┃┌┐└┘│+＋#＃♪♦/／<>＜＞", r) {
			return false
		}
		kinds[r] = true
		n++
	}
	return n >= 3 && len(kinds) <= 3
}
