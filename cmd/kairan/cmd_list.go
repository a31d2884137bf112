package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func (a *app) listCommand() *cobra.Command {
	c := &cobra.Command{Use: "list"}
	c.AddCommand(a.listLsCommand(), a.listShowCommand(), a.listEmbedCommand(), a.listFeedCommand(), a.listCloseCommand(), a.listApplyCommand())
	return c
}

func (a *app) listLsCommand() *cobra.Command {
	c := &cobra.Command{Use: "ls", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return tell(c.Context(), a, service.ListLs, service.OfList{}, func(out []service.List) error {
			t := rows{{"List", "Readers", "Issues", "Name", "Office", "Sign-ups"}}
			for _, l := range out {
				t = append(t, []string{l.List, deliver.Thousands(l.Readers), strconv.Itoa(l.Issues), l.Name, l.Office, signUps(l)})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

func (a *app) listShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show LIST", Args: cobra.ExactArgs(1)}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error {
			out, err := service.ListLs.Call(c.Context(), cl, service.OfList{List: args[0]})
			if err != nil {
				return err
			}
			l := out[0]
			if a.json {
				return a.printJSON(l)
			}
			a.say("%s  %s\n%s\n\n  List-Id   %s\n  Purpose   %s\n  Holds     %s\n  Zone      %s\n  Readers   %s\n  Suspended %s after refusals\n  Issues    %d\n",
				l.List, l.Name, l.Office, l.ListID, l.Purpose, strings.Join(l.Fields, ", "), l.Zone, deliver.Thousands(l.Readers), deliver.Thousands(l.Suspended), l.Issues)
			a.say("  Sign-ups  %s\n", signUps(l))
			if len(l.Slots) > 0 {
				a.say("  Slots     %s\n", strings.Join(l.Slots, "; "))
			}
			for _, at := range l.Next {
				a.say("            %s, %s\n", clock(at, l.Zone), fromNow(at.Sub(a.now())))
			}
			if l.Ended != "" {
				a.say("  Ended     with %s\n", l.Ended)
			}
			if l.EraseBy != "" {
				a.say("  Erased    %s\n", l.EraseBy)
			}
			if l.Damaged != "" {
				a.say("  Damaged   %s, set apart; see: %s check\n", l.Damaged, a.self())
			}
			return nil
		})
	}
	return c
}

// signUps says whether a list takes sign-ups.
func signUps(l service.List) string {
	switch {
	case !l.Closed.IsZero():
		return "closed " + l.Closed.Format(time.DateOnly)
	case l.Closes != "":
		return "until " + l.Closes
	}
	return "open"
}

func (a *app) listApplyCommand() *cobra.Command {
	yes := false
	c := &cobra.Command{Use: "apply", Args: cobra.NoArgs}
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			if cl.Local == nil {
				return exit.Refusedf("a server is running; stop it first, so that nothing is sent under two declarations")
			}
			return a.apply(c.Context(), cl.Local, yes)
		})
	}
	return c
}

// apply shows what is broken, asks, and settles it. Interrupted, it can simply
// be run again: the new declarations are noted last.
func (a *app) apply(ctx context.Context, h *service.Service, yes bool) error {
	broken, err := h.Promises()
	if err != nil {
		return err
	}
	for _, p := range broken {
		a.say("%s\n    -> %s\n", p, remedy(p.Broken))
	}
	if len(broken) > 0 && !yes {
		if err := a.sure(ctx, a.words().Start["for-good"]); err != nil {
			return err
		}
	}
	done := map[string]bool{}
	for _, p := range broken {
		if p.Field != "" && done[p.List] {
			continue
		}
		n, err := h.Settle(ctx, p)
		if err != nil {
			return err
		}
		switch {
		case p.What == subscribe.ListVanished:
			a.say("%s: deleted, %s readers\n", p.List, deliver.Thousands(n))
		case p.Field != "":
			done[p.List] = true
			a.say("%s: erased from %s entries\n", p.List, deliver.Thousands(n))
		}
	}
	if err := h.Store.Adopt(ctx, h.Config.Lists); err != nil {
		return err
	}
	a.say("the declarations are those of the configuration now (%d lists)\n", len(h.Config.Order))
	return nil
}

// remedy says what apply does about it.
func remedy(p subscribe.Broken) string {
	switch {
	case p.What == subscribe.ListVanished:
		return "the list is deleted, with its readers, issues and marks"
	case p.Field != "":
		return "what the declaration no longer covers is erased from every entry"
	case p.What == subscribe.ErasedAtOnce:
		return "the next start, or a purge, erases the list, with its readers, issues and marks"
	}
	return fmt.Sprintf("the new value is taken over; the office decides whether readers must be asked again (%s)", p.What)
}
