package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestNoticesKeepTheRate: a flood of confirmations is given as the rate allows, and
// copies wait for it.
func TestNoticesKeepTheRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.e.Relays[0].PerMinute = 600
		w.add("a/1", 1000)
		stop := w.run()
		time.Sleep(10 * time.Second)
		before := countSent(w)
		w.mu.Lock()
		for n := range uint64(320) {
			w.notices = append(w.notices, queued(n))
		}
		w.mu.Unlock()
		w.e.Wake()
		time.Sleep(10 * time.Second)
		if n := countSent(w) - before; n > 115 || w.count("settle notice") < n-3 {
			t.Errorf("%d sent in ten seconds at 600 a minute, %d of them notices", n, w.count("settle notice"))
		}
		time.Sleep(30 * time.Second)
		stop()
		if w.count("settle notice") != 320 {
			t.Errorf("%d notices in the end", w.count("settle notice"))
		}
	})
}

// TestWhatCannotBeComposed is an Error, is counted, and is told to the editor.
func TestWhatCannotBeComposed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.notices = []deliver.QueuedNotice{{N: 3, MessageID: "bad", Attempt: 1, Notice: queued(3).Notice}}
		w.notices[0].Notice.Expires = never()
		l := newLedger(w, "a/1", 30)
		for n := range 12 {
			l.bad[l.pending[n].Seq] = true
		}
		w.e.Policy.Breaker = patient()
		w.e.Add(l, never())
		w.runFor(time.Minute)
		if got := w.e.Faults(); got != (Faults{Copies: 12, Notices: 1}) {
			t.Errorf("%+v", got)
		}
		if len(w.told()) != 2 || !strings.Contains(w.told()[0], "a/1: 1 of the copies could not be made") || !strings.Contains(w.told()[1], "a/1: 10 of") {
			t.Errorf("%q", w.told())
		}
		if n := strings.Count(w.log.String(), "level=ERROR msg=ComposeFault"); n != 13 || strings.Contains(w.log.String(), "reader@") {
			t.Errorf("%d faults in the log:\n%s", n, w.log.String())
		}
		if w.count("settle notice 3 deferred again in 15m") != 1 {
			t.Errorf("%q", w.events("settle notice"))
		}
	})
}

// TestReportsAreTriedAgain: a relay that refuses everybody is what a report may be about;
// a reader's notice is given up.
func TestReportsAreTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		report := queued(2)
		report.Report.Kind, report.Notice.Expires = deliver.ReportPaused, never()
		w.notices = []deliver.QueuedNotice{queued(1), report}
		w.send = func(context.Context, *conn, string) deliver.Result {
			return deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no")
		}
		w.runFor(time.Minute)
		if got := w.events("settle notice"); !slices.Equal(got, []string{"settle notice 1 refused", "settle notice 2 refused again in 15m0s"}) {
			t.Errorf("%q", w.events("settle notice"))
		}
	})
}

// TestNoticesDoNotWaitForGreylisting: only copies do.
func TestNoticesDoNotWaitForGreylisting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.send = func(_ context.Context, _ *conn, what string) deliver.Result {
			if strings.HasPrefix(what, "notice") {
				return accepted
			}
			return deliver.Judge(deliver.StageRcpt, 450, "4.7.1", "later")
		}
		w.add("a/1", 100)
		stop := w.run()
		time.Sleep(10 * time.Minute)
		w.ReturnNotice(queued(1))
		w.e.Wake()
		time.Sleep(time.Second)
		if w.count("settle notice") != 1 {
			t.Error("the notice waits")
		}
		stop()
	})
}
