package smtp

import (
	"context"

	"example.jp/kairan/deliver"
)

var _ deliver.Trier = (*Transport)(nil)

// Try implements [deliver.Trier]: MAIL and RCPT, then RSET (RFC 5321 §4.1.1.5), and never
// DATA. The login is made again for the trial that follows one at which the connection
// ended.
func (t *Transport) Try(ctx context.Context, trials []deliver.Trial) ([]*deliver.Refusal, error) {
	results := make([]*deliver.Refusal, len(trials))
	var c *conn
	defer func() {
		if c != nil {
			_ = c.Close()
		}
	}()
	for n, x := range trials {
		if c == nil {
			dialled, err := t.Dial(ctx)
			if err != nil {
				return nil, err
			}
			c = dialled.(*conn)
		}
		if r, ok := c.try(ctx, x); !ok {
			results[n] = &deliver.Refusal{Result: r}
			if r.Broken {
				_ = c.Close()
				c = nil
			}
		}
	}
	return results, nil
}

// try asks about one message.
func (c *conn) try(ctx context.Context, x deliver.Trial) (r deliver.Result, ok bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	e := x.Envelope
	c.envelope = e
	switch {
	case !pathSafe(e.From) || e.To == "" || !pathSafe(e.To):
		return refuseUnsent(deliver.StageMail, 553, "5.1.3", "the address cannot be written in SMTP"), false
	case c.maxSize > 0 && int64(x.Size) > c.maxSize:
		r := tooLarge(x.Size, c.maxSize)
		r.Stage = deliver.StageMail
		return r, false
	}
	c.watch(ctx)
	if r, ok = c.command(deliver.StageMail, c.limits.Mail, 250, c.mailLine(e.From, x.Size)); !ok {
		return c.fail(c.reset(c.sizeFault(r))), false
	}
	if r, ok = c.command(deliver.StageRcpt, c.limits.Rcpt, 25, "RCPT TO:<"+e.To+">"); !ok {
		return c.fail(c.reset(r)), false
	}
	reset := c.reset(deliver.Result{})
	return c.fail(reset), !reset.Broken
}
