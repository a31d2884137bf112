package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestStatusScreen: whatever there is to say, each line has room in 80 columns, and the first
// is the answer.
func TestStatusScreen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	long := strings.TrimSpace(strings.Repeat("a long reason that goes on ", 12))
	running := service.Issue{
		Issue: "japanifornia/" + strings.Repeat("autumn-", 6) + "1", State: "running", Zone: "Asia/Tokyo", Balances: true, PerMinute: 1234.5, Ends: now.Add(9 * time.Minute),
		Balance: deliver.Balance{Audience: 123456, Accepted: 100000, Refused: 23, Expired: 1, Deferred: 400, Withdrawn: 1000, Uncertain: 4, InFlight: 8, Pending: 22020, Bounced: 3},
		Waits:   deliver.Wait{Why: long},
	}
	paused, held, unbalanced := running, running, running
	paused.State, held.State, held.Due, unbalanced.Balances = "paused", "held", now, false
	var next []service.Issue
	for n := range 8 {
		next = append(next, service.Issue{Issue: "whats-new/2026-12", State: "scheduled", Zone: "Asia/Tokyo", Due: now.Add(time.Duration(n+1) * 9 * time.Minute)})
	}
	alarm := service.Alarm{Name: "relay", Of: "mail.example.jp", Why: long, Hint: long, Since: now.Add(-2 * time.Hour)}
	down := service.RelayNow{Relay: "mail.example.jp", Why: "x", Since: now.Add(-time.Hour), Next: now.Add(time.Minute)}
	a := &app{now: func() time.Time { return now }}
	for _, c := range []struct {
		s    service.Status
		says []string
	}{
		{service.Status{}, []string{"All is well. Nothing goes out, and nothing is scheduled.", "Next        no issue is scheduled"}},
		{service.Status{Next: next}, []string{"All is well. Next: whats-new/2026-12, in 9 minutes.", "starts Tue 2026-12-01 18:09 JST, in 9 minutes", "and 3 more: kairan issue ls"}},
		{service.Status{Issues: []service.Issue{running}}, []string{"All is well. 1 issue goes out.", "101,024 of 123,456", "23 refused", "bounced since 3", "1,200 a minute", "ends about", "waits: a long"}},
		{service.Status{Issues: []service.Issue{running, paused, held, unbalanced}, Alarms: []service.Alarm{alarm, alarm}, Relays: []service.RelayNow{down, {Relay: "second.example.jp"}, {Relay: "a.example.jp", Share: 3}, {Relay: "b.example.jp", Share: 1, Beside: true, Rests: now}}},
			[]string{"NOT WELL: 2 alarms. 2 issues go out.", "! relay (mail.example.jp) since ", "for 2 hours", "What to do: a long", "Paused      ", "Held        ", "THE BOOKS DO NOT BALANCE", "takes none since", "in 60 seconds", "second.example.jp takes mail\n", "a.example.jp takes mail; 3 of 4 of the load, with b.example.jp\n", "b.example.jp rests until ", "; 1 of 4 of the"}},
		{service.Status{Chores: []service.ChoreNow{{Chore: "purge", Last: now, Next: now.Add(24 * time.Hour)}, {Chore: "backup"}}, Verified: now}, []string{"All is well. Nothing goes out, and nothing is scheduled.", "Forgetting  last ", "Backup      never yet; none is made by itself: see [backup]; verified"}},
	} {
		screen := a.statusScreen(c.s, nil)
		for line := range strings.Lines(screen) {
			if n := text.StringWidth(strings.TrimSuffix(line, "\n")); n >= usualWidth || strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
				t.Errorf("%d columns: %q", n, line)
			}
		}
		if !strings.HasPrefix(screen, c.says[0]+"\n") {
			t.Errorf("does not begin with %q:\n%s", c.says[0], screen)
		}
		for _, want := range c.says {
			if !strings.Contains(screen, want) {
				t.Errorf("does not say %q:\n%s", want, screen)
			}
		}
	}
}

func TestCropped(t *testing.T) {
	t.Parallel()
	screen := strings.Repeat("x\n", 30)
	for rows, want := range map[int]int{0: 30, 3: 30, 24: 23, 30: 29, 31: 30, 50: 30} {
		if got := strings.Count(cropped(screen, rows), "\n"); got != want {
			t.Errorf("of 30 lines %d are shown in %d rows, want %d", got, rows, want)
		}
	}
	if got := cropped(screen, 24); !strings.HasSuffix(got, "… (8 more lines: kairan status)\n") {
		t.Error(got)
	}
}
