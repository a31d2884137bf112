package main

import (
	"context"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
)

func (a *app) issueWithdrawCommand() *cobra.Command {
	in, yes := service.Withdraw{}, false
	c := &cobra.Command{Use: "withdraw LIST/SLUG", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.Flags().BoolVar(&in.Undo, "undo", false, "")
	reasonFlag(c, &in.Reason)
	c.RunE = func(c *cobra.Command, args []string) error {
		in.Issue = args[0]
		return a.with("", func(cl *client) error { return a.withdraw(c.Context(), cl, in, yes) })
	}
	return c
}

func (a *app) withdraw(ctx context.Context, cl *client, in service.Withdraw, yes bool) error {
	if !yes && !in.Undo {
		i, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: in.Issue})
		if err == nil && i.Page != "" && !i.Started.IsZero() && i.Withdrawn.IsZero() {
			err = a.sureToWithdraw(ctx, i)
		}
		if err != nil {
			return err
		}
	}
	i, err := service.IssueWithdraw.Call(ctx, cl, in)
	if err != nil {
		return err
	}
	if in.Undo {
		a.say("%s is in the archive again.\n", i.Issue)
	} else {
		a.say("%s is withdrawn: its page says so, and shows nothing of it.\n", i.Issue)
	}
	a.sayPage(i)
	return nil
}

// sureToWithdraw asks, where somebody sits who can be asked.
func (a *app) sureToWithdraw(ctx context.Context, i service.Issue) error {
	if !a.asks() {
		return exit.Refusedf("%s would be shown to nobody any more, while its mails stay with their readers; to go on: kairan issue withdraw %[1]s --yes", i.Issue)
	}
	return a.sure(ctx, a.para(a.words().SayStart("withdrawing", i.Issue)))
}

// sayPage says where anybody can read an issue.
func (a *app) sayPage(i service.Issue) {
	if said := a.publicAt(i); said != "" {
		a.say("%s\n", a.para(said))
	}
}

// publicAt says where anybody can read an issue, or will be able to; "": nowhere.
func (a *app) publicAt(i service.Issue) string {
	switch {
	case i.Page == "":
		return ""
	case i.Started.IsZero():
		return a.words().SayStart("page", i.Page)
	case !i.Withdrawn.IsZero():
		return a.told("Withdrawn from the archive since %s: %s", a.at("minute", i.Withdrawn, i.Zone), i.Page)
	}
	return a.told("Anybody can read it: %s", i.Page)
}
