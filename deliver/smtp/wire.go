package smtp

import (
	"cmp"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Timeouts are the limits for each operation. Shorter ones than the defaults
// make second copies (RFC 5321 §4.5.3.2.6), so only tests should shorten Dot.
type Timeouts struct {
	Connect  time.Duration // TCP, and TLS from the first byte; 30 s
	Greeting time.Duration // the greeting, and each step until the login is done; 5 min
	Mail     time.Duration // MAIL and RSET; 5 min
	Rcpt     time.Duration // 5 min
	Data     time.Duration // DATA; 2 min
	Block    time.Duration // each write of the data; 3 min
	Dot      time.Duration // from the final dot to its reply; 10 min
	Quit     time.Duration // QUIT; 5 s
}

func (t Timeouts) orDefaults() Timeouts {
	return Timeouts{
		Connect:  cmp.Or(t.Connect, 30*time.Second),
		Greeting: cmp.Or(t.Greeting, 5*time.Minute),
		Mail:     cmp.Or(t.Mail, 5*time.Minute),
		Rcpt:     cmp.Or(t.Rcpt, 5*time.Minute),
		Data:     cmp.Or(t.Data, 2*time.Minute),
		Block:    cmp.Or(t.Block, 3*time.Minute),
		Dot:      cmp.Or(t.Dot, 10*time.Minute),
		Quit:     cmp.Or(t.Quit, 5*time.Second),
	}
}

// maxReply is how many bytes one reply, or one flight of a TLS handshake, may
// have: a relay that talks without end must not fill our memory.
const maxReply = 64 << 10

var errLongReply = errors.New("the reply is too long")

// wire is the TCP connection below TLS. It gives every operation its own time
// limit, where go-mail would set one for everything, and bounds what is read.
type wire struct {
	net.Conn
	now  func() time.Time
	each time.Duration // until the login is done: the limit for each write and its reply
	left int           // what the present reply may still have, in bytes

	read, write time.Time // when a read and a write end, as they were set last

	ended atomic.Bool // by cut
}

// begin starts an operation that may take so long: a write, and what is read after it.
func (w *wire) begin(limit time.Duration) {
	w.beginWrite(limit)
	w.beginRead(limit)
}

// beginWrite starts a write that may take so long.
func (w *wire) beginWrite(limit time.Duration) {
	if until, set := later(w.write, w.now(), limit); set {
		w.write = until
		// It fails on a closed connection only, and so does what follows.
		_ = w.Conn.SetWriteDeadline(until)
	}
}

// beginRead starts the reading of a reply that may take so long.
func (w *wire) beginRead(limit time.Duration) {
	w.left = maxReply
	if until, set := later(w.read, w.now(), limit); set {
		w.read = until
		_ = w.Conn.SetReadDeadline(until) // likewise
	}
}

// later is when an operation ends that begins now, and whether that has to be set: as long
// as what was set leaves it its limit, and no more than a hundredth over it, it stays. To
// set one costs as much as to copy a message, and most operations are over in no time.
func later(was, now time.Time, limit time.Duration) (until time.Time, set bool) {
	least := now.Add(limit)
	if spare := limit / 100; was.Before(least) || was.After(least.Add(spare)) {
		return least.Add(spare), true
	}
	return was, false
}

// Write starts a new operation while go-mail is in charge of the connection.
func (w *wire) Write(p []byte) (int, error) {
	if w.each > 0 {
		w.begin(w.each)
	}
	return w.Conn.Write(p)
}

func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, errLongReply
	}
	n, err := w.Conn.Read(p[:min(len(p), w.left)])
	w.left -= n
	return n, err
}

// SetDeadline ignores go-mail's one deadline for the whole login:
// each step has a limit of its own (RFC 5321 §4.5.3.2).
func (w *wire) SetDeadline(time.Time) error { return nil }

// cut closes the socket at once and says nothing to the relay. It may be called
// from any goroutine, and more than once.
func (w *wire) cut() {
	w.ended.Store(true)
	_ = w.Conn.Close()
}
