package smtp

import (
	"context"

	"example.jp/kairan/deliver"
)

// Try logs in and asks, for each envelope, whether the relay would take a message
// with it: MAIL and RCPT, then RSET (RFC 5321 §4.1.1.5), and never DATA. The
// results are in the order of the envelopes: nil, the relay would; else why not.
// A login that fails is the error, a *deliver.Refusal; it is made again for the
// envelope that follows one at which the connection ended.
func (t *Transport) Try(ctx context.Context, envelopes []deliver.Envelope) ([]*deliver.Refusal, error) {
	results := make([]*deliver.Refusal, len(envelopes))
	var c *conn
	defer func() {
		if c != nil {
			_ = c.Close()
		}
	}()
	for n, e := range envelopes {
		if c == nil {
			dialled, err := t.Dial(ctx)
			if err != nil {
				return nil, err
			}
			c = dialled.(*conn)
		}
		if r, ok := c.try(ctx, e); !ok {
			results[n] = &deliver.Refusal{Result: r}
			if r.Broken {
				_ = c.Close()
				c = nil
			}
		}
	}
	return results, nil
}

// try asks about one envelope.
func (c *conn) try(ctx context.Context, e deliver.Envelope) (r deliver.Result, ok bool) {
	c.busy.Lock()
	defer c.busy.Unlock()
	c.envelope = e
	if !pathSafe(e.From) || e.To == "" || !pathSafe(e.To) {
		return refuseUnsent(deliver.StageMail, 553, "5.1.3", "the address cannot be written in SMTP"), false
	}
	c.watch(ctx)
	r, ok = c.command(deliver.StageMail, c.limits.Mail, 250, "MAIL FROM:<"+e.From+">")
	if ok {
		r, ok = c.command(deliver.StageRcpt, c.limits.Rcpt, 25, "RCPT TO:<"+e.To+">")
	}
	if ok {
		reset := c.reset(deliver.Result{})
		return c.fail(reset), !reset.Broken
	}
	return c.fail(c.reset(r)), false
}
