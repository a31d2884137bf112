package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver/bounce"
)

const bounceName = "bounce"

// A relay ends a command that takes too long, and sends the mail back (Postfix:
// command_time_limit, 1000 s). It does likewise where a command leaves its input, so that
// is taken to its end, if it has one.
const (
	bounceWithin = time.Minute
	bounceDrains = 256 << 20
)

func (a *app) bounceCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   bounceName + " [--to ADDRESS] < MAIL",
		Short: "Take in a mail that came back, from a pipe of the relay",
		Long: `Takes in one mail that came back to a return path: a report that a copy was not
delivered, a complaint, or a mail program's way to leave. The relay runs it; the lines
for that are in: kairan init --print postfix

Nothing is believed but the token in the address that the mail came to. The relay gives
it by --to; otherwise it is in the line X-Original-To or Delivered-To that the relay put
above the mail. A complaint to the mailbox alone, as a feedback loop writes it, has the
token in the copy that it is about. The mail itself stays in this process: the server is told the token, and
whether and why a copy failed.

Exit codes are those that a relay expects: 0 when it is done, also with what is forged,
too large or means nothing; 75 (try again) for anything else. No mail is sent back.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), bounceWithin)
			defer cancel()
			return a.bounce(ctx, to)
		},
	}
	c.Flags().StringVar(&to, "to", "", "the address that it came to, as in Postfix's ${original_recipient}")
	return c
}

// bounce never opens the store itself: where no server runs, the relay tries again.
func (a *app) bounce(ctx context.Context, to string) error {
	m, err := interruptible(ctx, func() (bounce.Mail, error) { return readBounce(a.std.in), nil })
	if err != nil {
		return err
	}
	in := service.CameBack{Token: m.Token(to), Is: m.Is, Enhanced: m.Enhanced, Code: m.Code}
	if in.Token == "" {
		return nil // nobody's: no server need be asked
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	server, err := control.Dial[service.Service](cfg.Socket)
	if err != nil {
		return err
	}
	if server == nil {
		return fmt.Errorf("%w (nothing answers on %s)", errNoServer, cfg.Socket)
	}
	_, err = service.BounceTake.Call(ctx, server, in)
	return err
}

// readBounce reads a mail. One on which that breaks means nothing, since it would break
// again however often the relay tried.
func readBounce(in io.Reader) (m bounce.Mail) {
	defer func() {
		if recover() != nil {
			m = bounce.Mail{}
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(in, bounceDrains))
	}()
	return bounce.Read(in)
}
