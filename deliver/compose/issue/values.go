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

// value is one of them, as octets of values.buf, which are the same where nothing needs an
// escape.
type value struct {
	text, html span
	as         octets // what its octets may be
}

// octets says what some octets may be. Links and nearly all names need no escape, and one
// look at each octet tells it.
type octets uint8

const (
	notOneLine octets = 1 << iota // not printable ASCII: [slot.OneLine] decides
	notHTML                       // HTML has an escape for it
	notQuoted                     // quoted-printable has one
	notLink                       // it cannot stand in a URL between angle brackets
)

// octetsOf has what each octet is.
var octetsOf = func() (all [256]octets) {
	for i := range all {
		b := byte(i)
		if b < ' ' || b > '~' {
			all[i] |= notOneLine | notLink
			if b != '\t' {
				all[i] |= notQuoted
			}
		}
		switch b {
		case '&', '\'':
			all[i] |= notHTML
		case '<', '>', '"':
			all[i] |= notHTML | notLink
		case '=':
			all[i] |= notQuoted
		case ' ':
			all[i] |= notLink
		}
	}
	return all
}()

func lookAt[T string | []byte](s T) (as octets) {
	for i := range len(s) {
		as |= octetsOf[s[i]]
	}
	return as
}

type span struct{ from, to int }

// add makes the next value as [slot.Fill] does: what was given, or else or, which is
// on one line.
func (vs *values) add(given []byte, or string) {
	v := value{text: span{from: len(vs.buf)}}
	if len(given) == 0 {
		v.as = lookAt(or)
		vs.buf = append(vs.buf, or...)
	} else if v.as = lookAt(given); v.as&notOneLine == 0 {
		vs.buf = append(vs.buf, given...)
	} else {
		vs.buf = appendMapped(vs.buf, given)
	}
	v.text.to = len(vs.buf)
	v.html = v.text
	if v.as&notHTML != 0 {
		vs.buf = appendHTML(vs.buf, vs.buf[v.text.from:v.text.to])
		v.html = span{v.text.to, len(vs.buf)}
	}
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

// quoted is the value of a filler as quoted-printable.
func (vs *values) quoted(filler int, inHTML bool) []byte {
	v := vs.of(filler, inHTML)
	if vs.all[filler].as&notQuoted == 0 {
		return v
	}
	vs.encoded = appendQuoted(vs.encoded[:0], v, false)
	return vs.encoded
}

func (vs *values) empty() { vs.all, vs.buf = vs.all[:0], vs.buf[:0] }

// wipe empties the values, and leaves nothing of them in memory.
func (vs *values) wipe() { vs.all, vs.buf, vs.encoded = vs.all[:0], wiped(vs.buf), wiped(vs.encoded) }

func wiped(b []byte) []byte {
	clear(b[:cap(b)])
	return b[:0]
}

// appendMapped is strings.Map of [slot.OneLine], appending.
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
