package mime

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/slot"
)

// Message is one message, ready to be written.
type Message struct {
	ReturnPath, To     string // of the envelope; To is a header too
	From, FromName     string
	ReplyTo            string // "": none
	Subject, MessageID string
	Date               time.Time
	Boundary           string // between two parts, at most 70 characters; "": drawn at random
	Headers            []Header
	Unsubscribe        string // the leave link; "": none
	LeaveByMail        string // beside it, a mailto: URL (RFC 2369 §3.2); "": none
	Text               Part
	HTML               Part // its zero value: there is none
	// Files travel with it: pictures that the HTML shows, and attachments. Such a message
	// has both parts, and its boundary is given.
	Files []File
}

// Header is one header field, its value ready for the wire but for folding.
type Header struct{ Name, Value string }

// Part is one part of a message, its content with CRLF line ends.
type Part struct {
	Encoding string // Base64 or QuotedPrintable
	Content  string
}

var errHeader = errors.New("a header value has a line break or another control character in it; correct the list's declaration")

// Write writes the message. Its errors name no address.
func (m Message) Write() (deliver.Message, error) {
	if err := m.check(); err != nil {
		return deliver.Message{}, err
	}
	msg := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingB64),
		mail.WithBoundary(m.Boundary), mail.WithNoDefaultUserAgent())
	// FromFormat would write the name as long Q words cut through characters.
	msg.SetGenHeader(mail.Header(mail.HeaderFrom), strings.TrimSpace(Phrase(m.FromName)+" <"+m.From+">"))
	// go-mail's errors repeat the address, so they stay here.
	if m.ReplyTo != "" && msg.ReplyTo(m.ReplyTo) != nil {
		return deliver.Message{}, errors.New("the Reply-To address of the list cannot be written into a header; correct its declaration")
	}
	if msg.To(m.To) != nil {
		return deliver.Message{}, errors.New("a reader's address cannot be written into a header")
	}
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader(mail.HeaderSubject, encodeText(m.Subject))
	for _, h := range m.Headers {
		msg.SetGenHeader(mail.Header(h.Name), h.Value)
	}
	if m.Unsubscribe != "" { // RFC 8058 §3.1
		// Preformatted, or go-mail would fold before a long link and leave the
		// first line blank. Only one header may be so: go-mail writes several in
		// random order. The link goes first: a program that knows both takes it.
		targets := "<" + m.Unsubscribe + ">"
		if m.LeaveByMail != "" {
			targets += ",\r\n <" + m.LeaveByMail + ">"
		}
		msg.SetGenHeaderPreformatted(mail.HeaderListUnsubscribe, targets)
		msg.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(mail.TypeTextPlain, m.Text.Content, mail.WithPartEncoding(mail.Encoding(m.Text.Encoding)))
	if m.HTML != (Part{}) { // the plainest first (RFC 2046 §5.1.4)
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML.Content, mail.WithPartEncoding(mail.Encoding(m.HTML.Encoding)))
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return deliver.Message{}, errors.New("the mail library could not write the message")
	}
	data := out.Bytes()
	if len(m.Files) > 0 {
		var err error
		if data, err = m.enclose(data); err != nil {
			return deliver.Message{}, err
		}
	}
	return deliver.Message{Envelope: deliver.Envelope{From: m.ReturnPath, To: m.To}, Data: data}, nil
}

// check refuses what could add or break a header. It goes before go-mail, whose own
// care differs from header to header.
func (m Message) check() error {
	values := []string{m.ReturnPath, m.To, m.From, m.FromName, m.ReplyTo, m.Subject, m.MessageID, m.Boundary, m.Unsubscribe, m.LeaveByMail}
	for _, h := range m.Headers {
		values = append(values, h.Name, h.Value)
		if strings.ContainsFunc(h.Value, func(r rune) bool { return r > '~' }) {
			return fmt.Errorf("the header %s would not be ASCII; correct the list's declaration", h.Name)
		}
	}
	for _, f := range m.Files {
		values = append(values, f.Name, f.Type, f.ID)
	}
	for _, v := range values {
		if strings.ContainsFunc(v, slot.IsControl) {
			return errHeader
		}
	}
	if m.To == "" {
		return errors.New("a message without a recipient")
	}
	return nil
}
