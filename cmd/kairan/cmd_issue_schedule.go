package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
)

func (a *app) issueScheduleCommand() *cobra.Command {
	in, yes := service.Schedule{}, false
	c := &cobra.Command{
		Use:   `schedule LIST/SLUG --at "2026-12-01 09:00" | --slot next | --now`,
		Short: "Set when the issue starts, in the list's time zone",
		Long: `Set when the issue starts, in the list's time zone: --at "2026-12-01 09:00",
--at "tomorrow 09:00", or --at 18:00 for the next time that it is that late. The
day is said back. --slot next takes the list's next slot for which no other issue is
scheduled; kairan list show LIST says which those are. Whether all copies can be out before they are given up is
computed first; if not, it is refused, with what to change. Where something in the
text is probably not meant, that is said, and asked about on a terminal.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&in.At, "at", "", `when, in the list's time zone: "2026-12-01 09:00", "tomorrow 09:00" or 18:00`)
	c.Flags().StringVar(&in.Slot, "slot", "", "next: in the list's next slot that is free")
	c.Flags().BoolVar(&in.Now, "now", false, "after now_delay, so that it can still be stopped: 60 seconds, if nothing else is configured (5 in the demo)")
	c.Flags().StringVar(&in.Alone, "alone", "", "where the list asks for another account's approval: go without, for this reason, which the audit trail keeps")
	c.Flags().BoolVar(&yes, "yes", false, "also where something in the text is probably not meant, without asking")
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
		return a.with("", func(cl *client) error {
			asks := a.asks() && !yes
			var asked finding.List
			if asks {
				var err error
				if asked, err = a.askAbout(c.Context(), cl, in); err != nil {
					return err
				}
			}
			i, err := service.IssueSchedule.Call(c.Context(), cl, in)
			if err != nil {
				return err
			}
			if !slices.Equal(asked, i.Findings) { // while somebody thought, the text may have been replaced
				a.lookAt(a.std.out, i.Findings)
			}
			a.sayScheduled(i)
			if cl.Local != nil {
				a.say("No server is running: start one with `kairan serve` before then.\n")
			}
			return nil
		})
	}
	return c
}

// nextSlot is what --slot takes.
const nextSlot = "next"

// askAbout asks whether to schedule an issue in whose text something is probably not
// meant. What keeps it from being scheduled is said by scheduling it.
func (a *app) askAbout(ctx context.Context, cl *client, in service.Schedule) (finding.List, error) {
	out, err := service.IssueLint.Call(ctx, cl, service.Lint{Issue: in.Issue, At: in.At, Now: in.Now, Slot: in.Slot})
	if err != nil || len(out.Findings) == 0 || out.Findings.Err() != nil {
		return nil, err
	}
	a.lookAt(a.std.err, out.Findings)
	return out.Findings, a.agrees(ctx, "Schedule it all the same?")
}

// sayScheduled says when an issue starts, and what there is to know of it till then.
func (a *app) sayScheduled(i service.Issue) {
	a.say("%s starts %s (%s),\n%s, for %s as of now.\n", i.Issue, inZone(i.Due, i.Zone).Format("Monday 2006-01-02 15:04:05 MST"),
		i.Zone, fromNow(i.Due.Sub(a.now())), deliver.Count(i.Readers, "reader"))
	if !i.First.IsZero() && i.Readers > 0 {
		a.say("%s\n", a.para(duration(i)))
	}
	if i.Readers == 0 {
		a.say("The list has no readers yet: who joins after the start does not get it.\n")
	}
	a.sayFiles(i)
	a.sayPage(i)
	i = a.hinted(i)
	for _, w := range i.Warnings {
		a.say("%s\n", a.para("Warning: "+w))
	}
	if i.Relay != "" {
		a.say("%s\n", a.para("Warning: no mail goes out at present: "+i.Relay+"; have it mended before then"))
	}
	a.sayUntested(i)
	if said := approvalOf(i); said != "" {
		a.say("%s\n", a.para(a.hint(said)))
	}
	a.say("To stop it:  %[1]s issue cancel %[2]s\nTo watch it: %[1]s issue status %[2]s --follow\n", a.self(), i.Issue)
}
