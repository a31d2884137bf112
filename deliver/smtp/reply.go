package smtp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.jp/kairan/deliver"
)

var (
	errUnasked = errors.New("the relay sent a reply that nobody asked for")
	errAstray  = errors.New("the relay's replies do not belong to what was said, or are not all there")
	errMangled = errors.New("the relay did not understand what travelled behind a command that it took")
)

// command sends one line and reads its reply. ok is true when the reply is the
// one wanted, given as its full code or as its first digits.
func (c *conn) command(stage deliver.Stage, limit time.Duration, want int, line string) (r deliver.Result, ok bool) {
	if c.hasUnasked() {
		return c.lose(stage, errUnasked), false
	}
	c.wire.begin(limit)
	if err := c.write([]byte(line + "\r\n")); err != nil {
		return c.lose(stage, err), false
	}
	return c.reply(stage, want)
}

// groupReply reads one reply to a group. inPlace says that the relay took the command
// before. If it then does not understand this one, that was mangled on its way, and
// says nothing about anybody.
func (c *conn) groupReply(stage deliver.Stage, limit time.Duration, want int, inPlace bool) (r deliver.Result, ok bool) {
	if c.text.R.Buffered() == 0 { // or it has arrived already with another
		c.wire.beginRead(limit)
	}
	r, ok = c.quickReply(stage, want)
	if inPlace && (r.Code == 500 || r.Code == 503) {
		c.trust.fall(unruly)
		return c.lose(stage, errMangled), false
	}
	return r, ok
}

// noteMissing notes that a reply to a group did not come; r says why, and read is how
// many replies to its envelope came before. If there were any, one may have been left
// out, and each that was read may answer the command before its own: what the relay
// said of the dot is not known. If only the dot's reply came, it stands. An end that
// was announced (421), or was our own doing, says nothing.
func (c *conn) noteMissing(r deliver.Result, read int, behindDot bool) {
	switch {
	case r.Code != 0 || c.trust >= unruly || c.wire.ended.Load():
	case read > 0:
		c.trust.fall(astray)
	case behindDot && c.silent:
		c.trust.fall(unruly)
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
		r = deliver.Result{Outcome: deliver.Accepted, Stage: stage, Code: code}
		if len(text) > 10 && string(text[4:10]) == "2.0.0 " {
			r.Enhanced = "2.0.0"
		}
	}
	for errors.Is(err, bufio.ErrBufferFull) { // a long line; wire bounds it
		_, err = c.text.R.ReadSlice('\n')
	}
	if err != nil {
		return c.lose(stage, err), false
	}
	return r, true
}

// reply reads and judges one reply.
func (c *conn) reply(stage deliver.Stage, want int) (r deliver.Result, ok bool) {
	code, text, err := c.text.ReadResponse(0)
	if err == nil && c.cutOff() {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return c.lose(stage, err), false
	}
	wanted := matches(code, want)
	switch {
	case wanted && stage < deliver.StageDot:
		return deliver.Result{}, true
	case !wanted && code/100 != 4 && code/100 != 5:
		c.trust.fall(astray)
		return c.lose(stage, fmt.Errorf("the relay sent %d out of place", code)), false
	}
	return deliver.Judge(stage, code, enhancedCode(code, text), scrub(text, c.envelope)), wanted
}

// cutOff says whether the connection ended within the reply just read, which
// textproto takes for its end: half a reply is none.
func (c *conn) cutOff() bool {
	if err := c.text.R.UnreadByte(); err != nil {
		return true
	}
	end, err := c.text.R.ReadByte()
	return err != nil || end != '\n'
}

// hasUnasked says whether a reply has been read that nobody asked for. A 421 may
// come at any time (RFC 5321 §3.8); after another the relay is out of step.
func (c *conn) hasUnasked() bool {
	n := c.text.R.Buffered()
	if n+c.in.waiting() == 0 {
		return false
	}
	if code, _ := c.text.R.Peek(min(n, 3)); string(code) != "421" {
		c.trust.fall(unruly)
	}
	return true
}

// lose makes the result of an attempt without a reply that can be believed: the
// connection is over, perhaps because it was given up.
func (c *conn) lose(stage deliver.Stage, err error) deliver.Result {
	c.silent = errors.Is(err, os.ErrDeadlineExceeded)
	if c.watched != nil && c.watched.Err() != nil && stage < deliver.StageDot {
		err = givenUp(c.watched)
	}
	return deliver.Judge(stage, 0, "", scrub(reason(err), c.envelope))
}

func givenUp(ctx context.Context) error {
	return fmt.Errorf("given up before the end of the message: %w", ctx.Err())
}

func matches(code, want int) bool {
	for code > want {
		code /= 10
	}
	return code == want
}
