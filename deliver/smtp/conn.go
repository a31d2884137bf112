package smtp

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"sync"
	"sync/atomic"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

// block is how much of a message one write holds, in bytes.
const block = 32 << 10

// conn is one connection after the login.
type conn struct {
	busy     sync.Mutex // held by a Send
	wire     *wire
	in       *lines          // over TLS over wire
	text     *textproto.Conn // over in; its DotWriter must never be used
	limits   Timeouts
	size     bool  // SIZE offered
	maxSize  int64 // the relay's limit in bytes; 0: none said
	broken   bool
	astray   bool             // a reply came out of place: which one belongs to what is not known
	unruly   bool             // the relay does not do what PIPELINING asks of it
	silent   bool             // what was lost last, was for want of a reply in time
	doubt    *doubt           // the Transport's
	envelope deliver.Envelope // of the present message: what no text may show
	pipes    bool             // PIPELINING offered, and not in doubt
	open     deliver.Envelope // of the message whose data is asked for
	data     []byte           // of that message, as it goes over the wire
	watched  context.Context  // whose end closes the socket
	unwatch  func() bool
	dotOut   atomic.Bool // a final dot is on its way
	inData   bool        // the relay waits for that data: nothing else may be said
}

func newConn(w *wire, in *lines, client *gosmtp.Client, limits Timeouts, d *doubt) *conn {
	c := &conn{wire: w, in: in, text: client.Text, limits: limits, doubt: d}
	c.pipes, _ = client.Extension("PIPELINING")
	c.pipes = c.pipes && !d.holds(w.now())
	size, limit := client.Extension("SIZE")
	c.size = size
	if n, err := strconv.ParseInt(limit, 10, 64); err == nil && n > 0 {
		c.maxSize = n
	}
	return c
}

// Send makes one attempt. When ctx ends before the final dot is on its way the
// attempt is given up and deferred, and the socket is closed; after that ctx has
// no say. A message that breaks SMTP's own rules is refused without sending it.
func (c *conn) Send(ctx context.Context, m deliver.Message) deliver.Result {
	if r, ok := c.Open(ctx, m); !ok {
		return r
	}
	r, _, _ := c.Exchange(ctx, nil)
	return r
}

// watch closes the socket when ctx ends, unless a final dot is on its way. It is
// asked with the same ctx again and again, and looks after it once.
func (c *conn) watch(ctx context.Context) {
	if c.watched == ctx {
		return
	}
	if c.unwatch != nil {
		c.unwatch()
	}
	c.watched = ctx
	c.unwatch = context.AfterFunc(ctx, func() {
		if !c.dotOut.Load() {
			c.wire.cut()
		}
	})
}

var errEnded = errors.New("the connection had ended before")

func givenUp(ctx context.Context) error {
	return fmt.Errorf("given up before the end of the message: %w", ctx.Err())
}

// Close says QUIT, briefly, and closes. While a Send is under way it closes the
// socket at once instead, and that Send returns: Uncertain if its final dot was
// on its way, Deferred if not.
func (c *conn) Close() error {
	if !c.busy.TryLock() {
		c.wire.cut()
		return nil
	}
	defer c.busy.Unlock()
	if c.broken {
		return nil
	}
	c.broken = true
	if c.unwatch != nil {
		c.unwatch()
	}
	if c.inData {
		c.wire.cut() // it forgets the message that has no end (RFC 5321 §4.1.1.4)
		return nil
	}
	// The relay has everything it said it has; how it takes leave changes nothing.
	c.command(deliver.StageMail, c.limits.Quit, 221, "QUIT")
	_ = c.text.Close()
	return nil
}

// begin sends an envelope in lockstep, until the relay asks for the data.
func (c *conn) begin(size int, e deliver.Envelope) (deliver.Result, bool) {
	mail := "MAIL FROM:<" + e.From + ">"
	if c.size {
		mail += " SIZE=" + strconv.Itoa(size)
	}
	if r, ok := c.command(deliver.StageMail, c.limits.Mail, 250, mail); !ok {
		return c.reset(c.sizeFault(r)), false
	}
	if r, ok := c.command(deliver.StageRcpt, c.limits.Rcpt, 25, "RCPT TO:<"+e.To+">"); !ok {
		return c.reset(r), false
	}
	if r, ok := c.command(deliver.StageData, c.limits.Data, 354, "DATA"); !ok {
		return c.reset(r), false
	}
	return deliver.Result{}, true
}

// sizeFault: a 552 for a MAIL that says how large the message is, is about this
// message and not about us (RFC 1870 §6.1), unless it says that it is our mailbox.
func (c *conn) sizeFault(r deliver.Result) deliver.Result {
	if c.size && r.Code == 552 && r.Enhanced != "5.2.2" {
		said := r.Words
		r = deliver.Judge(deliver.StageData, r.Code, r.Enhanced, "")
		r.Stage, r.Words = deliver.StageMail, said
	}
	return r
}

// reset ends a refused transaction so that the connection stays of use.
func (c *conn) reset(r deliver.Result) deliver.Result {
	if r.Broken {
		return r
	}
	if _, ok := c.command(deliver.StageMail, c.limits.Mail, 250, "RSET"); !ok {
		r.Broken = true
	}
	return r
}
