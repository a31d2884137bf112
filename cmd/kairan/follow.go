package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// serverWaitedFor is how long a server that does not answer is waited for: it is restarted
// sooner, and its runs go on by themselves.
const serverWaitedFor = 2 * time.Minute

// followIssue shows where an issue stands, once a second at most, until nothing more of it will
// change: on a terminal as one screen, and elsewhere as a line for each change. It asks, and
// orders nothing: who stops it stops no run.
func (a *app) followIssue(ctx context.Context, cl *client, i service.Issue) error {
	var show shower = &changes{}
	if a.screens() && !a.json {
		show = &screen{out: a.std.out}
	}
	defer show.end()
	var lost time.Time
	for {
		show.issue(a, i, lost)
		if lost.IsZero() && over(i) {
			show.end()
			return nil
		}
		select {
		case <-ctx.Done():
			show.end()
			a.sayLeft(i)
			return nil
		case <-time.After(followEvery):
		}
		next, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: i.Issue})
		switch code := exit.Code(err); {
		case err == nil:
			i, lost = next, time.Time{}
		case ctx.Err() != nil:
		case code == exit.Usage || code == exit.Refused: // it was removed, or may not be seen any more
			return err
		case lost.IsZero():
			lost = time.Now()
		case time.Since(lost) > serverWaitedFor:
			return err
		}
	}
}

// over says that nothing more will change by itself.
func over(i service.Issue) bool {
	switch i.State {
	case "draft", "held", "finished":
		return true
	case "cancelled":
		return i.Balance.InFlight == 0
	}
	return false
}

// sayLeft says that the issue goes on without whoever followed it.
func (a *app) sayLeft(i service.Issue) {
	if a.json {
		return
	}
	say := a.inWords().say
	goes := say("stays", say(i.State))
	switch i.State {
	case "running":
		goes = say("goes-on")
	case "scheduled":
		goes = say("stays-scheduled")
	}
	a.say("\n%s\n%s\n", say("left", i.Issue, goes), say("again", a.self()+" issue status "+i.Issue+" --follow"))
}

// screens says that a person reads what is printed, on a terminal on which it may be drawn
// anew in its place: neither TERM nor NO_COLOR speaks against it.
func (a *app) screens() bool {
	env := a.getenv
	if !a.terminal() || env == nil {
		return false
	}
	return env("TERM") != "" && env("TERM") != "dumb" && env("NO_COLOR") == ""
}

// shower shows an issue again and again; lost is since when the server does not answer.
type shower interface {
	issue(a *app, i service.Issue, lost time.Time)
	end()
}

// screen is a terminal's other screen, which leaves the first one as it was.
type screen struct {
	out  io.Writer
	last string // what stands on it, and its size; "": it was not begun
	text string // the same for the first screen, when it ends
}

func (s *screen) issue(a *app, i service.Issue, lost time.Time) {
	s.text = a.inWords().text(a.hinted(i), a.now())
	say := a.inWords().say
	foot := say("foot")
	if !lost.IsZero() {
		foot = say("lost")
	}
	wide, rows := cmp.Or(columns(s.out), usualWidth), high(s.out)
	lines := strings.Split(fitted(s.text, rows-2, say)+"  "+foot, "\n")
	for n, l := range lines {
		lines[n] = text.Trim(l, wide)
	}
	now := strings.Join(lines, "\x1b[K\r\n") + "\x1b[K\x1b[J"
	if s.last == "" {
		fmt.Fprint(s.out, "\x1b[?1049h\x1b[?25l")
	}
	if seen := fmt.Sprint(wide, rows, now); seen != s.last { // in one write, so that it does not flicker
		fmt.Fprint(s.out, "\x1b[H"+now)
		s.last = seen
	}
}

// nobodys is a part of the balance that nobody is in.
var nobodys = regexp.MustCompile(`^[+] +0 `)

// fitted leaves out what a terminal of so many rows has no room for.
func fitted(screen string, rows int, say func(string, ...any) string) string {
	lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	if rows < 3 || len(lines) <= rows {
		return screen
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return nobodys.MatchString(l) })
	if len(lines) <= rows {
		return strings.Join(lines, "\n") + "\n"
	}
	return strings.Join(lines[:rows-2], "\n") + "\n  " + say("more", len(lines)-rows+2) + "\n"
}

// end leaves the screen, and leaves on the first one what stood there.
func (s *screen) end() {
	if s.last != "" {
		fmt.Fprint(s.out, "\x1b[?25h\x1b[?1049l"+s.text)
		s.last = ""
	}
}

// changes prints a line for each change, for pipes, logs and screen readers.
type changes struct{ last string }

func (c *changes) issue(a *app, i service.Issue, lost time.Time) {
	key := changeOf(i)
	if !lost.IsZero() {
		key = "lost"
	}
	if key == c.last {
		return
	}
	c.last = key
	switch {
	case a.json && lost.IsZero():
		_ = json.NewEncoder(a.std.out).Encode(i) // a line each
	case a.json:
	case !lost.IsZero():
		a.say("%s\n", a.inWords().say("lost"))
	default:
		a.say("%s\n", changeText(a.hinted(i), a.now()))
	}
}

func (c *changes) end() {}

// changeOf is what must differ for a line to be worth reading: in a long run a hundredth.
func changeOf(i service.Issue) string {
	key := fmt.Sprint(i.State, i.Due.Unix(), percent(i.Balance.Settled(), i.Balance.Audience), i.Waits.Why, i.Relay, i.Copy, i.Clock, len(i.Warnings), over(i))
	for _, x := range i.Failed {
		key += " " + x.Advice + x.Provider
	}
	return key
}

// changeText is where an issue stands, in one line.
func changeText(i service.Issue, now time.Time) string {
	line := inZone(now, i.Zone).Format("2006-01-02 15:04:05 MST") + "  " + i.State
	if i.Started.IsZero() {
		if !i.Due.IsZero() {
			line += " for " + clock(i.Due, i.Zone)
		}
		return line
	}
	x := i.Balance
	line += fmt.Sprintf("  %d%%: %s", percent(x.Settled(), x.Audience), x)
	if i.PerMinute > 0 && i.Ended.IsZero() {
		line += fmt.Sprintf("; about %s a minute", deliver.Thousands(max(about(i.PerMinute), 1)))
	}
	if !i.Ends.IsZero() && i.Ended.IsZero() {
		line += "; ends about " + clock(i.Ends, i.Zone)
	}
	for _, why := range []string{i.Waits.Why, i.Copy, i.Relay} {
		if why != "" {
			return line + "; waits: " + why
		}
	}
	return line
}
