package smtp

import (
	"bufio"
	"context"
	"errors"
	"strconv"
	"time"

	"example.jp/kairan/deliver"
)

var _ deliver.Streamer = (*conn)(nil)

// Open implements [deliver.Streamer].
func (c *conn) Open(ctx context.Context, m deliver.Message) (deliver.Result, bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = m.Envelope
	if c.broken || c.inData {
		return c.failed(c.lost(deliver.StageMail, errEnded)), false
	}
	out, r, ok := c.prepare(m)
	if !ok {
		return r, false
	}
	if ctx.Err() != nil {
		r := c.lost(deliver.StageMail, givenUp(ctx))
		r.Broken = false // nothing was said on it
		return r, false
	}
	c.watch(ctx)
	if c.unasked() {
		return c.failed(c.lost(deliver.StageMail, errUnasked)), false
	}
	if !c.pipes {
		return c.openLockstep(out)
	}
	c.wire.begin(c.limits.Mail)
	if err := c.write(c.envelopeLines(nil, out)); err != nil {
		return c.failed(c.lost(deliver.StageMail, err)), false
	}
	return c.opened(out, false)
}

// openLockstep waits for each reply, for a relay that does not pipeline.
func (c *conn) openLockstep(m ready) (r deliver.Result, ok bool) {
	c.envelope = m.envelope
	r, ok = c.begin(m.size, m.envelope)
	if ok {
		c.asked(m)
		return r, true
	}
	return c.failed(r), false
}

// asked: the relay waits for the data of m.
func (c *conn) asked(m ready) { c.open, c.data, c.inData = m.envelope, m.data, true }

// failed remembers a connection that is over.
func (c *conn) failed(r deliver.Result) deliver.Result {
	if r.Broken {
		c.broken = true
		c.wire.cut()
		if c.pipes && (c.astray || c.unruly) {
			c.doubt.arise(c.wire.now())
		}
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
	b = append(append(b, "\r\nRCPT TO:<"...), m.envelope.To...)
	return append(b, ">\r\nDATA\r\n"...)
}

// opened reads the three replies of an envelope that went out in one piece,
// perhaps behind a final dot. All three are read whatever the first says, or the
// next message would take them for its own; a 354 for a message that was refused
// cannot be undone, and ends the connection. A refusal is believed only if no
// reply is missing or one too many: it could be the answer to another command.
func (c *conn) opened(m ready, behindDot bool) (r deliver.Result, ok bool) {
	c.envelope = m.envelope
	mail, mailOK := c.groupReply(deliver.StageMail, c.limits.Mail, 250, behindDot)
	if mail.Broken {
		c.short(mail, 0, behindDot)
		return c.failed(mail), false
	}
	mail = c.sizeFault(mail)
	rcpt, rcptOK := c.groupReply(deliver.StageRcpt, c.limits.Rcpt, 25, mailOK)
	switch {
	case rcptOK && !mailOK: // nobody takes a recipient without a sender
		c.astray = true
		return c.failed(c.lost(deliver.StageRcpt, errAstray)), false
	case rcpt.Broken && c.astray:
		return c.failed(rcpt), false
	case rcpt.Broken:
		c.short(rcpt, 1, behindDot)
		return c.failed(firstOf(mailOK, mail, rcpt)), false
	}
	data, dataOK := c.groupReply(deliver.StageData, c.limits.Data, 354, rcptOK)
	switch {
	case mailOK && rcptOK && dataOK:
		c.asked(m)
		return deliver.Result{}, true
	case data.Broken && data.Code == 0:
		c.short(data, 2, behindDot)
		return c.failed(data), false
	case dataOK, data.Broken:
		r = firstOf(mailOK, mail, firstOf(rcptOK, rcpt, data))
		r.Broken = true
		return c.failed(r), false
	case c.unasked():
		c.astray = true
		return c.failed(c.lost(deliver.StageData, errUnasked)), false
	case !mailOK:
		return mail, false
	}
	return c.failed(c.reset(firstOf(rcptOK, rcpt, data))), false
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

// Exchange implements [deliver.Streamer].
func (c *conn) Exchange(ctx context.Context, next *deliver.Message) (r, opened deliver.Result, ok bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = c.open
	if c.broken || !c.inData {
		return c.failed(c.lost(deliver.StageData, errEnded)), opened, false
	}
	data, behind := c.data, ready{}
	c.data = nil
	out := data
	if next != nil {
		if behind, opened, ok = c.prepare(*next); !ok {
			next = nil // it is refused without being sent; the open one goes out alone
		} else if c.pipes {
			out = c.envelopeLines(data, behind)
		}
	}
	c.watch(ctx)
	r = c.exchangeData(ctx, out, len(data))
	if r.Broken {
		if next != nil {
			opened = deliver.Result{}
		}
		return c.failed(r), opened, false
	}
	switch {
	case next == nil:
		return r, opened, false
	case c.pipes:
		opened, ok = c.opened(behind, true)
	default:
		opened, ok = c.openLockstep(behind)
	}
	if c.astray { // what was read as the reply to the dot may have been another
		return c.lost(deliver.StageDot, errAstray), deliver.Result{}, false
	}
	return r, opened, ok
}

// exchangeData sends the open message, and what travels behind its final dot,
// and reads the reply to the dot. The last write holds the whole of the final
// CRLF.CRLF: its beginning is the boundary between Deferred and Uncertain.
func (c *conn) exchangeData(ctx context.Context, out []byte, size int) deliver.Result {
	if c.unasked() { // what we would take for the reply to the dot
		return c.lost(deliver.StageData, errUnasked)
	}
	for ; size > block+len(finalDot); size -= block {
		c.wire.begin(c.limits.Block)
		if err := c.write(out[:block]); err != nil {
			return c.lost(deliver.StageData, err)
		}
		out = out[block:]
	}
	c.dotOut.Store(true) // from here on ctx has no say
	defer c.dotOut.Store(false)
	if ctx.Err() != nil {
		return c.lost(deliver.StageData, ctx.Err())
	}
	c.inData = false
	c.wire.begin(c.limits.Block)
	if err := c.write(out); err != nil {
		return c.lost(deliver.StageDot, err)
	}
	c.wire.begin(c.limits.Dot)
	r, _ := c.quickReply(deliver.StageDot, 2)
	return r
}

// wait gives a reply so long, unless it has arrived already with another.
func (c *conn) wait(limit time.Duration) {
	if c.text.R.Buffered() == 0 {
		c.wire.begin(limit)
	}
}

// quickReply reads one reply. The one-line reply that is wanted, which nearly
// all are, makes no garbage.
func (c *conn) quickReply(stage deliver.Stage, want int) (deliver.Result, bool) {
	line, err := c.text.R.Peek(4)
	if err != nil || line[3] != ' ' || !matches(digits(line[:3]), want) {
		return c.reply(stage, want)
	}
	code := digits(line[:3])
	text, err := c.text.R.ReadSlice('\n')
	r := deliver.Result{}
	if stage == deliver.StageDot {
		r = deliver.Result{Outcome: deliver.Accepted, Stage: stage, Code: code, Enhanced: c.quickCode(text)}
	}
	for errors.Is(err, bufio.ErrBufferFull) { // a long line; wire bounds it
		_, err = c.text.R.ReadSlice('\n')
	}
	if err != nil {
		return c.lost(stage, err), false
	}
	return r, true
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

// quickCode is the enhanced code of an acceptance, without garbage for the usual one.
func (c *conn) quickCode(line []byte) string {
	if len(line) > 10 && string(line[4:10]) == "2.0.0 " {
		return "2.0.0"
	}
	return ""
}
