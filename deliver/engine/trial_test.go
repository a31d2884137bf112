package engine

import (
	"context"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// asking is a transport that can ask.
type asking struct {
	deliver.Transport
	asked int
	err   error
}

func (a *asking) Try(_ context.Context, trials []deliver.Trial) ([]*deliver.Refusal, error) {
	a.asked++
	if a.err != nil {
		return nil, a.err
	}
	return make([]*deliver.Refusal, len(trials)), nil
}

// TestTryDisturbsNothing: a relay is asked while it has nothing to do, whatever it says
// holds nothing; while it is held or mail goes out over it, it is not asked.
func TestTryDisturbsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.e.Policy.LoginEvery = time.Hour
		w.e.Relays[0].PerMinute = 10
		a := &asking{Transport: w.e.Relays[0].Transport}
		w.e.Relays[0].Transport = a
		if w.e.Try(t.Context(), w.e.Relays[0].Name, make([]deliver.Trial, 2)) != nil || w.e.RelaysFor("a") != nil {
			t.Error("it asks before it runs")
		}
		stop := w.run()
		time.Sleep(time.Minute)
		try := func(what string, want int, refused bool) {
			t.Helper()
			before := a.asked
			answers := w.e.Try(t.Context(), w.e.Relays[0].Name, make([]deliver.Trial, 2))
			if len(answers) != 2*want || a.asked != before+want || want > 0 && (answers[0] != nil) != refused {
				t.Errorf("%s: %v, asked %d times", what, answers, a.asked-before)
			}
		}
		try("while it is idle", 1, false)
		a.err = &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "no")}
		try("while it takes no login", 1, true)
		if now := w.e.RelaysFor("a"); len(now) != 1 || now[0].Why != "" {
			t.Errorf("a trial holds it: %+v", now)
		}
		if w.e.Try(t.Context(), "another", make([]deliver.Trial, 2)) != nil {
			t.Error("another relay is asked")
		}
		w.e.Add(newLedger(w, "a/1", 100), never())
		time.Sleep(time.Minute)
		try("while an issue goes out", 0, false)
		w.e.holdRelay(w.e.routes[0], "it takes nothing", w.e.Policy.ourBackoff())
		try("while it is held", 0, false)
		if now := w.e.RelaysFor("a"); now[0].Why != "it takes nothing" {
			t.Errorf("it is held: %+v", now)
		}
		stop()
	})
}
