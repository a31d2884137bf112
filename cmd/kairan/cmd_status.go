package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) statusCommand() *cobra.Command {
	follow := false
	c := &cobra.Command{Use: "status", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.nowStatus(c.Context(), follow) }
	return c
}

// followEvery is how often --follow looks.
const followEvery = time.Second

// nowStatus prints how everything is. With follow it does so until ctx ends, in place on a
// terminal; a server that ends meanwhile is waited for.
func (a *app) nowStatus(ctx context.Context, follow bool) error {
	var found error
	for lines, looks := 0, 0; ; looks++ {
		s, err := a.askStatus(ctx)
		if ctx.Err() != nil {
			return found
		}
		if err != nil && (!follow || looks == 0 && exit.Code(err) != exit.Refused) {
			return err
		}
		if found = err; err == nil {
			found = alarmed(s)
		}
		switch {
		case !a.json:
			lines = a.redraw(a.statusScreen(s, err), lines, follow)
		case err == nil:
			if err := a.printJSON(s); err != nil {
				return err
			}
		}
		if !follow {
			return found
		}
		select {
		case <-ctx.Done():
			return found
		case <-time.After(followEvery):
		}
	}
}

// redraw prints a screen in the place of the last one, which had so many lines, and returns
// how many this one has; 0: nothing can be redrawn.
func (a *app) redraw(screen string, lines int, follow bool) int {
	a.over(lines)
	if follow {
		screen = cropped(screen, high(a.std.out))
	}
	a.say("%s", screen)
	if !a.moves(a.std.out) {
		return 0
	}
	return strings.Count(screen, "\n")
}

// alarmed is the error of a command that found alarms.
func alarmed(s service.Status) error {
	if n := len(s.Alarms); n > 0 {
		return &exit.Error{Code: exit.Failed, Err: errors.New(deliver.Count(n, "alarm"))}
	}
	return nil
}

// askStatus asks the server that runs. Without one there is nothing to ask, and no reason to
// open the database.
func (a *app) askStatus(ctx context.Context) (s service.Status, err error) {
	cfg, err := a.config()
	if err != nil {
		return s, err
	}
	cl, err := control.Dial[service.Service](cfg.Socket)
	if err != nil {
		return s, err
	}
	if cl == nil {
		return s, exit.Refusedf("%w (nothing answers on %s): no page is up, and no mail goes out. Start it with: systemctl start kairan, or: kairan serve. Why it ended is in its log: journalctl -u kairan", errNoServer, cfg.Socket)
	}
	if s, err = service.NowStatus.Call(ctx, cl, struct{}{}); errors.Is(err, control.ErrNoVerb) {
		return s, exit.Refusedf("the server that runs is of an older version, and cannot say; restart it with: systemctl restart kairan")
	}
	return s, err
}

// statusScreen is the screen, in lines of 80 columns at most; fault: why there is none.
func (a *app) statusScreen(s service.Status, fault error) string {
	now := a.now()
	if fault != nil {
		return a.remark("NOT WELL: " + fault.Error())
	}
	var b strings.Builder
	b.WriteString(a.remark(verdict(s, now)))
	for _, x := range s.Alarms {
		of := ""
		if x.Of != "" {
			of = " (" + x.Of + ")"
		}
		fmt.Fprintf(&b, "\n! %s%s since %s, %s\n", x.Name, of, local(x.Since), lasting(now.Sub(x.Since)))
		b.WriteString(a.remark("    " + x.Why))
		b.WriteString(a.remark("    What to do: " + x.Hint))
	}
	b.WriteString("\n")
	for _, i := range s.Issues {
		b.WriteString(a.issueNow(i, now))
	}
	for n, i := range s.Next {
		if n == nextShown {
			b.WriteString(row("", a.hint(fmt.Sprintf("and %d more: kairan issue ls", len(s.Next)-n))))
			break
		}
		b.WriteString(row(onlyFirst(n, "Next"), fmt.Sprintf("%s starts %s, %s", i.Issue, clock(i.Due, i.Zone), fromNow(i.Due.Sub(now)))+a.hint(readiness(i))))
	}
	if len(s.Issues)+len(s.Next) == 0 {
		b.WriteString(row("Next", "no issue is scheduled"))
	}
	for n, r := range s.Relays {
		b.WriteString(row(onlyFirst(n, "Relay"), joined(relayNow(r, now), sharing(s.Relays, n))))
	}
	b.WriteString(row("Pages", "up since "+local(s.Since)))
	b.WriteString(choresNow(s))
	b.WriteString(row("Database", fmt.Sprintf("%s, room for %s more, schema %d", deliver.Octets(int(s.Database.Octets)), deliver.Octets(int(s.Database.Room)), s.Database.Schema)))
	b.WriteString(row("Kairan", fmt.Sprintf("%s, up %s", s.Version, lasting(now.Sub(s.Since)))))
	return b.String()
}

// nextShown is how many of the issues that are scheduled have room on the screen.
const nextShown = 5

// verdict answers the question.
func verdict(s service.Status, now time.Time) string {
	well := "All is well."
	if n := len(s.Alarms); n > 0 {
		well = "NOT WELL: " + deliver.Count(n, "alarm") + "."
	}
	running := 0
	for _, i := range s.Issues {
		if i.State == deliver.Running.String() {
			running++
		}
	}
	switch {
	case slices.ContainsFunc(s.Alarms, func(a service.Alarm) bool { return a.Name == "database-held" }):
		return well + " Nothing goes out."
	case running > 0:
		return well + " " + deliver.Plural(running, "issue goes out.", "issues go out.")
	case len(s.Next) > 0:
		return well + " Next: " + s.Next[0].Issue + ", " + fromNow(s.Next[0].Due.Sub(now)) + "."
	}
	return well + " Nothing goes out, and nothing is scheduled."
}

// issueNow is an issue under way.
func (a *app) issueNow(i service.Issue, now time.Time) string {
	x := i.Balance
	if i.State == deliver.Held.String() {
		return row("Held", i.Issue+" was due "+clock(i.Due, i.Zone))
	}
	var b strings.Builder
	b.WriteString(row(strings.ToUpper(i.State[:1])+i.State[1:], fmt.Sprintf("%s %s %d%%", i.Issue, bar(x.Settled(), x.Audience, 20), percent(x.Settled(), x.Audience))))
	line := fmt.Sprintf("%s of %s settled", deliver.Thousands(x.Settled()), deliver.Thousands(x.Audience))
	for _, p := range x.Parts() {
		if p.Readers > 0 && p.Name != "pending" {
			line += fmt.Sprintf(", %s %s", deliver.Thousands(p.Readers), p.Name)
		}
	}
	if x.Bounced > 0 {
		line += ", bounced since " + deliver.Thousands(x.Bounced)
	}
	if i.PerMinute > 0 {
		line += fmt.Sprintf("; %s a minute", deliver.Thousands(max(about(i.PerMinute), 1)))
	}
	if left := i.Ends.Sub(now); !i.Ends.IsZero() && left > 0 {
		line += fmt.Sprintf("; ends about %s, %s", clock(i.Ends, i.Zone), fromNow(left))
	}
	b.WriteString(row("", line))
	if i.Waits.Why != "" && i.State == deliver.Running.String() {
		b.WriteString(row("", "waits: "+a.hint(i.Waits.Why)))
	}
	if !i.Balances {
		b.WriteString(row("", "THE BOOKS DO NOT BALANCE: please report this, with the server's log"))
	}
	return b.String()
}

// joined is a line with what more there is to say, if there is.
func joined(line, more string) string {
	if more == "" {
		return line
	}
	return line + "; " + more
}

func relayNow(r service.RelayNow, now time.Time) string {
	switch {
	case r.Why == "" && !r.Rests.IsZero():
		return r.Relay + " rests until " + local(r.Rests)
	case r.Why == "":
		return r.Relay + " takes mail"
	}
	line := r.Relay + " takes none"
	if !r.Since.IsZero() {
		line += " since " + local(r.Since)
	}
	if !r.Next.IsZero() {
		line += "; tried again " + fromNow(r.Next.Sub(now))
	}
	return line
}

// choresNow are what is done by night.
func choresNow(s service.Status) string {
	names := map[string]string{"purge": "Forgetting", "compact": "Compaction", "backup": "Backup"}
	var b strings.Builder
	for _, c := range s.Chores {
		line := "never yet"
		if !c.Last.IsZero() {
			line = "last " + local(c.Last)
		}
		switch {
		case !c.Next.IsZero():
			line += ", next about " + local(c.Next)
		case c.Chore == "backup":
			line += "; none is made by itself: see [backup]"
		}
		if c.Chore == "backup" && !s.Verified.IsZero() {
			line += "; verified " + s.Verified.Local().Format(time.DateOnly)
		}
		b.WriteString(row(names[c.Chore], line))
	}
	return b.String()
}

// rowIndent is where the words of a row begin.
const rowIndent = 12

// row is a line of the screen: what it is about, and how that is. What is too long goes on
// in lines below.
func row(name, line string) string {
	space := strings.Repeat(" ", rowIndent)
	head := text.Pad(name, rowIndent, ' ')
	return strings.TrimRight(head+strings.ReplaceAll(wrapped(line, usualWidth-1-rowIndent), "\n", "\n"+space), " ") + "\n"
}

// onlyFirst is the name of the first row of several.
func onlyFirst(n int, name string) string {
	if n > 0 {
		return ""
	}
	return name
}

// local is an instant that is of no list.
func local(t time.Time) string { return t.Local().Format("Mon 2006-01-02 15:04 MST") }

// lasting says for how long something has been so.
func lasting(d time.Duration) string { return "for " + deliver.Span(max(d, 0).Truncate(time.Second)) }

// remark is a sentence in lines that --follow can go back over; its own indent is that of
// all of them.
func (a *app) remark(s string) string {
	words := strings.TrimSpace(s)
	space := strings.Repeat(" ", len(s)-len(strings.TrimLeft(s, " ")))
	return space + strings.ReplaceAll(wrapped(a.hint(words), usualWidth-1-len(space)), "\n", "\n"+space) + "\n"
}

// cropped leaves out what a terminal of so many rows has no room for; 0: it is none.
func cropped(screen string, rows int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(screen, "\n"), "\n")
	if rows < 4 || len(lines) < rows {
		return screen
	}
	return strings.Join(lines[:rows-2], "") + fmt.Sprintf("… (%d more lines: kairan status)\n", len(lines)-rows+2)
}
