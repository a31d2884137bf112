package compose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"sync"
	"unicode/utf8"

	"example.jp/kairan/subscribe"
)

// scratch is what making a copy needs beside its own bytes. It goes back to its
// pool empty: no value of a reader waits there (RULES I-10).
type scratch struct {
	filling Filling
	kept    []byte // behind filling
	buf     []byte // behind the values
	values  []value
	units   []byte // of the transfer encoding
	mac     hash.Hash
	base32  *base32.Encoding
	id      subscribe.ID
	sum     [sha256.Size]byte
}

// value is what fills one blank, as octets of scratch.buf.
type value struct{ text, html span }

type span struct{ from, to int }

type scratchPool struct{ pool *sync.Pool }

func newScratchPool(key []byte) scratchPool {
	lower := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	return scratchPool{&sync.Pool{New: func() any {
		return &scratch{mac: hmac.New(sha256.New, key), base32: lower}
	}}}
}

func (p scratchPool) get() *scratch { return p.pool.Get().(*scratch) }

func (p scratchPool) put(sc *scratch) {
	clear(sc.kept)
	clear(sc.buf)
	clear(sc.units[:cap(sc.units)])
	fields := sc.filling.Fields
	clear(fields)
	sc.filling = Filling{Fields: fields[:0]}
	sc.kept, sc.buf, sc.values, sc.units = sc.kept[:0], sc.buf[:0], sc.values[:0], sc.units[:0]
	p.pool.Put(sc)
}

// keep copies s. What it returned before stays good.
func (sc *scratch) keep(s string) []byte {
	from := len(sc.kept)
	sc.kept = append(sc.kept, s...)
	return sc.kept[from:len(sc.kept):len(sc.kept)]
}

// fill makes the values of a copy, as [fill] does.
func (sc *scratch) fill(blanks []blank, f *Filling) {
	for _, b := range blanks {
		v := value{text: span{from: len(sc.buf)}}
		if given := f.given(b.field); len(given) > 0 {
			sc.buf = appendOneLine(sc.buf, given)
		} else {
			sc.buf = append(sc.buf, b.or...)
		}
		v.text.to = len(sc.buf)
		sc.buf = appendHTML(sc.buf, sc.buf[v.text.from:v.text.to])
		v.html = span{v.text.to, len(sc.buf)}
		sc.values = append(sc.values, v)
	}
}

func (f *Filling) given(field int) []byte {
	switch field {
	case blankLeave:
		return f.Leave
	case blankCorrect:
		return f.Correct
	}
	return f.field(field)
}

// value is the value of a blank in a body.
func (sc *scratch) value(blank int, html bool) []byte {
	v := sc.values[blank].text
	if html {
		v = sc.values[blank].html
	}
	return sc.buf[v.from:v.to]
}

// appendOneLine is strings.Map of oneLine, appending.
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
		dst = utf8.AppendRune(dst, oneLine(r))
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

// appendMessageID is [messageID], appending.
func (sc *scratch) appendMessageID(dst []byte, id subscribe.ID) []byte {
	sc.id = id // the hash would make a copy of the caller's escape
	sc.mac.Reset()
	sc.mac.Write(sc.id[:])
	return sc.base32.AppendEncode(dst, sc.mac.Sum(sc.sum[:0])[:20])
}
