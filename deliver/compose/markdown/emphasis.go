package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	xwidth "golang.org/x/text/width"
)

// marks reads the marks of emphasis, "*" and "_", and of what is struck out, "~~".
// CommonMark asks whether a mark stands at a word's edge, by the spaces and punctuation
// around it. Japanese has no spaces, and its brackets stand inside a sentence: so a mark
// beside a wide character may stand anywhere (the rule known as CJK-friendly emphasis),
// but where nobody means it: behind a number, before a closing bracket. One "~" is a
// character: 10:00~12:00.
type marks struct{}

// IsDelimiter and the next two make marks a [parser.DelimiterProcessor].
func (marks) IsDelimiter(b byte) bool { return b == '*' || b == '_' || b == '~' }

// CanOpenCloser says which marks belong together.
func (marks) CanOpenCloser(opener, closer *parser.Delimiter) bool { return opener.Char == closer.Char }

// OnMatch makes the node of a pair of "*" or "_".
func (marks) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

// strokes are the marks "~~".
type strokes struct{ marks }

// OnMatch makes the node of a pair.
func (strokes) OnMatch(int) ast.Node { return extast.NewStrikethrough() }

// Trigger makes marks a [parser.InlineParser].
func (marks) Trigger() []byte { return []byte{'*', '_', '~'} }

// Parse reads a run of marks.
func (p marks) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	c := line[0]
	n := len(line) - len(bytes.TrimLeft(line, string(c)))
	e := edges{mark: c, n: n, before: block.PrecendingCharacter(), after: ' '}
	if n < len(line) {
		e.after, _ = utf8.DecodeRune(line[n:])
	}
	var kind parser.DelimiterProcessor = p
	if c == '~' {
		if n != 2 || e.before == '~' {
			return nil
		}
		kind = strokes{}
	}
	e.lone = isLone(block.Source()[:segment.Start], line[n:])
	opens, closes := e.opens(), e.closes()
	d := parser.NewDelimiter(opens, closes, n, c, kind)
	d.Segment = segment.WithStop(segment.Start + n)
	block.Advance(n)
	pc.PushDelimiter(d)
	return d
}

// edges is a run of n marks between two characters.
type edges struct {
	mark          byte
	n             int
	before, after rune
	lone          bool // a word on either side is a single letter
}

func (e edges) opens() bool {
	left := e.left()
	switch {
	case !left || e.isCharacter(), e.mark != '_' && e.n == 1 && e.isCounted(e.before) && isCJK(e.after),
		e.n == 2 && isDigit(e.before) && isDigit(e.after):
		return false
	case e.mark == '_':
		return !e.right() || isPunct(e.before) || e.n > 1 && isCJK(e.before)
	}
	return true
}

func (e edges) closes() bool {
	right := e.right()
	switch {
	case !right || e.isCharacter(), e.mark != '_' && e.n == 1 && isCJK(e.before) && isDigit(e.after):
		return false
	case e.mark == '_':
		return !e.left() || isPunct(e.after) || isCJK(e.before) && isCJK(e.after) || e.n > 1 && isCJK(e.after)
	}
	return true
}

// left says that what follows may begin with the mark (CommonMark: left-flanking).
func (e edges) left() bool {
	free := isSpace(e.before) || isPunct(e.before)
	switch {
	case isSpace(e.after):
		return false
	case isPunct(e.after) && !isCJK(e.after):
		return free || isCJK(e.before)
	case isClosing(e.after):
		return free
	}
	return true
}

// right says that what stands before may end with the mark (right-flanking).
func (e edges) right() bool {
	free := isSpace(e.after) || isPunct(e.after)
	switch {
	case isSpace(e.before):
		return false
	case isPunct(e.before) && !isCJK(e.before):
		return free || isCJK(e.after)
	case isOpening(e.before):
		return free
	}
	return true
}

// isCharacter says of a single "*" that it is one: a sign of multiplication, or alone in
// brackets.
func (e edges) isCharacter() bool {
	if e.mark != '*' || e.n != 1 {
		return false
	}
	return isLatin(e.before) && isLatin(e.after) && (e.lone || isDigit(e.before) || isDigit(e.after)) ||
		isOpening(e.before) && isClosing(e.after)
}

// isCounted reports what stands before the star of "5*" and "A*".
func (e edges) isCounted(r rune) bool { return isDigit(r) || e.lone && isLatin(r) }

// isLone says that the word before or behind a mark is a single letter.
func isLone(before, after []byte) bool {
	before, after = before[max(0, len(before)-2):], after[:min(2, len(after))]
	head := len(before) - len(bytes.TrimRightFunc(before, isLatin))
	tail := len(after) - len(bytes.TrimLeftFunc(after, isLatin))
	return head == 1 || tail == 1
}

func isSpace(r rune) bool { return util.IsSpaceRune(r) }
func isPunct(r rune) bool { return util.IsPunctRune(r) }
func isDigit(r rune) bool { return unicode.Is(unicode.Nd, r) }

// isLatin reports a letter or digit of words that are written with spaces, in ASCII.
func isLatin(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// isCJK reports a character of Chinese, Japanese or Korean, or of their punctuation.
func isCJK(r rune) bool {
	k := xwidth.LookupRune(r).Kind()
	return r != '\u3000' && (k == xwidth.EastAsianWide || k == xwidth.EastAsianFullwidth || k == xwidth.EastAsianHalfwidth)
}

// isOpening and isClosing report brackets and quotation marks; what ends a sentence
// closes, too.
func isOpening(r rune) bool { return unicode.In(r, unicode.Ps, unicode.Pi) }
func isClosing(r rune) bool {
	return unicode.In(r, unicode.Pe, unicode.Pf) || strings.ContainsRune("、。，．！？：；", r)
}

// escapedSpaces drops a space behind a backslash beside a mark, by which Markdown without
// the rule of [marks] is made to see an edge: \ **「重要」**\ なお知らせ. Elsewhere both
// are characters: D:\ を開く.
type escapedSpaces struct{}

// Trigger makes escapedSpaces a [parser.InlineParser].
func (escapedSpaces) Trigger() []byte { return []byte{'\\'} }

// Parse reads the two characters.
func (escapedSpaces) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	isMark := func(b byte) bool { return marks{}.IsDelimiter(b) }
	if len(line) < 3 || line[1] != ' ' || !isMark(line[2]) && (segment.Start == 0 || !isMark(block.Source()[segment.Start-1])) {
		return nil
	}
	block.Advance(2)
	return ast.NewString(nil)
}
