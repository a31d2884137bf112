package smtp

import (
	"context"
	"net/textproto"
	"strconv"
	"sync"
	"sync/atomic"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

// conn is one connection after the login.
type conn struct {
	busy   sync.Mutex // held by a Send
	wire   *wire
	in     *lines          // over TLS over wire
	text   *textproto.Conn // over in; its DotWriter must never be used
	limits Timeouts
	doubt  *doubt // the Transport's
	noDSN  *doubt // likewise

	size    bool  // SIZE offered
	maxSize int64 // the relay's limit in bytes; 0: none said
	pipes   bool  // PIPELINING offered, and not in doubt
	dsn     bool  // DSN, likewise

	phase    atomic.Int32 // see between
	trust    trust
	silent   bool             // the last reply that was lost did not come in time
	open     ready            // the message whose data the relay waits for
	envelope deliver.Envelope // of what is under way; no text may show it
	watched  context.Context  // whose end closes the socket
	unwatch  func() bool
}

// The phases of a connection. What may be said depends on them.
const (
	between int32 = iota // no message is open
	inData               // the relay waits for the data of one: nothing else may be said
	atDot                // its final dot is on its way: no context ends the connection now
	over                 // nothing may be said any more
)

func (t *Transport) newConn(w *wire, in *lines, client *gosmtp.Client) *conn {
	c := &conn{wire: w, in: in, text: client.Text, limits: t.relay.Timeouts, doubt: &t.doubt, noDSN: &t.noDSN}
	c.pipes, _ = client.Extension("PIPELINING")
	c.pipes = c.pipes && !c.doubt.holds(w.now())
	c.dsn, _ = client.Extension("DSN")
	c.dsn = c.dsn && !c.noDSN.holds(w.now())
	size, limit := client.Extension("SIZE")
	c.size = size
	if n, err := strconv.ParseInt(limit, 10, 64); err == nil && n > 0 {
		c.maxSize = n
	}
	return c
}

// watch closes the socket when ctx ends, unless a final dot is on its way. It is
// called for each message, and does something when ctx is another than before.
func (c *conn) watch(ctx context.Context) {
	if c.watched == ctx {
		return
	}
	if c.unwatch != nil {
		c.unwatch()
	}
	c.watched = ctx
	c.unwatch = context.AfterFunc(ctx, func() {
		if c.phase.Load() != atDot {
			c.wire.cut()
		}
	})
}

// write hands p to the connection in one write; nothing waits in text's own buffer.
func (c *conn) write(p []byte) error {
	_, err := c.in.Write(p)
	return err
}
