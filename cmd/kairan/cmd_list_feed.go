package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) listFeedCommand() *cobra.Command {
	var take, seen bool
	c := &cobra.Command{Use: "feed LIST", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&take, "take", false, "")
	c.Flags().BoolVar(&seen, "seen", false, "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		in := service.OfList{List: args[0]}
		switch {
		case take && seen:
			return exit.Usagef("give --take or --seen")
		case take:
			return tell(c.Context(), a, service.ListFeedTake, in, func(out service.Taken) error {
				if out.Issue == "" {
					a.say("Nothing of the feed of %s is new; it goes on by itself.\n", in.List)
					return nil
				}
				a.say("All that was new is in %s. To look at it: kairan issue show %[1]s; to stop it: kairan issue cancel %[1]s\n", out.Issue)
				return nil
			})
		case seen:
			return tell(c.Context(), a, service.ListFeedSeen, in, func(out service.Taken) error {
				a.say("%s that were new do not go out; the feed of %s goes on by itself.\n", deliver.Plural(out.Entries, "entry", "entries"), in.List)
				return nil
			})
		}
		return a.showFeed(c.Context(), in)
	}
	return c
}

// shownEntries is how many entries are listed.
const shownEntries = 50

func (a *app) showFeed(ctx context.Context, in service.OfList) error {
	return a.with("", func(cl *client) error {
		out, err := service.ListFeed.Call(ctx, cl, in)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(out)
		}
		a.say("%s  %s\n", out.List, out.URL)
		when := func(what string, at time.Time) {
			if !at.IsZero() {
				a.say("  %-8s %s\n", what, clock(at, out.Zone))
			}
		}
		when("Since", out.Since)
		when("Read", out.Read)
		when("Made", out.MadeAt)
		when("Slot", out.Next)
		switch {
		case out.Fault != "":
			a.say("\n%s\n", a.para("It cannot be read: "+out.Fault))
		case out.Since.IsZero():
			a.say("\n%s\n", a.para("It has not been read yet; what it has when it first is counts as sent."))
		case len(out.New) == 0:
			a.say("\nNothing is new.\n")
		default:
			a.say("\n%s, not yet in any issue:\n\n", deliver.Plural(len(out.New), "entry is new", "entries are new"))
		}
		t := rows{{"Date", "Title", "Link"}}
		for n, x := range out.New {
			if n == shownEntries {
				t = append(t, []string{"", deliver.Count(len(out.New)-n, "more"), ""})
				break
			}
			t = append(t, []string{dayOfZone(x.Date, out.Zone), x.Title, x.Link})
		}
		if len(out.New) > 0 {
			a.printTable(t)
		}
		if out.Asks != "" {
			a.say("\n%s\n", a.para("Nothing of it goes out by itself: "+out.Asks+"."))
			a.say("To have it go out: kairan list feed %s --take\nIf it need not:    kairan list feed %[1]s --seen\n", out.List)
		}
		return nil
	})
}

// dayOfZone is a day in a zone; "" for none.
func dayOfZone(at time.Time, zone string) string {
	if at.IsZero() {
		return ""
	}
	if z, err := time.LoadLocation(zone); err == nil {
		at = at.In(z)
	}
	return at.Format(time.DateOnly)
}
