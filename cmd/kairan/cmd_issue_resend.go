package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
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
			return exit.Refusedf("nothing was changed, since nobody is there to be asked; to do this: kairan issue resend %s --to %s%s --yes", in.Issue, in.To, alone)
		}
		if err := a.agrees(ctx, "Send it once more?"); err != nil {
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
		a.say("%s goes once more to %s, %s.\n", r.Issue.Issue, deliver.Count(r.Copies, "reader"), fromNow(r.Starts.Sub(a.now())))
	}
	a.say("To stop it:  %[1]s issue cancel %[2]s\nTo watch it: %[1]s issue status %[2]s --follow\n", a.self(), r.Issue.Issue)
	return nil
}

// sayResend says what it means to send an issue once more: to how many, why to them, when,
// and until when.
func (a *app) sayResend(r service.Resent) {
	i := a.hinted(r.Issue)
	a.say("%s goes once more, %s (%s),\n%s, to %s of %s:\n", i.Issue, inZone(r.Starts, i.Zone).Format("Monday 2006-01-02 15:04:05 MST"),
		i.Zone, fromNow(r.Starts.Sub(a.now())), deliver.Count(r.Copies, "reader"), deliver.Thousands(i.Balance.Audience))
	a.sayPara(map[string]string{
		deliver.ToUncertain.String(): "nobody knows whether they have it; who has gets it twice.",
		deliver.ToRefused.String():   "the relay refused their copy for good, and they are still on the list.",
		deliver.ToHeld.String():      "their copy was held back until it was given up, and they are still on the list.",
	}[r.To])
	a.sayPara("Subject: " + i.Subject)
	a.sayPara(fmt.Sprintf("It is the same message as began to go out %s; what is put off is tried until %s.", clock(i.Started, i.Zone), clock(r.Until, i.Zone)))
	if !i.Ends.IsZero() {
		i.Due = r.Starts
		a.sayPara(duration(i))
	}
	a.sayFiles(i)
	if !i.Withdrawn.IsZero() {
		a.sayPara("Warning: it was withdrawn from the archive " + clock(i.Withdrawn, i.Zone) + ". Is it right to send it?")
	}
	for _, w := range i.Warnings {
		a.sayPara("Warning: " + w)
	}
	if i.Relay != "" {
		a.sayPara("Warning: no mail goes out at present: " + i.Relay)
	}
	a.sayPara(a.hint(approvalOf(i)))
}
