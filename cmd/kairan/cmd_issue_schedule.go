package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
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
		a.tells("done", i.Issue, a.at("minute", i.Due, i.Zone), a.ahead(i.Due))
	}
	a.sayWays(i.Issue)
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
		return i.Seen, a.agrees(ctx, a.words().Start["ask"])
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
	return "", exit.Refusedf("%s", a.words().SayStart("asked", "kairan issue "+verb+" "+i.Issue+" "+when+" --yes"))
}
