package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) issueScheduleCommand() *cobra.Command {
	c := &cobra.Command{Use: `schedule LIST/SLUG --at "2026-12-01 09:00" | --slot next | --now`}
	a.startCommand(c, service.IssueSchedule, false)
	return c
}

func (a *app) issueRescheduleCommand() *cobra.Command {
	c := &cobra.Command{Use: `reschedule LIST/SLUG --at "2026-12-01 09:00" | --slot next | --now`}
	a.startCommand(c, service.IssueMove, true)
	return c
}

// startCommand gives a command the flags that say when an issue starts, and lets it show, ask
// and do.
func (a *app) startCommand(c *cobra.Command, verb control.Verb[service.Service, service.Schedule, service.Issue], move bool) {
	in, yes := service.Schedule{Move: move}, false
	c.Args = cobra.ExactArgs(1)
	c.Flags().StringVar(&in.At, "at", "", "")
	c.Flags().StringVar(&in.Slot, "slot", "", "")
	c.Flags().BoolVar(&in.Now, "now", false, "")
	c.Flags().StringVar(&in.Alone, "alone", "", "")
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		said := 0
		for _, is := range []bool{in.At != "", in.Slot != "", in.Now} {
			if is {
				said++
			}
		}
		if said != 1 {
			return exit.Usagef("say when %s starts: either --at \"2026-12-01 09:00\", in the list's time zone, or --slot next, or --now", args[0])
		}
		if in.Slot != "" && in.Slot != nextSlot {
			return exit.Usagef("--slot %s: write --slot next; which slots come stands in: kairan list show", in.Slot)
		}
		in.Issue = args[0]
		return a.with("", func(cl *client) error { return a.begin(c.Context(), cl, verb, in, yes) })
	}
}

// nextSlot is what --slot takes.
const nextSlot = "next"

// begin schedules an issue, once somebody has said yes to what that means, or says it by --yes.
func (a *app) begin(ctx context.Context, cl *client, verb control.Verb[service.Service, service.Schedule, service.Issue], in service.Schedule, yes bool) error {
	if !yes {
		seen, err := a.askToStart(ctx, cl, in)
		if err != nil {
			return err
		}
		in.Seen = seen
	}
	i, err := verb.Call(ctx, cl, in)
	if err != nil {
		return err
	}
	if yes {
		a.sayStart(i)
	} else {
		a.say("%s is scheduled for %s, %s.\n", i.Issue, clock(i.Due, i.Zone), fromNow(i.Due.Sub(a.now())))
	}
	a.say("To stop it:  %[1]s issue cancel %[2]s\nTo watch it: %[1]s issue status %[2]s --follow\n", a.self(), i.Issue)
	if cl.Local != nil {
		a.say("No server is running: start one with `kairan serve` before then.\n")
	}
	return nil
}

// askToStart shows what a start means, and asks about it. Where nobody sits at a terminal it
// says how it is said in advance: over ssh, or from a script, the same words must not do more
// than on a terminal.
func (a *app) askToStart(ctx context.Context, cl *client, in service.Schedule) (seen string, err error) {
	i, err := service.IssueForesee.Call(ctx, cl, in)
	if err != nil {
		return "", err
	}
	onError := *a
	onError.std.out = a.std.err
	onError.sayStart(i)
	if a.asks() {
		return i.Seen, a.agrees(ctx, "Schedule it so?")
	}
	when, verb := "--now", "schedule"
	switch {
	case in.Slot != "":
		when = "--slot " + in.Slot
	case in.At != "":
		when = fmt.Sprintf("--at %q", inZone(i.Due, i.Zone).Format("2006-01-02 15:04"))
	}
	if in.Alone != "" {
		when += " --alone " + shellWord(in.Alone)
	}
	if in.Move {
		verb = "reschedule"
	}
	return "", exit.Refusedf("nothing was changed, since nobody is there to be asked; to do this: kairan issue %s %s %s --yes", verb, i.Issue, when)
}

// sayStart says what a start means: which issue, when, to whom, for how long, and what speaks
// against it.
func (a *app) sayStart(i service.Issue) {
	a.lookAt(a.std.out, i.Findings)
	a.say("%s starts %s (%s),\n%s, for %s as of now.\n", i.Issue, inZone(i.Due, i.Zone).Format("Monday 2006-01-02 15:04:05 MST"),
		i.Zone, fromNow(i.Due.Sub(a.now())), deliver.Count(i.Readers, "reader"))
	a.sayPara(insteadOf(i, a.now()))
	a.sayPara("Subject: " + i.Subject)
	if !i.First.IsZero() && i.Readers > 0 {
		a.sayPara(duration(i))
	}
	if i.Readers == 0 {
		a.sayPara("The list has no readers yet: who joins after the start does not get it.")
	}
	a.sayFiles(i)
	a.sayPage(i)
	i = a.hinted(i)
	for _, w := range i.Warnings {
		a.sayPara("Warning: " + w)
	}
	if i.Relay != "" {
		a.sayPara("Warning: no mail goes out at present: " + i.Relay + "; have it mended before then")
	}
	a.sayPara(testOf(i))
	if !i.Tested && i.Testers > 0 {
		a.say("To test it: %s issue test %s\n", a.self(), i.Issue)
	}
	a.sayPara(a.hint(approvalOf(i)))
	if !i.Embargo.IsZero() {
		a.sayPara("Under embargo until " + clock(i.Embargo, i.Zone) + ".")
	}
}

// sayPara says a paragraph, if there is one.
func (a *app) sayPara(text string) {
	if text != "" {
		a.say("%s\n", a.para(text))
	}
}

// insteadOf says which time an issue had before; "": none.
func insteadOf(i service.Issue, now time.Time) string {
	switch {
	case i.Instead.IsZero() || i.Instead.Equal(i.Due):
		return ""
	case i.Instead.After(now):
		return "Until now it was to start " + clock(i.Instead, i.Zone) + ", " + fromNow(i.Instead.Sub(now)) + "."
	}
	return "It was due " + clock(i.Instead, i.Zone) + ", " + deliver.Span(now.Sub(i.Instead)) + " ago."
}
