package sink

import (
	"bytes"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// conn is one client. It reads as much as there is, and writes the replies
// together when it has to wait, as RFC 2920 §3.2 asks of a server.
type conn struct {
	server *Server
	net.Conn
	session    Session
	buf        []byte
	start, end int // of what was read and not yet looked at
	out        []byte

	secure, known bool // TLS is on; the login was right
	mail, rcpt    bool // were accepted
	dot           dotScanner
}

// maxMessage is what SIZE promises to take, if nothing else is said.
const maxMessage = 10 << 20

func (c *conn) most() int {
	if c.server.Most == nil {
		return maxMessage
	}
	return c.server.Most()
}

const (
	sayOK      = "250 2.0.0 Ok\r\n"
	sayUnknown = "500 5.5.2 Command not recognised\r\n"
	sayOrder   = "503 5.5.1 Bad sequence of commands\r\n"
)

func (c *conn) serve() {
	c.say("220 relay.example ESMTP\r\n")
	for {
		line, ok := c.line()
		if !ok || !c.command(line) {
			break
		}
	}
	c.hangUp()
}

func (c *conn) say(reply string) {
	if c.server.Bare && reply[3] == ' ' {
		reply = reply[:3] + "\r\n"
	}
	c.out = append(c.out, reply...)
	if c.server.Prompt {
		c.flush()
	}
}

// answer says yes, or what the session said; false ends the connection.
func (c *conn) answer(r Reply, yes string) bool {
	switch r {
	case OK:
		c.say(yes)
		return true
	case HangUp:
		return false
	}
	c.say(string(r))
	return r[:3] != "421"
}

func (c *conn) flush() bool {
	if len(c.out) == 0 {
		return true
	}
	_, err := c.Write(c.out)
	c.out = c.out[:0]
	return err == nil
}

// fill reads more, having answered what was read before.
func (c *conn) fill() bool {
	if !c.flush() {
		return false
	}
	if c.start > 0 {
		c.end = copy(c.buf, c.buf[c.start:c.end])
		c.start = 0
	}
	if c.end == len(c.buf) {
		return false // a command line without end
	}
	n, err := c.Read(c.buf[c.end:])
	c.end += n
	return n > 0 || err == nil
}

func (c *conn) line() ([]byte, bool) {
	for {
		if i := bytes.IndexByte(c.buf[c.start:c.end], '\n'); i >= 0 {
			line := c.buf[c.start : c.start+i]
			c.start += i + 1
			return bytes.TrimSuffix(line, []byte("\r")), true
		}
		if !c.fill() {
			return nil, false
		}
	}
}

// command answers one line; false ends the connection.
func (c *conn) command(line []byte) bool {
	verb := verbOf(line)
	switch verb {
	case "MAIL", "RCPT", "DATA":
		return c.transaction(verb, line)
	case "EHLO":
		c.mail, c.rcpt = false, false
		c.extensions()
	case "HELO", "RSET":
		c.mail, c.rcpt = false, false
		c.say(sayOK)
	case "NOOP":
		c.say(sayOK)
	case "STAR":
		return c.startTLS()
	case "AUTH":
		return c.logIn(strings.Fields(string(line)))
	case "QUIT":
		c.say("221 2.0.0 Bye\r\n")
		return false
	default:
		c.say(sayUnknown)
	}
	return true
}

// verbOf is the first four letters of a command in capitals; "" if there are fewer.
func verbOf(line []byte) string {
	var v [4]byte
	if copy(v[:], line) < 4 {
		return ""
	}
	for i := range v {
		v[i] &^= 0x20
	}
	switch string(v[:]) { // no allocation for the usual ones
	case "MAIL":
		return "MAIL"
	case "RCPT":
		return "RCPT"
	case "DATA":
		return "DATA"
	}
	return string(v[:])
}

func (c *conn) transaction(verb string, line []byte) bool {
	switch {
	case verb == "MAIL" && c.mail, verb == "RCPT" && !c.mail:
		c.say(sayOrder)
		return true
	case verb == "MAIL" && c.needsLogin():
		c.say("530 5.7.0 Authentication required\r\n")
		return true
	case verb == "MAIL" && tooLarge(line, c.most()):
		c.say("552 5.3.4 Message too large\r\n")
		return true
	case verb == "MAIL":
		r := c.session.Mail(line[4:])
		c.mail = r == OK
		return c.answer(r, "250 2.1.0 Ok\r\n")
	case verb == "RCPT":
		r := c.session.Rcpt(line[4:])
		c.rcpt = c.rcpt || r == OK
		return c.answer(r, "250 2.1.5 Ok\r\n")
	case !c.rcpt:
		c.say("554 5.5.1 No valid recipients\r\n")
		return true
	}
	c.say("354 End data with <CR><LF>.<CR><LF>\r\n")
	if c.session.Data() != OK || !c.body() {
		return false
	}
	c.mail, c.rcpt = false, false
	return c.answer(c.session.End(), "250 2.0.0 Ok: taken\r\n")
}

// tooLarge says whether MAIL names a SIZE that is more than most (RFC 1870 §6.1).
func tooLarge(mail []byte, most int) bool {
	_, after, ok := bytes.Cut(mail, []byte(" SIZE="))
	size, _, _ := bytes.Cut(after, []byte(" "))
	n, err := strconv.Atoi(string(size))
	return ok && err == nil && n > most
}

// body reads up to the end of the data; false if the sender went before.
func (c *conn) body() bool {
	c.dot.begin()
	for {
		piece := c.buf[c.start:c.end]
		n, found := c.dot.scan(piece)
		c.session.Write(piece[:n])
		c.start += n
		if found {
			return true
		}
		if !c.fill() {
			return false
		}
	}
}

func (c *conn) extensions() {
	all := []string{"relay.example", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES"}
	if !c.server.Lockstep {
		all = append(all, "PIPELINING")
	}
	if c.server.TLS != nil && !c.secure {
		all = append(all, "STARTTLS")
	} else if c.needsLogin() {
		all = append(all, "AUTH PLAIN")
	}
	for _, x := range all {
		c.say("250-" + x + "\r\n")
	}
	c.say(fmt.Sprintf("250 SIZE %d\r\n", c.most()))
}

// startTLS forgets what was known and read before (RFC 3207 §4.2, §6).
func (c *conn) startTLS() bool {
	if c.server.TLS == nil || c.secure {
		c.say(sayUnknown)
		return true
	}
	c.say("220 2.0.0 Ready to start TLS\r\n")
	if !c.flush() {
		return false
	}
	c.Conn, c.secure = tls.Server(c.Conn, c.server.TLS), true
	c.start, c.end, c.mail, c.rcpt, c.known = 0, 0, false, false, false
	return true
}

func (c *conn) needsLogin() bool {
	if c.server.Login == nil || c.known {
		return false
	}
	_, password := c.server.Login()
	return password != ""
}

// logIn is AUTH PLAIN (RFC 4954 §4, RFC 4616), with or without an initial response.
func (c *conn) logIn(words []string) bool {
	switch {
	case c.server.TLS != nil && !c.secure:
		c.say("538 5.7.11 Encryption required for authentication\r\n")
		return true
	case len(words) < 2 || !strings.EqualFold(words[1], "PLAIN") || !c.needsLogin():
		c.say(sayOrder)
		return true
	case len(words) == 2:
		c.say("334 \r\n")
		line, ok := c.line()
		if !ok {
			return false
		}
		words = append(words, string(line))
	}
	user, password := c.server.Login()
	got, err := base64.StdEncoding.DecodeString(words[2])
	_, credentials, _ := strings.Cut(string(got), "\x00")
	if err != nil || subtle.ConstantTimeCompare([]byte(credentials), []byte(user+"\x00"+password)) != 1 {
		c.say("535 5.7.8 Authentication failed\r\n")
		return true
	}
	c.known = true
	c.say("235 2.7.0 Authentication succeeded\r\n")
	return true
}

// hangUp ends the connection so that what was answered arrives: closing with
// something unread would take it back (a TCP reset).
func (c *conn) hangUp() {
	if !c.flush() {
		return
	}
	if tcp, ok := c.Conn.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		_ = tcp.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.Copy(io.Discard, tcp)
	}
}

// Path is the address in what follows MAIL or RCPT, without the quotes of RFC 5321
// §4.1.2, and the parameters behind it; false if there is none.
func Path(s []byte) (address, parameters string, ok bool) {
	_, rest, _ := bytes.Cut(s, []byte("<"))
	plain := make([]byte, 0, len(rest))
	for i, quoted := 0, false; i < len(rest); i++ {
		switch b := rest[i]; {
		case b == '"':
			quoted = !quoted
		case b == '>' && !quoted:
			return string(plain), string(rest[i+1:]), true
		case b == '\\' && quoted && i+1 < len(rest):
			i++
			plain = append(plain, rest[i])
		default:
			plain = append(plain, b)
		}
	}
	return "", "", false
}
