package sink

import "bytes"

// dotScanner finds the end of a message, CRLF.CRLF, in whatever pieces it comes.
// It looks at no lines.
type dotScanner struct {
	tail [8]byte // the last octets of the pieces before, at most 4 of them
	n    int
}

var endOfData = []byte("\r\n.\r\n")

// begin starts a message: the CRLF of the DATA command counts, so that a message
// may be empty.
func (d *dotScanner) begin() { d.n = copy(d.tail[:], "\r\n") }

// scan returns how many octets of p belong to the message, its end included,
// and whether the end is among them.
func (d *dotScanner) scan(p []byte) (n int, found bool) {
	keep := len(endOfData) - 1
	var seam [8]byte
	have := copy(seam[:], d.tail[:d.n])
	have += copy(seam[have:], p[:min(len(p), keep)])
	if i := bytes.Index(seam[:have], endOfData); i >= 0 {
		return i + len(endOfData) - d.n, true
	}
	if i := bytes.Index(p, endOfData); i >= 0 {
		return i + len(endOfData), true
	}
	if len(p) >= keep {
		d.n = copy(d.tail[:], p[len(p)-keep:])
	} else {
		from := max(0, have-keep)
		d.n = copy(d.tail[:], seam[from:have])
	}
	return len(p), false
}
