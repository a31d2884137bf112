package main

import (
	"context"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
)

func (a *app) issueResendCommand() *cobra.Command {
	in, yes := service.Resend{}, false
	c := &cobra.Command{Use: "resend LIST/SLUG --to uncertain|refused|held", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&in.To, "to", "", "")
	c.Flags().StringVar(&in.Alone, "alone", "", "")
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		if in.To == "" {
			return exit.Usagef("say who gets %s once more: --to uncertain, --to refused or --to held", args[0])
		}
		in.Issue = args[0]
		return a.with("only a server sends mail", func(cl *client) error { return a.resend(c.Context(), cl, in, yes) })
	}
	return c
}

// resend sends an issue once more, when somebody has said yes to what that means.
func (a *app) resend(ctx context.Context, cl *client, in service.Resend, yes bool) error {
	if !yes {
		r, err := service.IssueForeseeResend.Call(ctx, cl, in)
		if err != nil {
			return err
		}
		onError := *a
		onError.std.out = a.std.err
		onError.sayResend(r)
		if !a.asks() {
			alone := ""
			if in.Alone != "" {
				alone = " --alone " + shellWord(in.Alone)
			}
			return exit.Refusedf("%s", a.words().SayStart("asked", "kairan issue resend "+in.Issue+" --to "+in.To+alone+" --yes"))
		}
		if err := a.agrees(ctx, a.words().Start["ask-again"]); err != nil {
			return err
		}
	}
	r, err := service.IssueResend.Call(ctx, cl, in)
	if err != nil {
		return err
	}
	if yes {
		a.sayResend(r)
	} else {
		a.tells("done-again", r.Issue.Issue, a.count("reader", r.Copies), a.ahead(r.Starts))
	}
	a.sayWays(r.Issue.Issue)
	return nil
}
