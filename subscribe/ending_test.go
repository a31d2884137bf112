package subscribe

import (
	"errors"
	"testing"
	"time"
)

func TestEndings(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("JST", 9*3600)
	day := func(d int) time.Time { return time.Date(2027, 3, d, 0, 0, 0, 0, time.UTC) }
	at := func(d, hour int) time.Time { return time.Date(2027, 3, d, hour, 0, 0, 0, zone) }
	never := time.Time{}
	for name, c := range map[string]struct {
		closes, eraseBy, ended, now time.Time
		since                       time.Time
		over                        bool
	}{
		"never":                         {now: at(9, 0)},
		"on the last day":               {closes: day(9), now: at(9, 23)},
		"after it":                      {closes: day(9), now: at(10, 0), since: at(10, 0)},
		"long after it":                 {closes: day(9), eraseBy: day(20), now: at(19, 23), since: at(10, 0)},
		"on the day of erasure":         {closes: day(9), eraseBy: day(20), now: at(20, 0), since: at(10, 0), over: true},
		"erased, and never closed":      {eraseBy: day(20), now: at(25, 0), since: at(20, 0), over: true},
		"ended by the operator":         {ended: at(5, 14), now: at(5, 15), since: at(5, 14), over: true},
		"ended before its last day":     {closes: day(9), ended: at(5, 14), now: at(12, 0), since: at(5, 14), over: true},
		"ended after it was closed":     {closes: day(9), ended: at(11, 14), now: at(12, 0), since: at(10, 0), over: true},
		"to be erased, and not so soon": {eraseBy: day(20), now: at(19, 23), since: never},
	} {
		l := &List{ID: "news", Zone: zone, Closes: c.closes, EraseBy: c.eraseBy}
		e := Endings(func(string) time.Time { return c.ended })
		if got := e.Closed(l, c.now); !got.Equal(c.since) {
			t.Errorf("%s: closed since %s, want %s", name, got, c.since)
		}
		if got := e.Over(l, c.now); got != c.over {
			t.Errorf("%s: over %v, want %v", name, got, c.over)
		}
	}
}

// TestAListThatCloses takes nothing in after its last day, whoever asks, and no tally of
// it; a link from before joins until all is erased, and a late one asks for no other.
// Leaving and correcting go on.
func TestAListThatCloses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ended time.Time
	w.Endings = func(string) time.Time { return ended }
	w.intake.Endings = w.Endings
	w.joins("news", you, nil)
	l := w.Lists["news"]
	l.Zone = time.UTC
	early, late := w.asksToJoin("news", "early@example.jp"), w.asksToJoin("news", "late@example.jp")
	last := w.asksToJoin("news", "last@example.jp")
	today := w.clock.UTC().Truncate(24 * time.Hour)
	l.Closes, l.EraseBy = today, today.AddDate(0, 0, 30)
	w.sleep(24 * time.Hour)
	asks := func() error { return w.AskJoin(t.Context(), w.asking("news", "new@example.jp")) }
	for _, address := range []string{you, "new@example.jp"} {
		if err := w.AskJoin(t.Context(), w.asking("news", address)); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	}
	if got := w.work(); len(got) != 0 {
		t.Errorf("owed: %v", kinds(got))
	}
	w.fine(w.Confirm(t.Context(), early, Answers{}))
	if w.active("news", "early@example.jp") == nil {
		t.Error("who asked on the last day is not let in")
	}
	w.work()
	w.fine(w.AskCorrection(t.Context(), w.asking("news", "early@example.jp")))
	w.one(NoticeCorrect, "early@example.jp")
	w.sleep(ConfirmFor)
	if err := w.Confirm(t.Context(), late, Answers{From: w.asking("news", you).From}); !errors.Is(err, ErrClosed) {
		t.Errorf("a late link: %v", err)
	}
	if got := w.work(); len(got) != 0 {
		t.Errorf("a late link has brought about %v", kinds(got))
	}
	ended = w.clock
	l.Closes, l.EraseBy, w.clock = time.Time{}, time.Time{}, w.clock.Add(-ConfirmFor)
	for _, tok := range []Token{last} {
		if err := w.Confirm(t.Context(), tok, Answers{}); !errors.Is(err, ErrClosed) || w.active("news", "last@example.jp") != nil {
			t.Errorf("the operator has ended it, and a link: %v", err)
		}
	}
	ended = time.Time{}
	w.fine(asks())
	ended = w.clock
	if got := w.work(); len(got) != 0 {
		t.Errorf("who asked before it ended is owed %v", kinds(got))
	}
	if err := asks(); !errors.Is(err, ErrClosed) {
		t.Errorf("the operator has ended it: %v", err)
	}
	w.fine(w.Leave(t.Context(), w.Tokens.MintLeave(l, w.active("news", you).ID)))
	if w.active("news", you) != nil {
		t.Error("nobody leaves a list that has ended")
	}
}
