package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// reporting is a store that writes to an office.
type reporting struct {
	*Store
	t   *testing.T
	now time.Time
	opt Options
}

func newReporting(t *testing.T) *reporting {
	w := &reporting{t: t, now: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}
	office := addressOf("office@example.jp")
	w.opt = Options{Dir: t.TempDir(), Keys: seal.Generate(w.now), Now: func() time.Time { return w.now }, Office: func(list string) (subscribe.Address, subscribe.Lang) {
		switch list {
		case "silent":
			return subscribe.Address{}, subscribe.Japanese
		case "other":
			return addressOf("Office@example.jp"), subscribe.English
		}
		return office, subscribe.Japanese
	}}
	w.open()
	return w
}

func (w *reporting) open() {
	w.t.Helper()
	s, err := Open(w.opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Store = s
	w.t.Cleanup(func() { _ = s.Close() })
}

// reports takes what waits for the office out of the outbox.
func (w *reporting) reports() (all []deliver.QueuedNotice) {
	w.t.Helper()
	for {
		o, err := w.ReserveNotice(w.now)
		if err != nil {
			w.t.Fatal(err)
		}
		if o == nil {
			return all
		}
		if err := w.ClaimNotice(w.t.Context(), *o); err != nil {
			w.t.Fatal(err)
		}
		if err := w.SettleNotice(w.t.Context(), *o, deliver.Result{Outcome: deliver.Accepted}, time.Time{}); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, *o)
	}
}

// TestReportsAreOwedWithTheChange: in the commit that ends or pauses an issue, once, and
// also when the process ends right behind it.
func TestReportsAreOwedWithTheChange(t *testing.T) {
	t.Parallel()
	w, ctx := newReporting(t), t.Context()
	seedReaders(t, w.Store, "japanifornia", 2)
	name := named("japanifornia", "one")
	startIssue(t, w.Store, name)
	if err := w.TakeBack(ctx, name, func(i *deliver.Issue, now time.Time) error { return i.Pause(deliver.Self, "the relay refuses", now) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	got := w.reports()
	if len(got) != 1 || got[0].Report.Kind != deliver.ReportPaused || got[0].Report.Balance.Pending != 2 || got[0].Notice.Lang != subscribe.Japanese ||
		got[0].Notice.To.Clear() != "office@example.jp" || !got[0].Notice.Expires.Equal(w.now.Add(deliver.ReportFor)) {
		t.Fatalf("a pause is reported as %+v", got)
	}
	change := func(do func(*deliver.Issue, time.Time) error) {
		t.Helper()
		if err := w.ChangeIssue(ctx, name, do); err != nil {
			t.Fatal(err)
		}
	}
	change(func(i *deliver.Issue, now time.Time) error { i.Remark("the relay takes mail again", now); return nil })
	change(func(i *deliver.Issue, now time.Time) error { return i.Resume("hanako", now) })
	change(func(i *deliver.Issue, now time.Time) error { return i.Pause("hanako", "", now) })
	change(func(i *deliver.Issue, now time.Time) error { return i.Resume("hanako", now) })
	if got := w.reports(); len(got) != 0 {
		t.Errorf("what somebody ordered is reported as %+v", got)
	}
	run, err := w.OpenRun(name)
	if err != nil {
		t.Fatal(err)
	}
	for r, _ := run.Reserve(w.now); r != nil; r, _ = run.Reserve(w.now) {
		if err := run.SettleAndClaim(ctx, nil, r, nil); err != nil {
			t.Fatal(err)
		}
		if err := run.SettleAndClaim(ctx, accepted(*r), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := w.Conclude(ctx, name, (*deliver.Issue).End); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.reports(); len(got) != 1 || got[0].Report.Kind != deliver.ReportEnded || got[0].Report.Balance.Accepted != 2 || got[0].Report.Started.IsZero() {
		t.Errorf("its end is reported as %+v", got)
	}
}

// TestReportsKnowNoMarks: whom a report goes to the operator has said; a reader with that
// address who has left, or is blocked, changes nothing. It waits for three days at most.
func TestReportsKnowNoMarks(t *testing.T) {
	t.Parallel()
	w, ctx := newReporting(t), t.Context()
	err := w.Update(ctx, func(tx subscribe.Tx) error {
		tx.SetMark("", addressOf("office@example.jp"), subscribe.Mark{Kind: subscribe.MarkBlocked, At: tx.Now()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	alarm := func(name string) {
		t.Helper()
		if err := w.ReportAlarm(ctx, []string{"japanifornia", "other", "silent"}, deliver.Report{Kind: deliver.ReportAlarm, Issue: name, Why: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	alarm("BackupOld")
	if got := w.reports(); len(got) != 1 || got[0].Notice.List != "japanifornia" {
		t.Errorf("reported as %+v", got)
	}
	alarm("DiskFull")
	w.now = w.now.Add(deliver.ReportFor)
	if n, err := w.SweepNotices(ctx); n != 1 || err != nil {
		t.Errorf("%d were swept (%v)", n, err)
	}
	alarm("DiskFull")
	o, err := w.ReserveNotice(w.now)
	if err != nil || o == nil {
		t.Fatal(o, err)
	}
	w.now = w.now.Add(deliver.ReportFor)
	if err := w.ClaimNotice(ctx, *o); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Errorf("claimed when it is of no use any more: %v", err)
	}
}

// TestAlarmsAreReportedThriceADay: however often they come and go, and whatever restarts.
func TestAlarmsAreReportedThriceADay(t *testing.T) {
	t.Parallel()
	w := newReporting(t)
	told := map[string]int{}
	for n := range 24 * 6 {
		for _, name := range []string{"RelayDown", "ClockWrong"} {
			if err := w.ReportAlarm(t.Context(), []string{"japanifornia"}, deliver.Report{Kind: deliver.ReportAlarm, Issue: name}); err != nil {
				t.Fatal(err)
			}
		}
		if n%50 == 49 {
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			w.open()
		}
		for _, o := range w.reports() {
			told[o.Report.Issue]++
		}
		w.now = w.now.Add(10 * time.Minute)
	}
	if fmt.Sprint(told) != "map[ClockWrong:3 RelayDown:3]" {
		t.Errorf("told %v", told)
	}
}
