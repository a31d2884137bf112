package store

import (
	"fmt"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestFailures: what failed is told by class and provider, from the small records while the
// run goes on and from what was written down when they are gone; no provider is kept at which
// few copies failed.
func TestFailures(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return now }})
	list := &subscribe.List{ID: "news"}
	var page []*subscribe.Subscriber
	for n := range 40 {
		domain := "gmail.com"
		switch {
		case n >= 30:
			domain = "office.example.jp"
		case n >= 25:
			domain = "docomo.ne.jp"
		}
		page = append(page, sample("news", fmt.Sprintf("reader%d@%s", n, domain)))
	}
	if err := s.Seed(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	r := startIssue(t, s, named("news", "autumn"))
	refused := deliver.Result{Outcome: deliver.Refused, Stage: deliver.StageRcpt, Code: 550, Enhanced: "5.7.1"}
	later := deliver.Result{Outcome: deliver.Deferred, Stage: deliver.StageRcpt, Code: 450, Enhanced: "4.2.2"}
	for n := range 40 {
		x := claimFirst(t, r)
		switch {
		case n < 12, n >= 25 && n < 29, n == 38:
			settleAs(t, r, x, refused)
		case n == 39:
			if err := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: x, Result: later, Next: now.Add(time.Hour)}, nil, nil); err != nil {
				t.Fatal(err)
			}
		default:
			settleAs(t, r, x, handedOver)
		}
	}
	at := func(x deliver.Result, provider string) deliver.Class {
		return deliver.Class{Deferred: x.Outcome == deliver.Deferred, Stage: x.Stage, Code: x.Code, Enhanced: x.Enhanced, Provider: provider}
	}
	want := func(when string, failed, back deliver.Classes) {
		t.Helper()
		f, b, err := s.Failures(named("news", "autumn"))
		if err != nil || fmt.Sprint(f) != fmt.Sprint(failed) || fmt.Sprint(b) != fmt.Sprint(back) {
			t.Errorf("%s: %v, %v, %v", when, f, b, err)
		}
	}
	want("in the run", deliver.Classes{at(refused, "gmail.com"): 12, at(refused, "docomo.ne.jp"): 4, at(refused, ""): 1, at(later, ""): 1}, deliver.Classes{})

	number := uint32(1)
	for _, e := range page[12:14] {
		of := subscribe.Return{List: list, Copy: true, Run: number, ID: e.ID}
		if _, err := s.Bounce(t.Context(), deliver.Bounce{Of: of, Kind: deliver.BouncedHard, Enhanced: "5.1.1"}); err != nil {
			t.Fatal(err)
		}
	}
	back := deliver.Class{Back: true, Stage: deliver.StageRcpt, Enhanced: "5.1.1", Provider: "gmail.com"}
	now = now.Add(49 * time.Hour)
	if ended, err := s.Conclude(t.Context(), named("news", "autumn"), func(i *deliver.Issue, b deliver.Balance, _ bool, at time.Time) { i.Finish(b, at) }); !ended || err != nil {
		t.Fatal(ended, err)
	}
	gone := deliver.Classes{at(refused, "gmail.com"): 12, at(refused, ""): 5, {Stage: deliver.StageRcpt, Code: 450, Enhanced: "4.2.2"}: 1}
	want("at its end", gone, deliver.Classes{back: 2})
	i, err := s.Issue(named("news", "autumn"))
	if err != nil || len(i.Readings) != 2 || i.Readings[1].Accepted != 22 || i.Readings[1].Failed != 18 {
		t.Errorf("it has read %v, %v", i.Readings, err)
	}

	now = now.Add(1000 * 24 * time.Hour)
	if _, err := s.Purge(t.Context(), subscribe.Retention{Suspended: 1, Consent: 1, Marks: 1, Ledgers: 1, Audit: 1, Provided: 1, Migrated: 1}, false); err != nil {
		t.Fatal(err)
	}
	back.Provider = ""
	want("years later", gone, deliver.Classes{back: 2})
}
