package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
)

func (a *app) issueApproveCommand() *cobra.Command {
	seen := ""
	c := &cobra.Command{Use: "approve LIST/SLUG", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&seen, "seen", "", "")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error { return a.approve(c.Context(), cl, args[0], seen) })
	}
	return c
}

func (a *app) approve(ctx context.Context, cl *client, name, seen string) error {
	if seen == "" {
		var err error
		if seen, err = a.showForApproval(ctx, cl, name); err != nil {
			return err
		}
	}
	i, err := service.IssueApprove.Call(ctx, cl, service.Approve{Issue: name, Content: seen})
	if err != nil {
		return err
	}
	a.tells("approved-by", i.Issue, i.Approval.By, i.Approval.Content)
	if i.State == "scheduled" {
		a.tells("starts", a.when(i.Due, i.Zone))
	} else {
		a.tells("to-send", a.self()+" issue schedule "+i.Issue)
	}
	return nil
}

// showForApproval shows what would be approved, and returns its word once somebody has said
// that they stand for it.
func (a *app) showForApproval(ctx context.Context, cl *client, name string) (word string, err error) {
	i, err := service.IssueShow.Call(ctx, cl, service.Named{Issue: name})
	if err != nil {
		return "", err
	}
	me, err := service.WhoAmI.Call(ctx, cl, struct{}{})
	if err != nil {
		return "", err
	}
	if !mayApprove(me, i) { // which the server says better than a look at the text could
		return "", nil
	}
	p, err := service.IssuePreview.Call(ctx, cl, service.Look{Issue: name})
	if err != nil {
		return "", err
	}
	if err := p.Findings.Err(); err != nil {
		return "", err
	}
	if p.Content == "" {
		return "", exit.Refusedf("the list of %s asks for no approval (approval = 2 in its section); schedule it: kairan issue schedule %[1]s", name)
	}
	a.say("From: %s\n", p.From)
	a.sayPreview(p)
	if !a.asks() {
		return "", exit.Refusedf("nobody is there to be asked; whoever has looked at this approves it by: kairan issue approve %s --seen %s", name, p.Content)
	}
	return p.Content, a.agrees(ctx, a.words().Start["stand"])
}

// mayApprove says whether an account may stand for an issue.
func mayApprove(me service.Me, i service.Issue) bool {
	list, _, _ := strings.Cut(i.Issue, "/")
	return i.Approval.Author != me.Account &&
		slices.ContainsFunc(me.Lists, func(l service.MyList) bool { return l.List == list && l.Approver })
}
