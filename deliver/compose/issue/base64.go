package issue

import (
	"encoding/base64"
	"slices"

	"example.jp/kairan/deliver/compose/slot"
)

// lineOctets is the length of an encoded line, in both transfer encodings.
const lineOctets = 76

// base64Body is a base64 body. What stands after a slot may begin at any of the
// three places of a group, so each literal is encoded for all three; only the
// line breaks are made per copy.
type base64Body struct {
	segments []base64Segment
	inHTML   bool
}

type base64Segment struct {
	filler int // what fills the slot; -1: a literal
	head   []byte
	// whole[n] are the whole groups of the literal after its first n octets,
	// rest[n] what is left behind them.
	whole [3][]byte
	rest  [3][]byte
}

func newBase64Body(segments []slot.Segment, filler func(slot.Segment) int, inHTML bool) *base64Body {
	p := &base64Body{inHTML: inHTML}
	for _, s := range segments {
		out := base64Segment{filler: filler(s), head: []byte(s.Lit)}
		for n := range min(len(out.whole), len(out.head)+1) {
			end := len(out.head) - (len(out.head)-n)%3
			out.whole[n] = base64.StdEncoding.AppendEncode(nil, out.head[n:end])
			out.rest[n] = out.head[end:]
		}
		out.head = out.head[:min(len(out.head), 2)]
		p.segments = append(p.segments, out)
	}
	return p
}

// base64Lines is a body as it grows.
type base64Lines struct {
	dst   []byte
	col   int // octets on the line, always whole groups
	carry [3]byte
	n     int // octets in carry, at most 2 between segments
}

func (p *base64Body) append(dst []byte, vs *values) []byte {
	l := base64Lines{dst: dst}
	for i := range p.segments {
		s := &p.segments[i]
		if s.filler < 0 {
			n := l.complete(s.head)
			l.lines(s.whole[n])
			l.keep(s.rest[n])
			continue
		}
		v := vs.of(s.filler, p.inHTML)
		v = v[l.complete(v):]
		whole := len(v) - len(v)%3
		vs.encoded = base64.StdEncoding.AppendEncode(vs.encoded[:0], v[:whole])
		l.lines(vs.encoded)
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
func (l *base64Lines) lines(f []byte) {
	dst := slices.Grow(l.dst, len(f)+2*(len(f)/lineOctets+2))
	if room := lineOctets - l.col; l.col > 0 && len(f) >= room {
		dst = append(append(dst, f[:room]...), "\r\n"...)
		f, l.col = f[room:], 0
	}
	if l.col == 0 {
		at := len(dst)
		dst = dst[:cap(dst)]
		for ; len(f) >= lineOctets; f = f[lineOctets:] {
			// An array is copied without a call.
			line := (*[lineOctets + 2]byte)(dst[at:])
			*(*[lineOctets]byte)(line[:]) = *(*[lineOctets]byte)(f)
			line[lineOctets], line[lineOctets+1] = '\r', '\n'
			at += len(line)
		}
		dst = dst[:at]
	}
	l.dst = append(dst, f...)
	l.col += len(f)
}
