package smtp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

var (
	errUnasked = errors.New("the relay sent a reply that nobody asked for")
	errAstray  = errors.New("the relay's replies do not belong to what was said, or are not all there")
	errMangled = errors.New("the relay did not understand what travelled behind a command that it took")
)

// command sends one line and reads its reply. ok is true when the reply is the
// one wanted, given as its full code or as its first digits.
func (c *conn) command(stage deliver.Stage, limit time.Duration, want int, line string) (r deliver.Result, ok bool) {
	if c.unasked() {
		return c.lost(stage, errUnasked), false
	}
	c.wire.begin(limit)
	if err := c.write([]byte(line + "\r\n")); err != nil {
		return c.lost(stage, err), false
	}
	return c.reply(stage, want)
}

// reply reads and judges one reply.
func (c *conn) reply(stage deliver.Stage, want int) (r deliver.Result, ok bool) {
	code, text, err := c.text.ReadResponse(0)
	if err == nil && c.cutOff() {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return c.lost(stage, err), false
	}
	wanted := matches(code, want)
	switch {
	case wanted && stage < deliver.StageDot:
		return deliver.Result{}, true
	case !wanted && code/100 != 4 && code/100 != 5:
		c.astray = true
		return c.lost(stage, fmt.Errorf("the relay sent %d out of place", code)), false
	}
	return deliver.Judge(stage, code, enhancedCode(code, text), c.scrub(text)), wanted
}

// cutOff says whether the connection ended within the reply just read, which
// textproto takes for its end: half a reply is none.
func (c *conn) cutOff() bool {
	if err := c.text.R.UnreadByte(); err != nil {
		return true
	}
	end, err := c.text.R.ReadByte()
	return err != nil || end != '\n'
}

// lost is the result of an attempt without a reply that can be believed: the
// connection is over, perhaps because it was given up.
func (c *conn) lost(stage deliver.Stage, err error) deliver.Result {
	c.silent = errors.Is(err, os.ErrDeadlineExceeded)
	if c.watched != nil && c.watched.Err() != nil && stage < deliver.StageDot {
		err = givenUp(c.watched)
	}
	return deliver.Judge(stage, 0, "", c.scrub(reason(err)))
}

func matches(code, want int) bool {
	for code > want {
		code /= 10
	}
	return code == want
}

// write hands p to the connection in one write.
func (c *conn) write(p []byte) error {
	if _, err := c.text.W.Write(p); err != nil {
		return err
	}
	return c.text.W.Flush()
}

// statusCode is an RFC 3463 code at the head of a line, bare or as relays dress it
// up: "#5.1.1", "[5.7.1]", "5.7.1:".
var statusCode = regexp.MustCompile(`(?m)^[#(\[]{0,2}([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[\s:;,)\]<-]|$)`)

// enhancedCode is the RFC 3463 code of a reply, "" if there is none that agrees
// with the reply code. It is read wherever a line has one at its head, whether or
// not the relay said that it sends them (RFC 2034): those who do not say so mean
// the same by them, and "550 5.7.1" is not about the address, whoever says it.
func enhancedCode(code int, text string) string {
	for _, m := range statusCode.FindAllStringSubmatch(text, -1) {
		if int(m[1][0]-'0') == code/100 {
			return m[1]
		}
	}
	return ""
}

// scrub takes the envelope's own addresses out of a text, and the recipient's
// name before the @ unless it is too short to be told from other words;
// deliver.Judge takes out whatever else looks like an address.
func (c *conn) scrub(text string) string {
	text = deliver.Scrub(hide(hide(text, c.envelope.To), c.envelope.From)) // before half of an address is hidden
	if at := strings.LastIndexByte(c.envelope.To, '@'); at >= 4 {
		text = hide(text, strings.Trim(c.envelope.To[:at], `"`))
	}
	return text
}

// hide replaces every word, in small or capital letters, that is s.
func hide(text, s string) string {
	const instead = "[address]"
	for i := 0; s != "" && i+len(s) <= len(text); i++ {
		end := i + len(s)
		if !strings.EqualFold(text[i:end], s) || i > 0 && wordByte(text[i-1]) || end < len(text) && wordByte(text[end]) {
			continue
		}
		text = text[:i] + instead + text[end:]
		i += len(instead) - 1
	}
	return text
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// reason puts a failed connection into words.
func reason(err error) string {
	var dns *net.DNSError
	var protocol textproto.ProtocolError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the relay closed the connection"
	case errors.As(err, &dns):
		return "the relay's host name does not resolve: " + dns.Err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no reply within the time limit"
	case errors.Is(err, gosmtp.ErrUnexpectedServerResponse): // go-mail quotes it
		return "the relay's side of the login could not be understood"
	case errors.As(err, &protocol):
		return "the relay sent what is not an SMTP reply"
	}
	return err.Error()
}
