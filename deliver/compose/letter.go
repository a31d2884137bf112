package compose

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// header is one header field, its value ready for the wire but for folding.
type header struct{ Name, Value string }

// body is one part of a letter, with CRLF line ends.
type body struct {
	kind     mail.ContentType
	encoding string // transfer encoding
	content  string
}

// letter is one message, ready to be written.
type letter struct {
	returnPath, to     string
	from, fromName     string
	replyTo            string // "": none
	subject, messageID string
	date               time.Time
	boundary           string // of more than one body
	headers            []header
	unsubscribe        string // the leave link; "": none
	bodies             []body // the plainest first (RULES A-07)
}

var errHeader = errors.New("compose: a header value has a line break or another control character in it; correct the list's declaration")

// message writes the letter by go-mail's plain path.
func (l letter) message() (deliver.Message, error) {
	if err := l.safe(); err != nil {
		return deliver.Message{}, err
	}
	m := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingB64),
		mail.WithBoundary(l.boundary), mail.WithNoDefaultUserAgent())
	// FromFormat would write the name as long Q words cut through characters.
	m.SetGenHeader(mail.Header(mail.HeaderFrom), strings.TrimSpace(phrase(l.fromName)+" <"+l.from+">"))
	// go-mail's errors repeat the address, so they stay here.
	if l.replyTo != "" && m.ReplyTo(l.replyTo) != nil {
		return deliver.Message{}, errors.New("compose: the Reply-To address of the list cannot be written into a header; correct its declaration")
	}
	if m.To(l.to) != nil {
		return deliver.Message{}, errors.New("compose: a reader's address cannot be written into a header")
	}
	m.SetDateWithValue(l.date)
	m.SetMessageIDWithValue(l.messageID)
	m.SetGenHeader(mail.HeaderSubject, headerText(l.subject))
	for _, h := range l.headers {
		m.SetGenHeader(mail.Header(h.Name), h.Value)
	}
	if l.unsubscribe != "" { // RULES B-02, B-03
		// Preformatted, or go-mail would fold before a long link and leave the
		// first line blank. Only one header may be so: go-mail writes several in
		// random order.
		m.SetGenHeaderPreformatted(mail.HeaderListUnsubscribe, "<"+l.unsubscribe+">")
		m.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	for i, b := range l.bodies {
		add := m.AddAlternativeString
		if i == 0 {
			add = m.SetBodyString
		}
		add(b.kind, b.content, mail.WithPartEncoding(mail.Encoding(b.encoding)))
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return deliver.Message{}, errors.New("compose: the mail library could not write the message")
	}
	return deliver.Message{Envelope: deliver.Envelope{From: l.returnPath, To: l.to}, Data: out.Bytes()}, nil
}

// safe refuses what could add or break a header (RULES A-20). It goes before
// go-mail, whose own care differs from header to header.
func (l letter) safe() error {
	values := []string{l.returnPath, l.to, l.from, l.fromName, l.replyTo, l.subject, l.messageID, l.boundary, l.unsubscribe}
	for _, h := range l.headers {
		values = append(values, h.Name, h.Value)
		if strings.ContainsFunc(h.Value, func(r rune) bool { return r > '~' }) {
			return fmt.Errorf("compose: the header %s would not be ASCII; correct the list's declaration", h.Name)
		}
	}
	for _, v := range values {
		if strings.ContainsFunc(v, unsafeInHeader) {
			return errHeader
		}
	}
	if l.to == "" {
		return errors.New("compose: a message without a recipient")
	}
	return nil
}

// transfer chooses the transfer encoding that is shorter: base64 for text that
// is mostly Japanese, quoted-printable for what is mostly ASCII. Both are 7 bit
// clean, so that no relay re-encodes (RULES A-12).
func transfer(content string) string {
	escaped := 0
	for i := range len(content) {
		if content[i] >= 0x80 || content[i] == '=' {
			escaped++
		}
	}
	if len(content)+2*escaped > len(content)*4/3 {
		return string(mail.EncodingB64)
	}
	return string(mail.EncodingQP)
}

// listID is the List-Id of a list, phrase in lang (RULES B-01, A-19).
func listID(list *subscribe.List, lang subscribe.Lang) header {
	return header{"List-Id", strings.TrimSpace(phrase(list.Name.In(lang)) + " <" + list.ListID + ">")}
}

// quiet keeps vacation notices away and lets failure reports through (RULES B-18).
func quiet() header { return header{"X-Auto-Response-Suppress", "OOF, AutoReply"} }

// crlf gives a text the line ends of the canonical form (RULES A-04).
func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}
