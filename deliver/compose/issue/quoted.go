package issue

import (
	"strings"

	"example.jp/kairan/deliver/compose/slot"
)

// quotedRoom is how much text a quoted-printable line carries beside the "="
// of a soft line break.
const quotedRoom = lineOctets - 1

// quotedBody is a quoted-printable body, as mime/quotedprintable lays it out.
// Where its soft line breaks fall depends on the slots before them, but only up
// to the next hard line break: from there on a literal is the same in every
// copy, dots stuffed.
type quotedBody struct {
	segments []quotedSegment
	inHTML   bool
}

type quotedSegment struct {
	filler int    // what fills the slot; -1: a literal
	head   []byte // the literal up to its first hard line break: encoded, to be folded
	hard   bool   // there is one
	tail   []byte // from that line break on, ready
	col    int    // octets on the line that tail leaves
}

func newQuotedBody(segments []slot.Segment, filler func(slot.Segment) int, inHTML bool) *quotedBody {
	p := &quotedBody{inHTML: inHTML}
	for _, s := range segments {
		out := quotedSegment{filler: filler(s)}
		var l quotedLines
		for i, line := range breaks(s.Lit) {
			if i == 0 {
				out.head, out.hard = appendQuoted(nil, line.text, line.hard), line.hard
			} else {
				l.fold(appendQuoted(nil, line.text, line.hard))
			}
			if line.hard {
				l.dst = append(l.dst, "\r\n"...)
				l.col = 0
			}
		}
		out.tail, out.col = l.dst, l.col
		p.segments = append(p.segments, out)
	}
	return p
}

type quotedLine struct {
	text string
	hard bool // a line break follows
}

// breaks cuts a text at its line breaks of any kind.
func breaks(s string) (lines []quotedLine) {
	for {
		at := strings.IndexAny(s, "\r\n")
		if at < 0 {
			return append(lines, quotedLine{s, false})
		}
		lines = append(lines, quotedLine{s[:at], true})
		if strings.HasPrefix(s[at:], "\r\n") {
			at++
		}
		s = s[at+1:]
	}
}

// appendQuoted encodes text without line breaks. A space at the end of a line
// is encoded, as some relays take it away.
func appendQuoted[T string | []byte](dst []byte, text T, hard bool) []byte {
	const hex = "0123456789ABCDEF"
	done := 0
	for i := range len(text) {
		b := text[i]
		if b >= ' ' && b <= '~' && b != '=' || b == '\t' {
			if b > ' ' || !hard || i < len(text)-1 {
				continue
			}
		}
		dst = append(append(dst, text[done:i]...), '=', hex[b>>4], hex[b&0xf])
		done = i + 1
	}
	return append(dst, text[done:]...)
}

// quotedLines is a body as it grows.
type quotedLines struct {
	dst []byte
	col int // octets on the line, stuffed dots not counted
}

func (p *quotedBody) append(dst []byte, vs *values) []byte {
	l := quotedLines{dst: dst}
	for i := range p.segments {
		s := &p.segments[i]
		if s.filler >= 0 {
			l.fold(vs.quoted(s.filler, p.inHTML))
			continue
		}
		l.fold(s.head)
		if s.hard {
			l.end()
			l.dst = append(l.dst, s.tail...)
			l.col = s.col
		}
	}
	l.end()
	return l.dst
}

// fold appends encoded text, breaking lines softly.
func (l *quotedLines) fold(units []byte) {
	for len(units) > 0 {
		room := quotedRoom - l.col
		n := len(units)
		if n > room {
			n = room
			// An escape is not cut.
			if n >= 1 && units[n-1] == '=' {
				n--
			} else if n >= 2 && units[n-2] == '=' {
				n -= 2
			}
		}
		if l.col == 0 && units[0] == '.' {
			l.dst = append(l.dst, '.')
		}
		l.dst = append(l.dst, units[:n]...)
		l.col += n
		if units = units[n:]; len(units) > 0 {
			l.dst = append(l.dst, "=\r\n"...)
			l.col = 0
		}
	}
}

// end encodes a space at the end of a line that was not known to end there.
func (l *quotedLines) end() {
	if l.col == 0 {
		return
	}
	last := l.dst[len(l.dst)-1]
	if last != ' ' && last != '\t' {
		return
	}
	l.dst = l.dst[:len(l.dst)-1]
	l.col--
	if last == ' ' {
		l.fold([]byte("=20"))
	} else {
		l.fold([]byte("=09"))
	}
}
