package main

import (
	"context"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// upcoming prints what goes out within a week, day by day.
func (a *app) upcoming(ctx context.Context, list string) error {
	return tell(ctx, a, service.IssueUpcoming, service.OfList{List: list}, func(out []service.Upcoming) error {
		if len(out) == 0 {
			a.say("%s\n", a.para(a.told("Nothing goes out within a week, and no slot is free: no issue is scheduled, and the lists have no slots.")))
			return nil
		}
		if a.terminal() {
			a.sayWeek(out)
		} else {
			a.printTable(week(out))
		}
		for _, x := range out {
			if x.Unapproved {
				a.say("%s\n", a.para(a.told("%s does not begin before another account has approved it: kairan issue approve %[1]s", x.Issue)))
			}
		}
		return nil
	})
}

// week is a line for each issue, and for each slot that is free.
func week(all []service.Upcoming) rows {
	t := rows{{"Day", "Time", "List", "State", "Readers", "Issue"}}
	for _, x := range all {
		day, hour := dayAndHour(x)
		t = append(t, []string{day, hour, x.List, stateOf(x), deliver.Thousands(x.Readers), nameOf(x)})
	}
	return t
}

func dayAndHour(x service.Upcoming) (day, hour string) {
	if x.At.IsZero() {
		return "now", ""
	}
	at := inZone(x.At, x.Zone)
	return at.Format("Mon 2006-01-02"), at.Format("15:04 MST")
}

// sayWeek prints it for people, day by day: a table of so many columns would be broken into
// pieces.
func (a *app) sayWeek(all []service.Upcoming) {
	last := ""
	for _, x := range all {
		day, hour := dayAndHour(x)
		if day != last {
			if last != "" {
				a.say("\n")
			}
			a.say("%s\n", day)
			last = day
		}
		of := x.Issue
		if of == "" {
			of = x.List
		}
		a.say("  %-10s  %s: %s, %s\n", hour, of, stateOf(x), deliver.Count(x.Readers, "reader"))
		if x.Subject != "" {
			a.say("%14s%s\n", "", text.Trim(x.Subject, usualWidth-15))
		}
	}
}

// stateOf is what an editor must know of it at a glance.
func stateOf(x service.Upcoming) string {
	switch {
	case x.Unapproved:
		return x.State + ", not approved"
	case x.Fed:
		return "a feed fills it"
	case x.State == service.FreeSlot:
		return "free slot"
	}
	return x.State
}

// nameOf is the issue and its subject.
func nameOf(x service.Upcoming) string {
	_, slug, _ := strings.Cut(x.Issue, "/")
	return strings.TrimSpace(slug + "  " + x.Subject)
}
