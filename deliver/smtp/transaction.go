package smtp

import (
	"context"
	"errors"
	"runtime"
	"strconv"

	"example.jp/kairan/deliver"
)

var _ deliver.Streamer = (*conn)(nil)

// block is how much of a message one write holds, in bytes.
const block = 32 << 10

var errEnded = errors.New("the connection had ended before")

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

// Open implements [deliver.Streamer].
func (c *conn) Open(ctx context.Context, m deliver.Message) (deliver.Result, bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = m.Envelope
	if c.phase.Load() != between {
		return c.fail(c.lose(deliver.StageMail, errEnded)), false
	}
	out, r, ok := prepare(m, c.maxSize)
	if !ok {
		return r, false
	}
	if ctx.Err() != nil {
		r := c.lose(deliver.StageMail, givenUp(ctx))
		r.Broken = false // nothing was said on it
		return r, false
	}
	c.watch(ctx)
	if c.hasUnasked() {
		return c.fail(c.lose(deliver.StageMail, errUnasked)), false
	}
	if !c.pipes {
		r, ok = c.openLockstep(out)
		return c.plainly(out, r, ok)
	}
	c.wire.begin(c.limits.Mail)
	if err := c.write(c.envelopeLines(nil, out)); err != nil {
		return c.fail(c.lose(deliver.StageMail, err)), false
	}
	r, ok = c.readEnvelopeReplies(out, false)
	return c.plainly(out, r, ok)
}

// Exchange implements [deliver.Streamer].
func (c *conn) Exchange(ctx context.Context, next *deliver.Message) (r, opened deliver.Result, ok bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = c.open.envelope
	if c.phase.Load() != inData {
		return c.fail(c.lose(deliver.StageData, errEnded)), opened, false
	}
	data, tail, behind := c.open.data, c.open.tail, ready{}
	c.open.data, c.open.tail = nil, nil
	if next != nil {
		if behind, opened, ok = prepare(*next, c.maxSize); !ok {
			next = nil // it is refused without being sent; the open one goes out alone
		}
	}
	c.watch(ctx)
	if tail != nil {
		// What is shared is never written to: its end, and what follows it, goes into the
		// room of the data, which has gone out by then.
		if r, ok = c.sendShared(data, tail[:len(tail)-len(finalDot)]); !ok {
			return c.fail(r), deliver.Result{}, false
		}
		data = append(data[:0], tail[len(tail)-len(finalDot):]...)
	}
	out := data
	if next != nil && c.pipes {
		out = c.envelopeLines(data, behind)
	}
	r = c.exchangeData(ctx, out, len(data))
	if r.Broken {
		if next != nil {
			opened = deliver.Result{}
		}
		return c.fail(r), opened, false
	}
	switch {
	case next == nil:
		return r, opened, false
	case c.pipes:
		opened, ok = c.readEnvelopeReplies(behind, true)
	default:
		opened, ok = c.openLockstep(behind)
	}
	if c.trust == astray { // what was read as the reply to the dot may have been another
		return c.lose(deliver.StageDot, errAstray), deliver.Result{}, false
	}
	opened, ok = c.plainly(behind, opened, ok)
	return r, opened, ok
}

// exchangeData sends the open message, and what travels behind its final dot,
// and reads the reply to the dot. The last write holds the whole of the final
// CRLF.CRLF: its beginning is the boundary between Deferred and Uncertain.
func (c *conn) exchangeData(ctx context.Context, out []byte, size int) deliver.Result {
	if c.hasUnasked() { // what we would take for the reply to the dot
		return c.lose(deliver.StageData, errUnasked)
	}
	for ; size > block+len(finalDot); size -= block {
		c.wire.beginWrite(c.limits.Block)
		if err := c.write(out[:block]); err != nil {
			return c.lose(deliver.StageData, err)
		}
		out = out[block:]
	}
	c.phase.Store(atDot)
	if ctx.Err() != nil {
		return c.lose(deliver.StageData, ctx.Err())
	}
	c.wire.beginWrite(c.limits.Block)
	if err := c.write(out); err != nil {
		return c.lose(deliver.StageDot, err)
	}
	// Whoever else has something to say says it first. By then the reply is here, so that
	// nobody has to sleep and be woken for it: over 64 connections on two processors that
	// gives a quarter more messages, for three quarters of the processor time.
	runtime.Gosched()
	c.wire.beginRead(c.limits.Dot)
	r, _ := c.quickReply(deliver.StageDot, 2)
	c.phase.Store(between)
	return r
}

// sendShared sends the open message but for its end.
func (c *conn) sendShared(pieces ...[]byte) (r deliver.Result, ok bool) {
	if c.hasUnasked() {
		return c.lose(deliver.StageData, errUnasked), false
	}
	for _, p := range pieces {
		for len(p) > 0 {
			n := min(len(p), block)
			c.wire.beginWrite(c.limits.Block)
			if err := c.write(p[:n]); err != nil {
				return c.lose(deliver.StageData, err), false
			}
			p = p[n:]
		}
	}
	return r, true
}

// readEnvelopeReplies reads the three replies of an envelope that went out in one piece,
// perhaps behind a final dot. All three are read whatever the first says, or the
// next message would take them for its own. A 354 for a message that was refused
// cannot be undone, and ends the connection. A refusal is believed only if no
// reply is missing or one too many: it could be the answer to another command.
func (c *conn) readEnvelopeReplies(m ready, behindDot bool) (r deliver.Result, ok bool) {
	c.envelope = m.envelope
	mail, mailOK := c.groupReply(deliver.StageMail, c.limits.Mail, 250, behindDot)
	if mail.Broken {
		c.noteMissing(mail, 0, behindDot)
		return c.fail(mail), false
	}
	mail = c.sizeFault(mail)
	rcpt, rcptOK := c.groupReply(deliver.StageRcpt, c.limits.Rcpt, 25, mailOK)
	switch {
	case rcptOK && !mailOK: // nobody takes a recipient without a sender
		c.trust.fall(astray)
		return c.fail(c.lose(deliver.StageRcpt, errAstray)), false
	case rcpt.Broken && c.trust == astray:
		return c.fail(rcpt), false
	case rcpt.Broken:
		c.noteMissing(rcpt, 1, behindDot)
		return c.fail(firstOf(mailOK, mail, rcpt)), false
	}
	data, dataOK := c.groupReply(deliver.StageData, c.limits.Data, 354, rcptOK)
	switch {
	case mailOK && rcptOK && dataOK:
		c.expectData(m)
		return deliver.Result{}, true
	case data.Broken && data.Code == 0:
		c.noteMissing(data, 2, behindDot)
		return c.fail(data), false
	case dataOK, data.Broken:
		r = firstOf(mailOK, mail, firstOf(rcptOK, rcpt, data))
		r.Broken = true
		return c.fail(r), false
	case c.hasUnasked():
		c.trust.fall(astray)
		return c.fail(c.lose(deliver.StageData, errUnasked)), false
	case !mailOK:
		return mail, false
	}
	return c.fail(c.reset(firstOf(rcptOK, rcpt, data))), false
}

// openLockstep sends an envelope and waits for each reply, for a relay that does
// not pipeline.
func (c *conn) openLockstep(m ready) (r deliver.Result, ok bool) {
	c.envelope = m.envelope
	mail, rcpt := c.mailLine(m.envelope.From, m.size), "RCPT TO:<"+m.envelope.To+">"
	if c.dsn {
		mail, rcpt = mail+headersOnly, rcpt+failuresOnly
	}
	if r, ok = c.command(deliver.StageMail, c.limits.Mail, 250, mail); !ok {
		return c.fail(c.reset(c.sizeFault(r))), false
	}
	if r, ok = c.command(deliver.StageRcpt, c.limits.Rcpt, 25, rcpt); !ok {
		return c.fail(c.reset(r)), false
	}
	if r, ok = c.command(deliver.StageData, c.limits.Data, 354, "DATA"); !ok {
		return c.fail(c.reset(r)), false
	}
	c.expectData(m)
	return deliver.Result{}, true
}

// mailLine is MAIL for a message of so many bytes; 0: it does not say how many.
func (c *conn) mailLine(from string, size int) string {
	line := "MAIL FROM:<" + from + ">"
	if c.size && size > 0 {
		line += " SIZE=" + strconv.Itoa(size)
	}
	return line
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
	was := c.phase.Swap(over)
	if was == over {
		return nil
	}
	if c.unwatch != nil {
		c.unwatch()
	}
	if was == inData {
		c.wire.cut() // the relay forgets a message that has no end (RFC 5321 §4.1.1.4)
		return nil
	}
	// The relay has everything it said it has; how it takes leave changes nothing.
	c.command(deliver.StageMail, c.limits.Quit, 221, "QUIT")
	_ = c.text.Close()
	return nil
}

// expectData notes that the relay waits for the data of m.
func (c *conn) expectData(m ready) {
	c.open = m
	c.phase.Store(inData)
}

// fail ends a connection that is broken, and remembers whether PIPELINING did it.
func (c *conn) fail(r deliver.Result) deliver.Result {
	if r.Broken {
		c.phase.Store(over)
		c.wire.cut()
		if c.pipes && c.trust > trusted {
			c.doubt.arise(c.wire.now())
		}
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

// envelopeLines appends MAIL, RCPT and DATA.
func (c *conn) envelopeLines(b []byte, m ready) []byte {
	b = append(append(b, "MAIL FROM:<"...), m.envelope.From...)
	b = append(b, '>')
	if c.size {
		b = strconv.AppendInt(append(b, " SIZE="...), int64(m.size), 10)
	}
	if c.dsn {
		b = append(b, headersOnly...)
	}
	b = append(append(append(b, "\r\nRCPT TO:<"...), m.envelope.To...), '>')
	if c.dsn {
		b = append(b, failuresOnly...)
	}
	return append(b, "\r\nDATA\r\n"...)
}

// sizeFault makes of a 552 to a MAIL that told the size a fault of this message, and not
// of ours (RFC 1870 §6.1), unless its enhanced code speaks of a full mailbox.
func (c *conn) sizeFault(r deliver.Result) deliver.Result {
	if c.size && r.Code == 552 && r.Enhanced != "5.2.2" {
		said := r.Words
		r = deliver.Judge(deliver.StageData, r.Code, r.Enhanced, "")
		r.Stage, r.Words = deliver.StageMail, said
	}
	return r
}

// firstOf is the first refusal: what follows it is only its consequence.
func firstOf(ok bool, a, b deliver.Result) deliver.Result {
	if ok {
		return b
	}
	b.Broken = a.Broken || b.Broken
	a.Broken = b.Broken
	return a
}
