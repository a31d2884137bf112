package main

import (
	"context"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) listFeedCommand() *cobra.Command {
	var d feedDecision
	c := &cobra.Command{Use: "feed LIST", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&d.take, "take", false, "")
	c.Flags().BoolVar(&d.seen, "seen", false, "")
	c.Flags().StringVar(&d.shown, "shown", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		d.list = args[0]
		switch {
		case d.take && d.seen:
			return exit.Usagef("give --take or --seen")
		case d.take || d.seen:
			return a.with("", func(cl *client) error { return a.decideFeed(c.Context(), cl, d) })
		case d.shown != "":
			return exit.Usagef("--shown is for --take and --seen")
		}
		return a.showFeed(c.Context(), d.list)
	}
	return c
}

// feedDecision is what a person decides about what is new in a list's feed.
type feedDecision struct {
	list       string
	take, seen bool
	shown      string // the word of what they have looked at; "": they are shown it and asked
}

// decideFeed does what a person wants with what is new, and with nothing that they have not
// been shown.
func (a *app) decideFeed(ctx context.Context, cl *client, d feedDecision) (err error) {
	if d.shown == "" {
		if d.shown, err = a.showToDecide(ctx, cl, d); err != nil {
			return err
		}
	}
	in, verb := service.FeedDecision{List: d.list, Shown: d.shown}, service.ListFeedTake
	if d.seen {
		verb = service.ListFeedSeen
	}
	out, err := verb.Call(ctx, cl, in)
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(out)
	case d.seen:
		a.say("%s that were new do not go out; the feed of %s goes on by itself.\n", phrase.Number(deliver.Plural(out.Entries, "entry", "entries")), d.list)
	case out.Issue == "":
		a.say("Nothing of the feed of %s is new; it goes on by itself.\n", d.list)
	default:
		a.say("All that was new is in %s. To look at it: kairan issue show %[1]s; to stop it: kairan issue cancel %[1]s\n", out.Issue)
	}
	return nil
}

// showToDecide shows what is decided about, and returns its word once somebody has agreed.
// Where there is nothing to decide about the server says so.
func (a *app) showToDecide(ctx context.Context, cl *client, d feedDecision) (word string, err error) {
	out, err := service.ListFeed.Call(ctx, cl, service.OfList{List: d.list})
	if err != nil || out.Fault != "" || len(out.New) == 0 && out.Asks == "" {
		return out.Word, err
	}
	question, flag := "ask-take", "take"
	if d.seen {
		question, flag = "ask-seen", "seen"
	}
	if !a.json {
		a.sayFeed(out)
	}
	if a.json || !a.asks() {
		return "", exit.Refusedf("nobody is there to be asked; whoever has looked at this says so by: kairan list feed %s --%s --shown %s", d.list, flag, out.Word)
	}
	return out.Word, a.agrees(ctx, "\n"+a.words().Start[question])
}

// shownEntries is how many entries are listed: all that may be taken, since who decides about
// them has seen each.
const shownEntries = feed.MostTaken

func (a *app) showFeed(ctx context.Context, list string) error {
	return tell(ctx, a, service.ListFeed, service.OfList{List: list}, func(out service.Feed) error {
		a.sayFeed(out)
		if out.Asks != "" && out.Fault == "" {
			a.say("To have it go out: kairan list feed %s --take --shown %s\nIf it need not:    kairan list feed %[1]s --seen --shown %[2]s\n", out.List, out.Word)
		}
		return nil
	})
}

// sayFeed says where a feed stands, and what is new in it.
func (a *app) sayFeed(out service.Feed) {
	a.say("%s  %s\n", out.List, out.URL)
	when := func(what string, at time.Time) {
		if !at.IsZero() {
			a.say("  %s %s\n", text.Pad(a.told(what), 8, ' '), a.at("minute", at, out.Zone))
		}
	}
	when("Since", out.Since)
	when("Read", out.Read)
	when("Made", out.MadeAt)
	when("Slot", out.Next)
	switch {
	case out.Fault != "":
		a.say("\n%s\n", a.para(a.told("It cannot be read: %s", out.Fault)))
	case out.Since.IsZero():
		a.say("\n%s\n", a.para(a.told("It has not been read yet; what it has when it first is counts as sent.")))
	case len(out.New) == 0:
		a.say("\nNothing is new.\n")
	default:
		a.say("\n%s, not yet in any issue:\n\n", phrase.Number(deliver.Plural(len(out.New), "entry is new", "entries are new")))
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
		a.say("\n%s\n", a.para(a.told("Nothing of it goes out by itself: %s.", out.Asks)))
	}
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
