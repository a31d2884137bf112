package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
)

// completeWithin is how long somebody who presses Tab waits.
const completeWithin = time.Second

// completeIssues gives the commands about issues what a shell can offer behind them: the
// names of those issues whose state allows it, and of lists.
func (a *app) completeIssues(issue *cobra.Command) {
	may := map[string][]string{ // states; all, if none is named
		"show": {}, "preview": {}, "lint": {}, "test": {}, "status": {}, "schedule": {"draft", "scheduled", "held"}, "reschedule": {"scheduled", "held"}, "embargo": {"draft", "scheduled", "held"}, "approve": {"draft", "scheduled", "held"}, "pause": {"running"}, "resume": {"paused"},
		"cancel": {"scheduled", "held", "running", "paused"}, "rm": {"draft", "held"}, "withdraw": {"running", "paused", "finished"}, "resend": {"finished"},
	}
	for _, c := range issue.Commands() {
		if states, named := may[c.Name()]; named {
			c.ValidArgsFunction = first(a.offer(func(ctx context.Context, cl *client) (names []string, err error) {
				all, err := service.IssueLs.Call(ctx, cl, service.OfList{})
				for _, i := range all {
					if len(states) == 0 || slices.Contains(states, i.State) {
						names = append(names, cobra.CompletionWithDesc(i.Issue, i.State+": "+i.Subject))
					}
				}
				return names, err
			}))
		}
		if c.Flags().Lookup("list") != nil {
			_ = c.RegisterFlagCompletionFunc("list", a.offer(lists)) // fails only for what is no flag
		}
		if c.Name() == "ls" {
			c.ValidArgsFunction = first(a.offer(lists))
		}
	}
}

// lists are the names of the lists.
func lists(ctx context.Context, cl *client) (names []string, err error) {
	all, err := service.ListLs.Call(ctx, cl, service.OfList{})
	for _, l := range all {
		names = append(names, cobra.CompletionWithDesc(l.List, l.Name))
	}
	return names, err
}

// offer asks the server that runs; where none does, there is nothing to offer but files.
func (a *app) offer(ask func(context.Context, *client) ([]string, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		cfg, err := a.config()
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		cl, err := control.Dial[service.Service](cfg.Socket)
		if cl == nil || err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		ctx, done := context.WithTimeout(c.Context(), completeWithin)
		defer done()
		names, err := ask(ctx, cl)
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return names, cobra.ShellCompDirectiveDefault
	}
}

// first offers something for the first operand alone.
func first(offer cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(c, args, typed)
	}
}
