package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestBeforeStart: what an editor reads of a start that is near, each thing once, and in
// lines short enough to go back over.
func TestBeforeStart(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	tried := []service.Tried{{Relay: "mail.example.jp", At: due.Add(-10 * time.Minute), Takes: true}, {Relay: "second.example.jp", At: due.Add(-time.Hour)}}
	unapproved := deliver.Lack{Kind: deliver.LackApproval, Says: "nobody but its author stands for it", Stops: true}
	long := deliver.Lack{Kind: deliver.LackFallback, Says: strings.Repeat("the fallback relay cannot be used, and ", 8)}
	for name, x := range map[string]struct {
		before   *service.Before
		warnings []string
		says     []string
		not      string
		short    string // on the screen of `kairan status`
	}{
		"far away":      {nil, nil, nil, "T", ""},
		"not tried yet": {&service.Before{}, nil, nil, "T", ""},
		"well": {&service.Before{Tried: tried}, nil, []string{
			"  Tried at 17:50 JST: mail.example.jp would take it\n", "  Tried at 17:00 JST: second.example.jp would not take it\n", "  All that its start needs is there\n",
		}, "begin", "; tried at 17:00, all is well"},
		"not well": {&service.Before{Lacks: []deliver.Lack{unapproved, long}, Tried: tried}, nil,
			[]string{"  It would not begin: nobody but its author", "  Not well: the fallback relay"}, "All that", "; NOT ALL IS WELL: kairan issue status news/one"},
		"told already": {&service.Before{Lacks: []deliver.Lack{unapproved}}, []string{"it will not start: " + unapproved.Says}, []string{"Warning: it will not start: nobody"}, "It would not", "; NOT ALL"},
	} {
		i := service.Issue{Issue: "news/one", State: "scheduled", Zone: "Asia/Tokyo", Due: due, Before: x.before, Warnings: x.warnings, Relay: "the relay is down"}
		out := inEnglish(t).text(i, due.Add(-5*time.Minute))
		for _, want := range x.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, out)
			}
		}
		if strings.Contains(beforeStart(i), x.not) || strings.Contains(out, "No mail goes out") != (x.before == nil) {
			t.Errorf("%s: %s", name, out)
		}
		if got := readiness(i); !strings.HasPrefix(got, x.short) || x.short == "" && got != "" {
			t.Errorf("%s: in short %q", name, got)
		}
		for line := range strings.SplitSeq(out, "\n") {
			if n := text.StringWidth(line); n >= 80 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}
