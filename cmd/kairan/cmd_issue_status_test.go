package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestStatusText: what an editor reads at 17:50 says what can still be waited
// for, and no line is too long for --follow to go back over.
func TestStatusText(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	expires := began.Add(72 * time.Hour)
	i := service.Issue{
		Issue: "japanifornia/autumn", State: "running", Zone: "Asia/Kathmandu", Started: began, Expires: expires, Balances: true,
		Subject: strings.Repeat("秋のお知らせ", 20), Relay: strings.Repeat("the relay cannot be used, and says so at length ", 6),
		Balance: deliver.Balance{Audience: 1_000_000, Accepted: 250_000, Deferred: 1, Pending: 749_999, UncertainEver: 3, Bounced: 1_002, Complaints: 1},
	}
	const wait = "what is deferred is tried until Wed 2026-11-25 05:45 +0545"
	out := inEnglish(t).text(i, began.Add(time.Hour))
	for _, want := range []string{"25%  250,000 of 1,000,000 settled", "=   250,000 accepted\n", "+         1 deferred\n", wait, "(3 uncertain at some time)", "(handed to the relay 250,000, bounced since 1,002, called abuse 1)", "No mail goes out: the relay"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	ends := began.Add(100 * time.Minute)
	i.Ends, i.PerMinute = ends, 11_999.7
	i.Waits = deliver.Wait{Why: "no mail goes out: " + i.Relay, Next: ends}
	i.Warnings = []string{strings.Repeat("about 3 messages will be given up ", 5)}
	more := inEnglish(t).text(i, began)
	for _, want := range []string{"  No mail goes out: the relay", "; next try Sun 2026-11-22 07:25 +0545\n", "  Ends about Sun 2026-11-22 07:25 +0545, in 100 minutes, at about 12,000 a\n  minute\n", "  Warning: about 3"} {
		if !strings.Contains(more, want) {
			t.Errorf("%q is not in\n%s", want, more)
		}
	}
	if strings.Count(more, "mail goes out") != 1 {
		t.Error("the relay's fault is told twice")
	}
	for line := range strings.SplitSeq(out+more, "\n") {
		if n := text.StringWidth(line); n >= 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if i.Balance.Deferred = 0; strings.Contains(inEnglish(t).text(i, began), "tried until") {
		t.Error("nothing is deferred, and it says until when it is tried")
	}
}

// inEnglish are the words of the status, with a long advice.
func inEnglish(t *testing.T) statusWords {
	t.Helper()
	s := (&app{}).inWords()
	s.advice = func(of string) string { return "Do about " + of + " what " + strings.Repeat("must be done ", 12) }
	return s
}

// TestStatusInJapanese: nothing of it is missing, or wider than a terminal.
func TestStatusInJapanese(t *testing.T) {
	t.Parallel()
	a := &app{getenv: func(name string) string { return map[string]string{"LANG": "ja_JP.UTF-8"}[name] }}
	zone := time.FixedZone("JST", 9*3600)
	for name, r := range map[string]service.Issue{"ended": aRecord(zone).Issue, "scheduled": {Issue: "x/y", State: "scheduled", Zone: "Asia/Tokyo", Due: time.Now().Add(9 * time.Minute), Readers: 3, Page: "https://mail.example.jp/x"}} {
		out := a.inWords().text(r, time.Now())
		for _, wrong := range []string{"%!", "status-", " minutes", "copies"} {
			if strings.Contains(out, wrong) {
				t.Errorf("%s: %q stands in\n%s", name, wrong, out)
			}
		}
		for line := range strings.SplitSeq(out, "\n") {
			if n := text.StringWidth(line); n >= 80 && !strings.Contains(line, "https://") {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
	due := time.Now().Add(time.Hour)
	soon := service.Issue{Issue: "x/y", State: "scheduled", Zone: "Asia/Tokyo", Due: due, First: due, Ends: due.Add(9 * time.Minute), PerMinute: 600}
	soon.Warnings, soon.WarningsJA = []string{"about 3 messages will be given up"}, []string{"約3通は打ち切られます"}
	if out := a.inWords().text(soon, time.Now()); strings.Contains(out, "It takes") || !strings.Contains(out, "注意: 約3通は打ち切られます") {
		t.Errorf("how long it takes, or a warning, is in English:\n%s", out)
	}
	soon.WarningsJA = nil // of an older server
	if out := a.inWords().text(soon, time.Now()); !strings.Contains(out, "注意: about 3 messages") {
		t.Errorf("a warning is lost:\n%s", out)
	}
	if out := a.inWords().text(aRecord(zone).Issue, time.Now()); !strings.Contains(out, "= 118,002 受理\n") || !strings.Contains(out, "1,290件: 550 5.1.1 docomo.ne.jp\n") {
		t.Errorf("it says\n%s", out)
	}
}
