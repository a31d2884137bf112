package origin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"

	"example.jp/kairan/subscribe"
)

// MaxSize is how large a message may be that is read, in octets: the largest that
// providers take, and some room.
const MaxSize = 64 << 20

// maxFields and maxHeader bound what is before the text.
const (
	maxFields = 2000
	maxHeader = 1 << 20
)

// What is no message that can be judged.
var (
	ErrTooLarge  = fmt.Errorf("larger than %d MiB, or its header than %d; is this one mail, as a mailbox keeps it?", MaxSize>>20, maxHeader>>20)
	ErrNoMessage = errors.New(`no mail with a header; save the whole source of one ("Show original", "Download message"), and not its text`)
)

// Message is a mail as a mailbox keeps it. It prints as "[message]".
type Message struct {
	raw    []byte // its lines end as on the wire
	fields []field
}

// field is a header field, unfolded.
type field struct{ name, value string }

// String never shows what is in it.
func (*Message) String() string { return "[message]" }

// GoString never shows what is in it.
func (*Message) GoString() string { return "[message]" }

// Read reads one message.
func Read(r io.Reader) (*Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxSize {
		return nil, ErrTooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(raw, []byte("From ")) { // of a folder in mbox form
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	m := &Message{raw: onTheWire(raw)}
	return m, m.readFields()
}

// onTheWire ends each line with CR LF (RFC 5321 §2.3.8): signatures are made of what
// went over the wire, and files have lines as their system likes them.
func onTheWire(raw []byte) []byte {
	bare := bytes.Count(raw, []byte("\n")) - bytes.Count(raw, []byte("\r\n"))
	if bare == 0 {
		return raw
	}
	out := make([]byte, 0, len(raw)+bare)
	for n, b := range raw {
		if b == '\n' && (n == 0 || raw[n-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, b)
	}
	return out
}

func (m *Message) readFields() error {
	end := bytes.Index(m.raw, []byte("\r\n\r\n"))
	if end < 0 {
		m.raw = append(bytes.TrimRight(m.raw, "\r\n"), "\r\n\r\n"...)
		end = len(m.raw) - len("\r\n\r\n")
	}
	if end > maxHeader {
		return ErrTooLarge
	}
	for line := range strings.SplitSeq(string(m.raw[:end]), "\r\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			if last := len(m.fields) - 1; last >= 0 {
				m.fields[last].value += " " + strings.TrimSpace(line)
			}
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || len(m.fields) == maxFields {
			return ErrNoMessage
		}
		m.fields = append(m.fields, field{strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)})
	}
	if len(m.values("from")) == 0 && len(m.values("received")) == 0 {
		return ErrNoMessage
	}
	return nil
}

// values are those of the fields of a name, the topmost first.
func (m *Message) values(name string) (all []string) {
	for _, f := range m.fields {
		if f.name == name {
			all = append(all, f.value)
		}
	}
	return all
}

// from is whom the mail is from, if it is from one, as RFC 5322 §3.6.2 allows and
// DMARC needs it (RFC 9989 §5.3.1).
func (m *Message) from() (subscribe.Address, error) {
	fields := m.values("from")
	if len(fields) != 1 {
		return subscribe.Address{}, fmt.Errorf("it has %d From fields, where one belongs", len(fields))
	}
	names := mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) { return r, nil }}
	all, err := (&mail.AddressParser{WordDecoder: &names}).ParseList(fields[0])
	if err != nil || len(all) == 0 {
		return subscribe.Address{}, errors.New("its From cannot be read")
	}
	if len(all) > 1 {
		return subscribe.Address{}, fmt.Errorf("its From has %d addresses, where one belongs", len(all))
	}
	a, err := subscribe.ParseAddress(all[0].Address)
	if err != nil {
		return subscribe.Address{}, errors.New("its From is no address that could be answered")
	}
	return a, nil
}

// returnPath is the domain of the envelope's sender, which the mailbox has written on
// top (RFC 5321 §4.4); "": it has not, or nobody was the sender.
func (m *Message) returnPath() string {
	paths := m.values("return-path")
	if len(paths) == 0 {
		return ""
	}
	a, err := subscribe.ParseAddress(strings.Trim(paths[0], "<> "))
	if err != nil {
		return ""
	}
	return a.Domain()
}
