package issue

import (
	"unicode/utf8"

	"example.jp/kairan/deliver/compose/slot"
)

// values are what fills the slots of one copy, each as text and escaped for HTML.
type values struct {
	all     []value // by the index of their fillers
	buf     []byte  // behind all
	encoded []byte  // one of them in a transfer encoding
}

// value is one of them, as octets of values.buf.
type value struct{ text, html span }

type span struct{ from, to int }

// add makes the next value as [slot.Fill] does: what was given, or else or, which is
// on one line.
func (vs *values) add(given []byte, or string) {
	v := value{text: span{from: len(vs.buf)}}
	if len(given) > 0 {
		vs.buf = appendOneLine(vs.buf, given)
	} else {
		vs.buf = append(vs.buf, or...)
	}
	v.text.to = len(vs.buf)
	vs.buf = appendHTML(vs.buf, vs.buf[v.text.from:v.text.to])
	v.html = span{v.text.to, len(vs.buf)}
	vs.all = append(vs.all, v)
}

// of is the value of a filler.
func (vs *values) of(filler int, inHTML bool) []byte {
	v := vs.all[filler].text
	if inHTML {
		v = vs.all[filler].html
	}
	return vs.buf[v.from:v.to]
}

func (vs *values) empty() { vs.all, vs.buf = vs.all[:0], vs.buf[:0] }

// wipe empties the values, and leaves nothing of them in memory.
func (vs *values) wipe() { vs.all, vs.buf, vs.encoded = vs.all[:0], wiped(vs.buf), wiped(vs.encoded) }

func wiped(b []byte) []byte {
	clear(b[:cap(b)])
	return b[:0]
}

// appendOneLine is strings.Map of [slot.OneLine], appending.
func appendOneLine(dst, s []byte) []byte {
	for i, b := range s {
		if b < ' ' || b > '~' {
			return appendMapped(append(dst, s[:i]...), s[i:])
		}
	}
	return append(dst, s...)
}

func appendMapped(dst, s []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		dst = utf8.AppendRune(dst, slot.OneLine(r))
		s = s[size:]
	}
	return dst
}

// appendHTML is html.EscapeString, appending.
func appendHTML(dst, s []byte) []byte {
	done := 0
	for i, b := range s {
		escape := ""
		switch b {
		case '&':
			escape = "&amp;"
		case '\'':
			escape = "&#39;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		default:
			continue
		}
		dst = append(append(dst, s[done:i]...), escape...)
		done = i + 1
	}
	return append(dst, s[done:]...)
}
