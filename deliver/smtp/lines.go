package smtp

import (
	"bytes"
	"io"
	"strings"
)

// lines gives the relay's lines the form that textproto and go-mail read, where
// RFC 5321 allows more: a reply of the code alone (§4.2) gets the space that
// textproto waits for, and the keywords and mechanisms of EHLO (§4.1.1.1, §2.4)
// are in capital letters. "AUTH=PLAIN", which old relays send beside or instead
// of "AUTH PLAIN", is read as that, and several such lines as one.
//
// It stands above TLS, and gives out whole lines only; what has come of a line
// when the connection ends is given out as it came.
type lines struct {
	conn io.ReadWriter
	room [4 << 10]byte
	line []byte // what has come of the present line
	out  []byte // lines that are not read yet
	at   int    // where the unread rest of out begins
	err  error  // why no more comes

	hello bool   // the reply to EHLO is under way
	first bool   // and its first line has not come: a name, and no keyword
	mechs string // what AUTH lines have offered, each mechanism with a blank before it
}

func newLines(c io.ReadWriter) *lines { return &lines{conn: c} }

// Write notes when the relay is asked what it can do.
func (l *lines) Write(p []byte) (int, error) {
	if len(p) > 5 && string(p[:5]) == "EHLO " {
		l.hello, l.first, l.mechs = true, true, ""
	}
	return l.conn.Write(p)
}

func (l *lines) Read(p []byte) (int, error) {
	for l.at == len(l.out) {
		if l.err != nil {
			return 0, l.err
		}
		l.out, l.at = l.out[:0], 0
		n, err := l.conn.Read(l.room[:])
		l.take(l.room[:n])
		if err != nil {
			l.out, l.line, l.err = append(l.out, l.line...), nil, err
		}
	}
	n := copy(p, l.out[l.at:])
	l.at += n
	return n, nil
}

// waiting is how many octets have come that nobody has read.
func (l *lines) waiting() int { return len(l.out) - l.at + len(l.line) }

func (l *lines) take(in []byte) {
	for {
		end := bytes.IndexByte(in, '\n') + 1
		if end == 0 {
			l.line = append(l.line, in...)
			return
		}
		line := in[:end]
		if len(l.line) > 0 {
			l.line = append(l.line, line...)
			line = l.line
		}
		l.put(line)
		l.line, in = l.line[:0], in[end:]
	}
}

// put appends one line in the form that is read.
func (l *lines) put(line []byte) {
	code, rest := line, []byte(nil)
	if len(line) >= 3 && digits(line[:3]) > 0 {
		code, rest = line[:3], line[3:]
	}
	switch {
	case rest == nil:
		l.out = append(l.out, line...)
	case rest[0] == '\r' || rest[0] == '\n':
		l.hello = false
		l.out = append(append(append(l.out, code...), ' '), rest...)
	case l.hello && !l.first && (rest[0] == ' ' || rest[0] == '-'):
		l.out = append(append(append(append(l.out, code...), rest[0]), l.keyword(string(rest[1:]))...), "\r\n"...)
		l.hello = rest[0] == '-'
	default:
		l.out = append(l.out, line...)
		l.hello = l.hello && rest[0] == '-'
	}
	l.first = false
}

// keyword is one line of the reply to EHLO, behind its code.
func (l *lines) keyword(line string) string {
	line = strings.TrimRight(line, " \t\r\n")
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return strings.ToUpper(line)
	}
	word, rest := strings.ToUpper(line[:end]), line[end+1:]
	switch {
	case word == "AUTH":
		for _, m := range strings.Fields(strings.ToUpper(rest)) {
			l.mechs += " " + m
		}
		return word + l.mechs
	case line[end] == '=': // of another keyword's own
		return line
	}
	return word + " " + strings.TrimSpace(rest)
}

// digits is the number of three digits, or 0.
func digits(b []byte) (n int) {
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0
		}
		n = 10*n + int(d-'0')
	}
	return n
}
