package main

import (
	"bytes"
	"hash/crc32"
	"io"
	"net"
	"time"
)

// session is one connection of the sink. It reads as much as there is, answers
// what it has read, and writes the answers together when it has to wait: that is
// what PIPELINING asks of a server (RFC 2920 §3.2).
type session struct {
	sink       *sink
	conn       net.Conn
	id, nth    int64
	buf        []byte
	start, end int // of what was read and not yet looked at
	out        []byte

	mail      bool
	rcpt      bool
	recipient string // kept only if there are faults or a record
	fault     fault
	dot       dotScanner
	sum       uint32
}

const (
	sayHello    = "220 sink.example.jp ESMTP\r\n"
	sayEHLO     = "250-sink.example.jp\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n"
	sayLockstep = "250-sink.example.jp\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n"
	sayOK       = "250 2.0.0 Ok\r\n"
	saySender   = "250 2.1.0 Ok\r\n"
	sayReader   = "250 2.1.5 Ok\r\n"
	sayGo       = "354 End data with <CR><LF>.<CR><LF>\r\n"
	sayTaken    = "250 2.0.0 Ok: taken\r\n"
	sayBye      = "221 2.0.0 Bye\r\n"
	sayOrder    = "503 5.5.1 Bad sequence of commands\r\n"
	sayNobody   = "554 5.5.1 No valid recipients\r\n"
	sayUnknown  = "500 5.5.2 Command not recognised\r\n"
	sayRefused  = "550 5.1.1 No such mailbox\r\n"
	sayDeferred = "451 4.2.0 Try again later\r\n"
)

func (s *session) serve() {
	defer s.conn.Close()
	s.say(sayHello)
	for {
		line, ok := s.line()
		if !ok || !s.command(line) {
			break
		}
	}
	s.hangUp()
}

func (s *session) say(reply string) {
	if s.sink.spec.Faults.Bare && reply[3] == ' ' {
		reply = reply[:3] + "\r\n"
	}
	s.out = append(s.out, reply...)
}

// refuse says no; false ends the connection.
func (s *session) refuse(no string) bool {
	s.say(no)
	return no[:3] != "421"
}

func (s *session) flush() bool {
	if len(s.out) == 0 {
		return true
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err == nil
}

// fill reads more, having answered what was read before.
func (s *session) fill() bool {
	if !s.flush() {
		return false
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		return false // a command line without end
	}
	n, err := s.conn.Read(s.buf[s.end:])
	s.end += n
	return n > 0 || err == nil
}

func (s *session) line() ([]byte, bool) {
	for {
		if i := bytes.IndexByte(s.buf[s.start:s.end], '\n'); i >= 0 {
			line := s.buf[s.start : s.start+i]
			s.start += i + 1
			return bytes.TrimSuffix(line, []byte("\r")), true
		}
		if !s.fill() {
			return nil, false
		}
	}
}

// command answers one line; false ends the connection.
func (s *session) command(line []byte) bool {
	switch verb(line) {
	case "MAIL":
		if s.mail {
			s.say(sayOrder)
			return true
		}
		if no := s.sink.limit("MAIL", s.nth); no != "" {
			return s.refuse(no)
		}
		s.mail = true
		s.say(saySender)
	case "RCPT":
		return s.rcptTo(line)
	case "DATA":
		return s.data()
	case "EHLO":
		s.reset()
		if s.sink.spec.Lockstep {
			s.say(sayLockstep)
		} else {
			s.say(sayEHLO)
		}
	case "HELO", "RSET":
		s.reset()
		s.say(sayOK)
	case "NOOP":
		s.say(sayOK)
	case "QUIT":
		s.say(sayBye)
		return false
	default:
		s.say(sayUnknown)
	}
	return true
}

// verb is the command's name in capitals.
func verb(line []byte) string {
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

func (s *session) reset() { s.mail, s.rcpt, s.recipient, s.fault = false, false, "", noFault }

func (s *session) rcptTo(line []byte) bool {
	if !s.mail {
		s.say(sayOrder)
		return true
	}
	if no := s.sink.limit("RCPT", s.nth); no != "" {
		return s.refuse(no)
	}
	if s.sink.spec.Faults.any() || s.sink.record != nil {
		_, rest, _ := bytes.Cut(line, []byte("<"))
		path, _, _ := bytes.Cut(rest, []byte(">"))
		s.recipient = string(path)
		s.fault = s.sink.meets(s.recipient)
	}
	switch s.fault {
	case refuse:
		s.sink.refused.Add(1)
		s.say(sayRefused)
		return true
	case deferOnce:
		s.sink.deferred.Add(1)
		s.say(sayDeferred)
		return true
	case dropRcpt:
		if s.nth > 0 { // the replies of the group are not all there, and the last message's is one of them
			s.sink.unanswered.Add(1)
		}
		return false
	}
	s.rcpt = true
	s.say(sayReader)
	return true
}

// data takes one message.
func (s *session) data() bool {
	if !s.rcpt {
		s.say(sayNobody)
		return true
	}
	s.say(sayGo)
	if s.fault.leavesUncertain() {
		// Counted before the sender can see it, so that no count comes late.
		s.sink.unanswered.Add(1)
	}
	if s.fault == dropData {
		return false
	}
	if !s.body() {
		return false
	}
	if s.fault == dropLost {
		return false
	}
	if no := s.sink.limit("DOT", s.nth); no != "" && s.fault != dropTaken {
		s.reset()
		return s.refuse(no)
	}
	s.nth++
	s.sink.take(copyTaken{conn: s.id, nth: s.nth, sum: s.sum, recipient: s.recipient})
	switch s.fault {
	case dropTaken:
		return false
	case slowAnswer:
		<-time.After(s.sink.spec.Faults.SlowBy)
	}
	s.reset()
	s.say(sayTaken)
	return true
}

// body reads up to the end of the data; false if the sender went before.
func (s *session) body() bool {
	s.dot.begin()
	s.sum = 0
	for {
		piece := s.buf[s.start:s.end]
		n, found := s.dot.scan(piece)
		if s.sink.record != nil {
			s.sum = crc32.Update(s.sum, castagnoli, piece[:n])
		}
		s.start += n
		s.sink.bytes.Add(int64(n))
		if found {
			return true
		}
		if !s.fill() {
			return false
		}
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// hangUp ends the connection so that what was answered arrives: closing with
// something unread would take it back (a TCP reset).
func (s *session) hangUp() {
	if !s.flush() {
		return
	}
	if tcp, ok := s.conn.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		_ = tcp.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.Copy(io.Discard, tcp)
	}
}
