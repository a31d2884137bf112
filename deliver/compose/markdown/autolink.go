package markdown

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"example.jp/kairan/deliver/compose/finding"
)

// bare is a URL or an address that stands in a text without any mark.
type bare struct {
	ast.BaseInline

	segment text.Segment
	mail    bool
	sure    bool // where it ends
	back    int  // octets of it before its middle
}

var kindBare = ast.NewNodeKind("Bare")

// Kind makes bare an [ast.Node].
func (b *bare) Kind() ast.NodeKind { return kindBare }

// Dump likewise.
func (b *bare) Dump(source []byte, level int) { ast.DumpHelper(b, source, level, nil, nil) }

// bares finds them, behind whatever character: goldmark's own way wants a space before a
// URL, and Japanese has none. What tells one is in its middle: "://", "www." or "@".
type bares struct{}

// Trigger makes bares a [parser.InlineParser].
func (bares) Trigger() []byte { return []byte{':', '.', '@'} }

// Parse looks back from the middle to the beginning, and on to the end.
func (bares) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	n, end := findBare(before(parent, segment.Start, block.Source()), line, pc.IsInLinkLabel())
	if n == nil {
		return nil
	}
	start := segment.Start - n.back
	n.segment = text.NewSegment(start, segment.Start+end)
	n.SetPos(start)
	takeBack(parent, start, pc)
	block.Advance(end)
	return n
}

// findBare finds a URL or an address of which a line has the middle, and what follows, and
// before the beginning. It ends at end in the line.
func findBare(before string, line []byte, inLabel bool) (n *bare, end int) {
	if line[0] == '@' {
		at := addressStart(before)
		if at < 0 {
			return nil, 0
		}
		end := hostEnd(token(line[1:], " \t\n<@"))
		if end == 0 || bytes.HasPrefix(line[1+end:], []byte("@")) {
			return nil, 0
		}
		return &bare{mail: true, sure: true, back: len(before) - at}, 1 + end
	}
	back := 0
	if bytes.HasPrefix(line, []byte("://")) {
		back = behindWord(before, "https", "http", "ftp")
	} else if line[0] == '.' {
		back = behindWord(before, "www")
	}
	if back == 0 {
		return nil, 0
	}
	last, _ := utf8.DecodeLastRuneInString(before[:len(before)-back])
	free := last == utf8.RuneError || isSpace(last) || isPunct(last)
	end, sure := urlEnd(before[len(before)-back:]+token(line, " \t\n<"), free, inLabel)
	if end <= back {
		return nil, 0
	}
	return &bare{sure: sure && end < maxBare, back: back}, end - back
}

// maxBare is more than a bare URL may have in octets.
const maxBare = 4000

// token is what a line begins with, up to one of the characters in ends.
func token(line []byte, ends string) string {
	line = line[:min(len(line), maxBare)]
	if i := bytes.IndexAny(line, ends); i >= 0 {
		line = line[:i]
	}
	return string(line)
}

// maxBefore is how far a URL or an address may reach back from its middle, in octets, with
// the character before it: the local part of an address has 64 (RFC 5321 §4.5.3.1.1).
const maxBefore = 80

// before is the text that stands directly before a place, as far as it may belong to a URL
// or an address.
func before(parent ast.Node, at int, source []byte) string {
	start := at
	for n := parent.LastChild(); n != nil && at-start < maxBefore; n = n.PreviousSibling() {
		switch n := n.(type) {
		case *ast.Text:
			if n.Segment.Stop == start && !n.SoftLineBreak() && !n.HardLineBreak() {
				start = n.Segment.Start
				continue
			}
		case *parser.Delimiter:
			if n.Segment.Stop == start && n.Char == '_' {
				start = n.Segment.Start
				continue
			}
		}
		break
	}
	start = max(start, at-maxBefore)
	for start < at && !utf8.RuneStart(source[start]) {
		start++
	}
	return string(source[start:at])
}

// behindWord is the length of the word that a text ends with, 0 if it is none of these or
// part of a longer one.
func behindWord(s string, words ...string) int {
	for _, w := range words {
		if len(s) >= len(w) && strings.EqualFold(s[len(s)-len(w):], w) {
			r, _ := utf8.DecodeLastRuneInString(s[:len(s)-len(w)])
			if isLatin(r) || w == "www" && strings.ContainsRune("./@-_", r) {
				return 0
			}
			return len(w)
		}
	}
	return 0
}

// takeBack takes the text from a place on out of a node again.
func takeBack(parent ast.Node, start int, pc parser.Context) {
	for {
		switch n := parent.LastChild().(type) {
		case *parser.Delimiter:
			if n.Segment.Start < start {
				return
			}
			pc.RemoveDelimiter(n) // makes it text
		case *ast.Text:
			if n.Segment.Start < start {
				n.Segment.Stop = min(n.Segment.Stop, start)
				return
			}
			parent.RemoveChild(parent, n)
		default:
			return
		}
	}
}

// linkBares makes links of the bare ones, and of those in pointed brackets, but within
// links and the words of pictures, where they are text.
func (m markdown) linkBares(doc ast.Node) {
	var found []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if k := n.Kind(); entering && (k == kindBare || k == ast.KindAutoLink) {
			found = append(found, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range found {
		words, dest := m.bareParts(n)
		if isInLink(n) {
			n.Parent().ReplaceChild(n.Parent(), n, words)
			continue
		}
		if b, ok := n.(*bare); ok && !b.sure {
			m.found.Warn(m.line(n), "link-end", "it is not sure where the address %q ends, which is a link as it stands here; put a space behind it, or write the whole in pointed brackets: <https://…>",
				finding.Clip(dest))
		}
		link := ast.NewLink()
		link.SetPos(n.Pos())
		link.Destination = []byte(dest)
		link.SetAttributeString(asWritten, true)
		link.AppendChild(link, words)
		n.Parent().ReplaceChild(n.Parent(), n, link)
	}
}

// asWritten is the attribute of links whose destination has no escapes of Markdown: true
// where it is what readers see.
const asWritten = "as-written"

func (m markdown) bareParts(n ast.Node) (words *ast.Text, dest string) {
	switch n := n.(type) {
	case *bare:
		words, dest = ast.NewRawTextSegment(n.segment), string(n.segment.Value(m.source))
		if n.mail {
			dest = "mailto:" + dest
		} else if !urlScheme.MatchString(dest) {
			dest = "https://" + dest
		}
	case *ast.AutoLink:
		label := n.Label(m.source)
		dest = string(label)
		words = ast.NewRawTextSegment(text.NewSegment(n.Pos()+1, n.Pos()+1+len(label)))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(dest), "mailto:") {
			dest = "mailto:" + dest
		}
	}
	return words, dest
}

func isInLink(n ast.Node) bool {
	for p := n.Parent(); p != nil && p.Type() == ast.TypeInline; p = p.Parent() {
		if p.Kind() == ast.KindLink || p.Kind() == ast.KindImage {
			return true
		}
	}
	return false
}
