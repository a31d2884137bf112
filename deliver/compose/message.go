package compose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/wneessen/go-mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Personal is what differs from reader to reader.
type Personal struct {
	To         subscribe.Address
	ID         subscribe.ID
	Fields     map[string]string // by id, as shown: see [subscribe.Field.Show]
	LeaveURL   string            // opaque, one per reader (RULES B-05)
	CorrectURL string
}

var errLinks = errors.New("compose: a copy needs its leave and its correction link; none is sent without")

// Message makes one reader's copy: the same bytes for the same reader, whenever
// it is made.
func (c *Compiled) Message(p Personal) (deliver.Message, error) {
	return c.plain(p.To.Envelope(), p.ID, p.LeaveURL, p.CorrectURL, func(id string) string { return p.Fields[id] })
}

// plain is go-mail's plain path, by which every other way to make a copy is
// measured.
func (c *Compiled) plain(to string, id subscribe.ID, leave, correct string, field func(id string) string) (deliver.Message, error) {
	if !linkable(leave) || !linkable(correct) {
		return deliver.Message{}, errLinks
	}
	value := func(s segment) string {
		switch s.Slot {
		case slotLeave:
			return leave
		case slotCorrect:
			return correct
		}
		if v := field(s.Slot); v != "" {
			return v
		}
		return s.Or
	}
	l := c.letter(to, c.form.Subject, messageID(c.form.Key, id[:]),
		fill(c.form.Text.Segments, value, plainValue), fill(c.form.HTML.Segments, value, htmlValue))
	l.unsubscribe = leave
	return l.message()
}

// Test makes a tester's copy: marked in subject and bodies, with sample values,
// and with nothing in it that could act.
func (c *Compiled) Test(set *templates.Set, to subscribe.Address) (deliver.Message, error) {
	id := messageID(c.form.Key, []byte("test\x00"+to.Identity()))
	subject := set.Say(string(c.form.Lang), "issue.test", map[string]any{"Subject": c.form.Subject})
	return c.letter(to.Envelope(), subject, id, c.form.TrialText, c.form.TrialHTML).message()
}

// Preview returns both bodies as a tester sees them, line ends CRLF.
func (c *Compiled) Preview() (html, text string) { return c.form.TrialHTML, c.form.TrialText }

func (c *Compiled) letter(to, subject, id, text, html string) letter {
	f := c.form
	return letter{
		returnPath: f.ReturnPath, to: to, from: f.From, fromName: f.FromName, replyTo: f.ReplyTo,
		subject: subject, messageID: id + "@" + f.FromDomain, date: f.Date, boundary: f.Boundary,
		headers: append([]header{}, f.Headers...),
		bodies: []body{
			{mail.TypeTextPlain, f.Text.Encoding, text},
			{mail.TypeTextHTML, f.HTML.Encoding, html},
		},
	}
}

// messageID is the left side of a Message-ID: stable for the reader, and saying
// nothing about one (RULES A-28).
func messageID(key, of []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write(of)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20]))
}

// linkable reports a URL that can stand between angle brackets.
func linkable[T string | []byte](link T) bool {
	for i := range len(link) {
		if b := link[i]; b <= ' ' || b > '~' || b == '<' || b == '>' || b == '"' {
			return false
		}
	}
	return len(link) > 0
}
