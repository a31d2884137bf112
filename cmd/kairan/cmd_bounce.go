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
		Use:  bounceName + " [--to ADDRESS] < MAIL",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), bounceWithin)
			defer cancel()
			return a.bounce(ctx, to)
		},
	}
	c.Flags().StringVar(&to, "to", "", "")
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
