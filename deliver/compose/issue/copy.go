package issue

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"slices"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// Copy is one reader's copy in the making. A caller sets ID, appends the rest to the empty
// slices that it finds, which stay the Copy's, so that the next one need not allocate, and
// then sets To, by [Copy.Address].
type Copy struct {
	To      string // as [subscribe.Address.Envelope] writes it
	ID      subscribe.ID
	Leave   []byte   // the leave link (RFC 8058 §3.1)
	Correct []byte   // the correction link
	Fields  [][]byte // as shown, in the order of [Splicer.Fields]; empty: left blank

	// What the addresses of an issue with a delimiter say, as [Personal] has it.
	Return, LeaveByMail []byte

	splicer *Splicer
	values  values
	room    []byte // for the envelope
	mac     hash.Hash
	base32  *base32.Encoding
	sum     [sha256.Size]byte
}

func newCopy(s *Splicer) *Copy {
	lower := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	return &Copy{splicer: s, Fields: make([][]byte, len(s.fields)), mac: hmac.New(sha256.New, s.compiled.Key), base32: lower}
}

// Address sets To, and returns the envelope; both addresses of it are one allocation.
func (c *Copy) Address(to subscribe.Address) deliver.Envelope {
	from := c.splicer.compiled.ReturnPath
	if c.splicer.compiled.Delimiter == "" {
		c.To = to.Envelope()
		return deliver.Envelope{From: from, To: c.To}
	}
	c.room = append(append(append(c.room[:0], c.splicer.before...), c.Return...), c.splicer.after...)
	n := len(c.room)
	c.room = to.AppendEnvelope(c.room)
	both := string(c.room)
	c.To = both[n:]
	return deliver.Envelope{From: both[:n], To: c.To}
}

// Append appends the copy to dst as it goes on the wire: dot-stuffed, and, unless the
// issue has a [Splicer.Tail], with the dot that ends it (RFC 5321 §4.5.2). It allocates
// nothing if dst has room and the subject has no slots. On an error, which is the one
// that [Compiled.Message] gives, dst is returned as it was.
func (c *Copy) Append(dst []byte) ([]byte, error) {
	if !isLink(c.Leave) || !isLink(c.Correct) {
		return dst, errLinks
	}
	if c.splicer.compiled.Delimiter != "" && (!isLink(c.Return) || !isLink(c.LeaveByMail)) {
		return dst, errReturns
	}
	if !isUsual(c.To) {
		return c.appendPlain(dst)
	}
	c.values.empty()
	for _, f := range c.splicer.fillers {
		c.values.add(c.given(f.field), f.or)
	}
	dst = slices.Grow(dst, c.splicer.size)
	for i := range c.splicer.steps {
		st := &c.splicer.steps[i]
		dst = append(dst, st.literal...)
		switch st.then {
		case placeMessageID:
			dst = c.appendMessageID(dst)
		case placeUnsubscribe:
			dst = append(dst, c.Leave...)
		case placeLeaveByMail:
			dst = append(append(append(dst, "mailto:"...), c.splicer.before...), c.LeaveByMail...)
			dst = append(append(dst, c.splicer.after...), leaveSubject...)
		case placeTo:
			dst = appendTo(dst, c.To)
		case placeSubject:
			dst = mime.AppendSubject(dst, c.splicer.compiled.subject(func(s slot.Segment) string { return cmp.Or(c.field(s.Slot), s.Or) }))
		case placeBody:
			dst = st.body.append(dst, &c.values)
		}
	}
	return dst, nil
}

// End gives the copy back, empty: no value of a reader waits where the next copy
// begins.
func (c *Copy) End() {
	c.To, c.ID = "", subscribe.ID{}
	c.Leave, c.Correct, c.Return, c.LeaveByMail, c.room = wiped(c.Leave), wiped(c.Correct), wiped(c.Return), wiped(c.LeaveByMail), wiped(c.room)
	for i, f := range c.Fields {
		c.Fields[i] = wiped(f)
	}
	c.values.wipe()
	c.splicer.copies.Put(c)
}

// appendPlain makes the copy by the plain path: for addresses out of the common.
func (c *Copy) appendPlain(dst []byte) ([]byte, error) {
	wire, err := c.stuffed(c.splicer.compiled)
	if err != nil {
		return dst, err
	}
	if c.splicer.tail == nil {
		return append(dst, wire...), nil
	}
	head, ok := bytes.CutSuffix(wire, c.splicer.behind)
	if !ok {
		return dst, errSplice
	}
	return append(dst, head...), nil
}

// stuffed makes the copy by the plain path of an issue.
func (c *Copy) stuffed(of *Compiled) ([]byte, error) {
	m, err := of.plain(personal{c.To, c.ID, string(c.Leave), string(c.Correct), string(c.Return), string(c.LeaveByMail), c.field})
	if err != nil {
		return nil, err
	}
	return deliver.Stuff(nil, m.Data)
}

// field is what a caller gave for a field.
func (c *Copy) field(id string) string { return string(c.Fields[slices.Index(c.splicer.fields, id)]) }

// given is what a caller gave for a field, or for one of the links.
func (c *Copy) given(field int) []byte {
	switch field {
	case fillLeave:
		return c.Leave
	case fillCorrect:
		return c.Correct
	}
	return c.Fields[field]
}

// appendMessageID is [messageID], appending.
func (c *Copy) appendMessageID(dst []byte) []byte {
	c.mac.Reset()
	c.mac.Write(c.ID[:])
	return c.base32.AppendEncode(dst, c.mac.Sum(c.sum[:0])[:20])
}
