package compose

import (
	"encoding/base64"
	"slices"
)

// lineOctets is the length of an encoded line, in both transfer encodings.
const lineOctets = 76

// base64Part is a base64 body. What stands after a slot may begin at any of the
// three places of a group, so each literal is encoded for all three; only the
// line breaks are made per copy.
type base64Part struct {
	pieces []base64Piece
	html   bool
}

type base64Piece struct {
	blank int // -1: a literal
	head  []byte
	// whole[n] are the whole groups of the literal after its first n octets,
	// rest[n] what is left behind them.
	whole [3][]byte
	rest  [3][]byte
}

func newBase64Part(pieces []piece, html bool) *base64Part {
	p := &base64Part{html: html}
	for _, pc := range pieces {
		out := base64Piece{blank: pc.blank, head: []byte(pc.literal)}
		for n := range min(len(out.whole), len(out.head)+1) {
			end := len(out.head) - (len(out.head)-n)%3
			out.whole[n] = base64.StdEncoding.AppendEncode(nil, out.head[n:end])
			out.rest[n] = out.head[end:]
		}
		out.head = out.head[:min(len(out.head), 2)]
		p.pieces = append(p.pieces, out)
	}
	return p
}

// base64Lines is a body as it grows.
type base64Lines struct {
	dst   []byte
	col   int // octets on the line, always whole groups
	carry [3]byte
	n     int // octets in carry, at most 2 between pieces
}

func (p *base64Part) append(dst []byte, values *scratch) []byte {
	l := base64Lines{dst: dst}
	for i := range p.pieces {
		pc := &p.pieces[i]
		if pc.blank < 0 {
			n := l.complete(pc.head)
			l.lines(pc.whole[n])
			l.keep(pc.rest[n])
			continue
		}
		v := values.value(pc.blank, p.html)
		v = v[l.complete(v):]
		whole := len(v) - len(v)%3
		values.units = base64.StdEncoding.AppendEncode(values.units[:0], v[:whole])
		l.lines(values.units)
		l.keep(v[whole:])
	}
	if l.n > 0 {
		l.group()
	}
	if l.col > 0 {
		l.dst = append(l.dst, "\r\n"...)
	}
	return l.dst
}

// complete fills the group that has been begun and returns how many octets of
// next it took, at most 2.
func (l *base64Lines) complete(next []byte) int {
	if l.n == 0 {
		return 0
	}
	took := copy(l.carry[l.n:], next)
	if l.n += took; l.n == 3 {
		l.group()
	}
	return took
}

func (l *base64Lines) keep(rest []byte) { l.n += copy(l.carry[l.n:], rest) }

func (l *base64Lines) group() {
	var out [4]byte
	base64.StdEncoding.Encode(out[:], l.carry[:l.n])
	l.n = 0
	l.lines(out[:])
}

// lines appends whole groups, ending each line that is full.
func (l *base64Lines) lines(src []byte) {
	dst := slices.Grow(l.dst, len(src)+2*(len(src)/lineOctets+2))
	if room := lineOctets - l.col; l.col > 0 && len(src) >= room {
		dst = append(append(dst, src[:room]...), "\r\n"...)
		src, l.col = src[room:], 0
	}
	if l.col == 0 {
		at := len(dst)
		dst = dst[:cap(dst)]
		for ; len(src) >= lineOctets; src = src[lineOctets:] {
			// An array is copied without a call.
			line := (*[lineOctets + 2]byte)(dst[at:])
			*(*[lineOctets]byte)(line[:]) = *(*[lineOctets]byte)(src)
			line[lineOctets], line[lineOctets+1] = '\r', '\n'
			at += len(line)
		}
		dst = dst[:at]
	}
	l.dst = append(dst, src...)
	l.col += len(src)
}
