package smtp

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"sync"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

// block is how much of a message one write holds, in bytes.
const block = 32 << 10

// conn is one connection after the login.
type conn struct {
	busy     sync.Mutex // held by a Send
	wire     *wire
	text     *textproto.Conn // over TLS over wire; its DotWriter must never be used
	limits   Timeouts
	enhanced bool  // ENHANCEDSTATUSCODES offered
	size     bool  // SIZE offered
	maxSize  int64 // the relay's limit in bytes; 0: none said
	broken   bool
	envelope deliver.Envelope // of the present message: what no text may show
	pipes    bool             // PIPELINING offered
	buf      []byte           // the data as it goes over the wire
	spare    []byte           // the other buffer, for the message behind the open one
	open     deliver.Envelope // of the message whose data is asked for
	inData   bool             // the relay waits for that data: nothing else may be said
}

func newConn(w *wire, client *gosmtp.Client, limits Timeouts) *conn {
	c := &conn{wire: w, text: client.Text, limits: limits}
	c.enhanced, _ = client.Extension("ENHANCEDSTATUSCODES")
	c.pipes, _ = client.Extension("PIPELINING")
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
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = m.Envelope
	if c.broken {
		return c.lost(deliver.StageMail, errEnded)
	}
	if r, ok := c.prepare(m); !ok {
		return r
	}
	if ctx.Err() != nil {
		r := c.lost(deliver.StageMail, givenUp(ctx))
		r.Broken = false // nothing was said on it
		return r
	}
	stop := context.AfterFunc(ctx, c.wire.cut)
	dotNext := false
	r := c.transact(m, func() bool {
		dotNext = stop()
		return dotNext
	})
	if !dotNext && !stop() {
		if r.Code == 0 {
			r = c.lost(r.Stage, givenUp(ctx))
		}
		r.Broken = true
	}
	if r.Broken {
		c.broken = true
		c.wire.cut()
	}
	return r
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
	if c.inData {
		c.wire.cut() // it forgets the message that has no end (RULES D-12)
		return nil
	}
	// The relay has everything it said it has; how it takes leave changes nothing.
	c.command(deliver.StageMail, c.limits.Quit, 221, "QUIT")
	_ = c.text.Close()
	return nil
}

// transact runs one transaction. dotNext says that the write with the final dot
// comes next; it returns false if ctx ended before.
func (c *conn) transact(m deliver.Message, dotNext func() bool) deliver.Result {
	if r, ok := c.begin(len(m.Data), m.Envelope); !ok {
		return r
	}
	return c.data(dotNext)
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
// message and not about us (RFC 1870 §6.1).
func (c *conn) sizeFault(r deliver.Result) deliver.Result {
	if c.size && r.Code == 552 {
		r = deliver.Judge(deliver.StageData, r.Code, r.Enhanced, r.Text)
		r.Stage = deliver.StageMail
	}
	return r
}

// data sends the message and waits for the reply to its final dot. The last
// write holds the whole of the final CRLF.CRLF: its beginning is the boundary
// between Deferred and Uncertain.
func (c *conn) data(dotNext func() bool) deliver.Result {
	if c.text.R.Buffered() > 0 { // what we would take for the reply to the dot
		return c.lost(deliver.StageData, errUnasked)
	}
	rest := c.buf
	for ; len(rest) > block+len(finalDot); rest = rest[block:] {
		c.wire.begin(c.limits.Block)
		if err := c.write(rest[:block]); err != nil {
			return c.lost(deliver.StageData, err)
		}
	}
	if !dotNext() {
		return c.lost(deliver.StageData, context.Canceled)
	}
	c.wire.begin(c.limits.Block)
	if err := c.write(rest); err != nil {
		return c.lost(deliver.StageDot, err)
	}
	c.wire.begin(c.limits.Dot)
	r, _ := c.reply(deliver.StageDot, 2)
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
