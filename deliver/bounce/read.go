package bounce

import (
	"bytes"
	"cmp"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // ISO-2022-JP and the others

	"example.jp/kairan/subscribe"
)

// Kind is what a mail is that came back.
type Kind string

// The kinds.
const (
	Nothing   Kind = ""          // nothing follows from it: a delay, an answer, a loop, whatever cannot be read
	Failure   Kind = "failure"   // a copy was not delivered, and is not tried any more
	Complaint Kind = "complaint" // somebody called a copy abuse, or asked for no more
)

// Mail is what was read of a mail that came back.
type Mail struct {
	Is       Kind
	Enhanced string // of a Failure: the status, such as "5.1.1" (RFC 3463); "" if none is known
	Code     int    // of one whose status says nothing (x.0.0): the reply to the recipient, such as 550; 0 if none is known
	// To is the address that it came to, as the relay noted it in its own uppermost line
	// (Postfix's pipe(8) and local(8): X-Original-To, Delivered-To); "": it did not.
	To string
	// Of are addresses of ours in a Complaint, by which it says which copy it is about. Feedback
	// loops write to the one address that was registered with them. A token in these is no
	// less authentic than in To.
	Of []string
}

// Token is that of the address that a mail came to, or of the first address by which a
// complaint says which copy it is about; "": there is none. to is what the relay says that it
// came to, if it says so beside the mail.
func (m Mail) Token(to string) string {
	token := subscribe.ReturnText(cmp.Or(to, m.To))
	for _, address := range m.Of {
		token = cmp.Or(token, subscribe.ReturnText(address))
	}
	return token
}

// What one mail may cost. A report says what it is in its first two parts; the copy behind
// them may be as large as what we sent.
const (
	MaxSize  = 256 << 10 // octets that are read
	maxParts = 20        // of all multiparts together
	maxDepth = 3         // multiparts in multiparts
	maxText  = 32 << 10  // octets of a text, and of a status
	maxHops  = 50        // Received lines: more is a loop (RFC 5321 §6.3)
)

// Read reads one mail, of which it takes no more than MaxSize octets.
func Read(r io.Reader) Mail {
	raw, _ := io.ReadAll(io.LimitReader(r, MaxSize)) // what came before a fault is a mail that was cut off
	if line, rest, ok := bytes.Cut(raw, []byte("\n")); ok && bytes.HasPrefix(line, []byte("From ")) {
		raw = rest // as a mailbox has it
	}
	e, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: 2 * maxText})
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return Mail{}
	}
	l := &letter{head: e.Header}
	m := Mail{To: cmp.Or(e.Header.Get("X-Original-To"), e.Header.Get("Delivered-To"))}
	if len(e.Header.Values("Received")) > maxHops {
		return m
	}
	l.walk(e, 0, "")
	judged := l.judge()
	judged.To = m.To
	return judged
}

// letter is a mail, as far as it counts.
type letter struct {
	head     message.Header
	parts    int
	report   bool     // it says that it is a report, of whatever (RFC 6522)
	text     string   // the first text
	status   []block  // of a delivery status: of the message, then of each recipient
	feedback block    // of a complaint
	returned string   // the content type of the mail that came back
	ours     []string // addresses in its head by which we know it
}

// judge says what it is.
func (l *letter) judge() Mail {
	switch {
	case strings.HasPrefix(l.returned, "multipart/report"):
		return Mail{} // a report of a report: it was none of our copies
	case l.feedback != nil:
		return l.complaint()
	case l.status != nil:
		return l.failure()
	case l.report, l.answersByItself(): // a report without its second part was cut off
		return Mail{}
	}
	for _, n := range notes {
		if enhanced, final, known := n.read(l); known && final {
			return Mail{Is: Failure, Enhanced: enhanced}
		} else if known {
			break
		}
	}
	return Mail{}
}

// walk reads an entity and its parts. in is the report-type in which it stands.
func (l *letter) walk(e *message.Entity, depth int, in string) {
	kind, params, _ := e.Header.ContentType()
	kind = strings.ToLower(kind)
	parts := e.MultipartReader()
	switch {
	case parts != nil && depth < maxDepth:
		if kind == "multipart/report" {
			in, l.report = "any", true
			if t := strings.ToLower(params["report-type"]); t != "" {
				in = t
			}
		}
		for l.parts < maxParts {
			p, err := parts.NextPart()
			if p == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
			l.parts++
			l.walk(p, depth+1, in)
		}
	case parts != nil:
	case in == "" || in != "any" && !strings.Contains(kind, in): // "delivery-status" stands in "message/global-delivery-status", too
		l.other(e, kind)
	case strings.HasSuffix(kind, "delivery-status") && l.status == nil:
		l.status = blocksOf(whole(e.Body))
	case kind == "message/feedback-report" && l.feedback == nil:
		if all := blocksOf(whole(e.Body)); len(all) > 0 {
			l.feedback = all[0]
		}
	default:
		l.other(e, kind)
	}
}

// other keeps what a part is beside the report: the text, and what the mail was.
func (l *letter) other(e *message.Entity, kind string) {
	switch kind {
	case "text/plain", "":
		if l.text == "" {
			text, err := io.ReadAll(io.LimitReader(e.Body, maxText))
			if err == nil { // otherwise it was cut off
				l.text = flat(string(text))
			}
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers":
		if inner, err := message.ReadWithOptions(e.Body, &message.ReadOptions{MaxHeaderBytes: maxText}); err == nil && l.returned == "" {
			l.returned, _, _ = inner.Header.ContentType()
			l.ours = []string{inner.Header.Get("Return-Path"), byMail(inner.Header.Get("List-Unsubscribe"))}
		}
	}
}

// byMail is the mailbox in a List-Unsubscribe field (RFC 2369 §3.2); "": it has none.
func byMail(field string) string {
	_, rest, _ := strings.Cut(field, "<mailto:")
	address, _, _ := strings.Cut(rest, ">")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// whole reads a part up to its boundary; nothing, if it was cut off or is too long.
func whole(r io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil || len(text) > maxText {
		return ""
	}
	return string(text)
}

// answersByItself says whether a mail was written by a program for a person (RFC 3834 §5,
// and what was in use before it).
func (l *letter) answersByItself() bool {
	return l.head.Has("X-Autoreply") || l.head.Has("X-Autorespond") || strings.EqualFold(l.head.Get("Precedence"), "auto_reply")
}
