package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// status prints where an issue stands; with follow it goes on until nothing
// more will change, rewriting its lines on a terminal.
func (a *app) status(ctx context.Context, cl *client, name string, follow bool) error {
	lines := 0
	for {
		i, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: name})
		if err != nil {
			return err
		}
		if a.json {
			if err := a.printJSON(i); err != nil {
				return err
			}
		} else {
			out := statusText(a.hinted(i), a.now())
			a.over(lines)
			a.say("%s", out)
			if a.terminal() {
				lines = strings.Count(out, "\n")
			}
		}
		if !follow || i.State == "finished" || i.State == "cancelled" && i.Balance.InFlight == 0 || i.State == "draft" || i.State == "held" {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// statusText is the progress bar, and the balance as the equation that it is.
func statusText(i service.Issue, now time.Time) string {
	var b strings.Builder
	// Lines stay under 80 columns, or --follow could not go back over them.
	fmt.Fprintf(&b, "%s  %s\n", i.Issue, i.State)
	switch {
	case !i.Ended.IsZero():
		fmt.Fprintf(&b, "ended %s, after %s", clock(i.Ended, i.Zone), i.Ended.Sub(i.Started).Round(time.Second))
	case !i.Started.IsZero():
		fmt.Fprintf(&b, "since %s", clock(i.Started, i.Zone))
	case !i.Due.IsZero() && i.State == deliver.Held.String():
		fmt.Fprintf(&b, "was due %s (%s)", clock(i.Due, i.Zone), i.Zone)
	case !i.Due.IsZero():
		fmt.Fprintf(&b, "for %s (%s), %s", clock(i.Due, i.Zone), i.Zone, fromNow(i.Due.Sub(now)))
	default:
		b.WriteString("not scheduled")
	}
	fmt.Fprintf(&b, "\n%s\n", text.Trim(i.Subject, 78))
	if i.Started.IsZero() {
		fmt.Fprintf(&b, "  %s as of now\n", deliver.Count(i.Readers, "reader"))
		b.WriteString(heldBack(i))
		b.WriteString(beforeStart(i))
		b.WriteString(prospects(i, now))
		b.WriteString(pageText(i))
		return b.String()
	}
	x := i.Balance
	fmt.Fprintf(&b, "\n  %s %3d%%  %s of %s settled\n\n", bar(x.Settled(), x.Audience, 40), percent(x.Settled(), x.Audience), deliver.Thousands(x.Settled()), deliver.Thousands(x.Audience))
	width := len(deliver.Thousands(x.Audience))
	fmt.Fprintf(&b, "  %*s audience\n", width, deliver.Thousands(x.Audience))
	for n, p := range x.Parts() {
		sign := "+"
		if n == 0 {
			sign = "="
		}
		fmt.Fprintf(&b, "%s %*s %s\n", sign, width, deliver.Thousands(p.Readers), p.Name)
	}
	if !i.Balances {
		b.WriteString("  THE BOOKS DO NOT BALANCE: please report this, with the server's log\n")
	}
	if x.UncertainEver > 0 {
		fmt.Fprintf(&b, "  (%s uncertain at some time)\n", deliver.Thousands(x.UncertainEver))
	}
	b.WriteString(cameBack(x))
	if x.Deferred > 0 {
		fmt.Fprintf(&b, "  (what is deferred is tried until %s)\n", clock(i.Expires, i.Zone))
	}
	if i.Copy != "" {
		b.WriteString(remark("Nothing goes out: " + i.Copy))
	}
	if i.Relay != "" && i.Waits.Why == "" {
		b.WriteString(remark("No mail goes out: " + i.Relay))
	}
	b.WriteString(relaySaid(i))
	b.WriteString(prospects(i, now))
	b.WriteString(pageText(i))
	return b.String()
}

// heldBack says what keeps an issue from beginning whose start is not near yet; then that is
// among what it lacks.
func heldBack(i service.Issue) string {
	if i.Before != nil {
		return ""
	}
	var b strings.Builder
	if i.Copy != "" {
		b.WriteString(remark("Nothing goes out: " + i.Copy))
	}
	if i.Clock != "" {
		b.WriteString(remark("No issue starts: " + i.Clock))
	}
	if i.Relay != "" && i.State == "scheduled" {
		b.WriteString(remark("No mail goes out: " + i.Relay))
	}
	return b.String()
}

// pageText is [publicAt] in lines short enough to go back over, but for an address that
// is longer.
func pageText(i service.Issue) string {
	if said := publicAt(i); said != "" {
		return remark(said)
	}
	return ""
}

// cameBack says what became of copies after the relay had taken them.
func cameBack(x deliver.Balance) string {
	line := ""
	if x.Bounced > 0 {
		line = ", bounced since " + deliver.Thousands(x.Bounced)
	}
	if x.Complaints > 0 {
		line += ", called abuse " + deliver.Thousands(x.Complaints)
	}
	if line == "" {
		return ""
	}
	return "  (handed to the relay " + deliver.Thousands(x.Accepted) + line + ")\n"
}

// prospects says what an issue waits for, how long it takes and when it ends.
func prospects(i service.Issue, now time.Time) string {
	var b strings.Builder
	if w := i.Waits; w.Why != "" {
		line := "Waits: " + w.Why
		if why, relay := strings.CutPrefix(w.Why, "no mail goes out"); relay {
			line = "No mail goes out" + why
		}
		switch {
		case !w.Next.IsZero() && w.Sure:
			line += "; until " + clock(w.Next, i.Zone)
		case !w.Next.IsZero():
			line += "; next try " + clock(w.Next, i.Zone)
		}
		b.WriteString(remark(line))
	}
	switch {
	case !i.Started.IsZero() && !i.Ends.IsZero():
		line := "Ends in a few seconds"
		if left := i.Ends.Sub(now); left > 5*time.Second {
			line = "Ends about " + clock(i.Ends, i.Zone) + ", " + fromNow(left)
		}
		if i.PerMinute > 0 {
			line += fmt.Sprintf(", at about %s a minute", deliver.Thousands(max(about(i.PerMinute), 1)))
		}
		b.WriteString(remark(line))
	case i.Started.IsZero() && !i.Due.IsZero() && !i.First.IsZero():
		b.WriteString(remark(duration(i)))
	case i.Started.IsZero() && i.Hours != "":
		b.WriteString(remark("The list sends from " + strings.Replace(i.Hours, "-", " to ", 1) + " only (send_between)"))
	}
	for _, w := range i.Warnings {
		b.WriteString(remark("Warning: " + w))
	}
	return b.String()
}

// about rounds to two digits: more would promise too much.
func about(n float64) int {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(n/unit) * unit)
}

// duration says of a scheduled issue how long it takes and when it ends.
func duration(i service.Issue) string {
	begins := i.Due
	line := ""
	if i.First.After(i.Due) {
		begins = i.First
		line = fmt.Sprintf("It waits for the hours of the list (send_between, %s): the first copy goes out %s. ",
			strings.Replace(i.Hours, "-", " to ", 1), clock(i.First, i.Zone))
	}
	if i.Ends.IsZero() {
		return line + "It takes longer than a year."
	}
	takes := "less than a minute"
	if d := i.Ends.Sub(begins); d >= time.Minute {
		takes = "about " + deliver.Span(d)
	}
	return line + fmt.Sprintf("It takes %s at %s a minute, and ends about %s.",
		takes, deliver.Count(int(i.PerMinute), "message"), clock(i.Ends, i.Zone))
}

// remark is a sentence of any length, in lines short enough to go back over.
func remark(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text.WrapSoft(s, 76), "\n") {
		fmt.Fprintf(&b, "  %s\n", strings.TrimRight(line, " "))
	}
	return b.String()
}

func percent(n, of int) int {
	if of == 0 {
		return 100
	}
	return n * 100 / of
}

func bar(n, of, width int) string {
	full := width
	if of > 0 {
		full = n * width / of
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// fromNow says a duration as people do: "in 9 minutes".
func fromNow(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + deliver.Span(d)
}
