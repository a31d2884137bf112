package issue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"slices"
	"unicode/utf8"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// Copy is one reader's copy in the making. A caller sets To and ID, and appends the
// rest to the empty slices that it finds; they stay the Copy's, so that the next one
// need not allocate.
type Copy struct {
	To      string // as [subscribe.Address.Envelope] writes it
	ID      subscribe.ID
	Leave   []byte   // the leave link (RFC 8058 §3.1)
	Correct []byte   // the correction link
	Fields  [][]byte // as shown, in the order of [Splicer.Fields]; empty: left blank

	splicer *Splicer
	values  []value // by the index of their fillers
	buf     []byte  // behind the values
	encoded []byte  // a value in the transfer encoding
	mac     hash.Hash
	base32  *base32.Encoding
	sum     [sha256.Size]byte
}

// value is what fills a slot, as octets of Copy.buf.
type value struct{ text, html span }

type span struct{ from, to int }

func newCopy(s *Splicer) *Copy {
	lower := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	return &Copy{splicer: s, Fields: make([][]byte, len(s.fields)), mac: hmac.New(sha256.New, s.compiled.Key), base32: lower}
}

// Append appends the copy to dst as it goes on the wire: dot-stuffed, and with the
// dot that ends it (RFC 5321 §4.5.2). It allocates nothing if dst has room. On an
// error, which is the one that [Compiled.Message] gives, dst is returned as it was.
func (c *Copy) Append(dst []byte) ([]byte, error) {
	if !isLink(c.Leave) || !isLink(c.Correct) {
		return dst, errLinks
	}
	if !isUsual(c.To) {
		return c.appendPlain(dst)
	}
	c.fill()
	dst = slices.Grow(dst, c.splicer.size)
	for i := range c.splicer.steps {
		st := &c.splicer.steps[i]
		dst = append(dst, st.literal...)
		switch st.then {
		case placeMessageID:
			dst = c.appendMessageID(dst)
		case placeUnsubscribe:
			dst = append(dst, c.Leave...)
		case placeTo:
			dst = appendTo(dst, c.To)
		case placeBody:
			dst = st.body.append(dst, c)
		}
	}
	return dst, nil
}

// End gives the copy back, empty: no value of a reader waits where the next copy
// begins.
func (c *Copy) End() {
	c.To, c.ID = "", subscribe.ID{}
	c.Leave, c.Correct, c.buf, c.encoded = wiped(c.Leave), wiped(c.Correct), wiped(c.buf), wiped(c.encoded)
	for i, f := range c.Fields {
		c.Fields[i] = wiped(f)
	}
	c.values = c.values[:0]
	c.splicer.copies.Put(c)
}

func wiped(b []byte) []byte {
	clear(b[:cap(b)])
	return b[:0]
}

// appendPlain makes the copy by the plain path: for addresses out of the common.
func (c *Copy) appendPlain(dst []byte) ([]byte, error) {
	m, err := c.splicer.compiled.plain(c.To, c.ID, string(c.Leave), string(c.Correct), func(id string) string {
		return string(c.Fields[slices.Index(c.splicer.fields, id)])
	})
	if err != nil {
		return dst, err
	}
	return deliver.Stuff(dst, m.Data)
}

// fill makes the values of the copy, as [slot.Fill] does.
func (c *Copy) fill() {
	c.values, c.buf = c.values[:0], c.buf[:0]
	for _, f := range c.splicer.fillers {
		v := value{text: span{from: len(c.buf)}}
		if given := c.given(f.field); len(given) > 0 {
			c.buf = appendOneLine(c.buf, given)
		} else {
			c.buf = append(c.buf, f.or...)
		}
		v.text.to = len(c.buf)
		c.buf = appendHTML(c.buf, c.buf[v.text.from:v.text.to])
		v.html = span{v.text.to, len(c.buf)}
		c.values = append(c.values, v)
	}
}

func (c *Copy) given(field int) []byte {
	switch field {
	case fillLeave:
		return c.Leave
	case fillCorrect:
		return c.Correct
	}
	return c.Fields[field]
}

// value is what fills a slot of a body.
func (c *Copy) value(filler int, inHTML bool) []byte {
	v := c.values[filler].text
	if inHTML {
		v = c.values[filler].html
	}
	return c.buf[v.from:v.to]
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

// appendMessageID is [messageID], appending.
func (c *Copy) appendMessageID(dst []byte) []byte {
	c.mac.Reset()
	c.mac.Write(c.ID[:])
	return c.base32.AppendEncode(dst, c.mac.Sum(c.sum[:0])[:20])
}
