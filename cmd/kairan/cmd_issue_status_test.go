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
	out := statusText(i, began.Add(time.Hour))
	for _, want := range []string{"25%  250,000 of 1,000,000 settled", "=   250,000 accepted\n", "+         1 deferred\n", wait, "(3 uncertain at some time)", "(handed to the relay 250,000, bounced since 1,002, called abuse 1)", "No mail goes out: the relay"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	ends := began.Add(100 * time.Minute)
	i.Ends, i.PerMinute = ends, 11_999.7
	i.Waits = deliver.Wait{Why: "no mail goes out: " + i.Relay, Next: ends}
	i.Warnings = []string{strings.Repeat("about 3 messages will be given up ", 5)}
	more := statusText(i, began)
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
	if i.Balance.Deferred = 0; strings.Contains(statusText(i, began), "tried until") {
		t.Error("nothing is deferred, and it says until when it is tried")
	}
}
