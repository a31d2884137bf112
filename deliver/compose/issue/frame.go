package issue

import (
	"bytes"
	"crypto/rand"
	"slices"
)

// step is literal bytes of a message and what comes after them.
type step struct {
	literal []byte
	then    place
	body    body // of placeBody
}

// place is where copies differ in a message: its bodies, and these headers.
type place uint8

const (
	placeNone place = iota
	placeMessageID
	placeUnsubscribe
	placeLeaveByMail // of an issue with a delimiter
	placeTo
	placeSubject // of a subject with slots
	placeBody
)

// body is a body in its transfer encoding, with slots. It appends itself as it goes
// over the wire: no line of Base64 begins with a dot, and quoted-printable has them
// doubled.
type body interface {
	append(dst []byte, vs *values) []byte
}

// frame is the message with empty bodies, and marks in its places. Each mark is as
// long as what it stands for where that decides how a line is folded.
func (c *Compiled) frame() (data []byte, marks map[place]string, err error) {
	id, to, leave := rand.Text(), rand.Text()+"@example.com", "https://example.com/"+rand.Text()
	marks = map[place]string{placeMessageID: id, placeTo: " <" + to + ">", placeUnsubscribe: leave}
	subject := c.Subject
	if len(c.SubjectSegments) > 0 {
		subject = rand.Text()
		marks[placeSubject] = subject
	}
	m := c.mail(to, subject, id, "", "")
	m.Unsubscribe = leave
	if c.Delimiter != "" {
		marks[placeLeaveByMail] = "mailto:" + rand.Text()
		m.LeaveByMail = marks[placeLeaveByMail]
	}
	written, err := m.Write()
	return written.Data, marks, err
}

// framed is a body and how deep it lies: how many heads of multiparts stand before its
// own, within the last one's.
type framed struct {
	body
	deep int
}

// cutFrame cuts a frame at its marks and at its empty bodies. What stands behind the last
// one is returned as it goes over the wire, to its end. It returns nil for a frame that
// does not look as expected.
func cutFrame(frame []byte, marks map[place]string, bodies ...framed) (steps []step, end []byte) {
	head, rest, ok := bytes.Cut(frame, []byte("\r\n\r\n"))
	if !ok {
		return nil, nil
	}
	for len(marks) > 0 {
		first, then := len(head), placeNone
		for p, mark := range marks {
			if at := bytes.Index(head, []byte(mark)); at >= 0 && at < first {
				first, then = at, p
			}
		}
		if then == placeNone {
			return nil, nil
		}
		steps = append(steps, step{literal: bytes.Clone(head[:first]), then: then})
		head = head[first+len(marks[then]):]
		delete(marks, then)
	}
	literal := append(bytes.Clone(head), "\r\n\r\n"...)
	for _, b := range bodies {
		for range b.deep + 1 {
			head, rest, ok = bytes.Cut(rest, []byte("\r\n\r\n"))
			if !ok {
				return nil, nil
			}
			literal = slices.Concat(literal, head, []byte("\r\n\r\n"))
		}
		steps = append(steps, step{literal: literal, then: placeBody, body: b.body})
		literal = nil
	}
	return steps, append(bytes.Clone(rest), ".\r\n"...)
}
