package smtp

import (
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

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

// scrub takes an envelope's own addresses out of a text, and the recipient's
// name before the @ unless it is too short to be told from other words, and likewise what a
// return path says; deliver.Judge takes out whatever else looks like an address.
func scrub(text string, e deliver.Envelope) string {
	text = deliver.Scrub(hide(hide(text, e.To), e.From)) // before half of an address is hidden
	if at := strings.LastIndexByte(e.To, '@'); at >= 4 {
		text = hide(text, strings.Trim(e.To[:at], `"`))
	}
	const least = 40 // octets of what a return path says
	if at := strings.LastIndexByte(e.From, '@'); at >= least {
		says := e.From[strings.LastIndexAny(e.From[:at], "+-_")+1 : at]
		if text = hide(text, e.From[:at]); len(says) >= least {
			text = hide(text, says)
		}
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
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the relay closed the connection"
	case errors.As(err, &dns):
		return "the relay's host name does not resolve: " + dns.Err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no reply within the time limit"
	case errors.Is(err, gosmtp.ErrUnexpectedServerResponse): // go-mail quotes it
		return "the relay's side of the login could not be understood"
	case errors.As(err, new(textproto.ProtocolError)):
		return "the relay sent what is not an SMTP reply"
	}
	return err.Error()
}
