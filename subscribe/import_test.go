package subscribe

import (
	"testing"
	"time"
)

func arrival(address string, when time.Time) Arrival {
	a, err := ParseAddress(address)
	if err != nil {
		panic(err)
	}
	return Arrival{Address: a, Lang: English, Consent: Consent{Wording: "from elsewhere", Policy: "2020-12-01", Requested: when, Confirmed: when, Lang: English}}
}

// TestImport: who is new comes in with the proof that was given elsewhere, once; who left
// or is blocked does not come back, and who is on the list stays as they are.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	on := w.joins("news", "on@example.jp", nil)
	left := w.joins("news", "left@example.jp", nil)
	w.fine(w.Leave(t.Context(), w.Tokens.MintLeave(w.Lists["news"], left.ID)))
	blocked := w.joins("news", "blocked@example.jp", nil)
	w.fine(w.Store.Update(t.Context(), func(tx Tx) error {
		tx.SetMark("", blocked.Address, Mark{Kind: MarkBlocked, At: tx.Now()})
		return nil
	}))
	w.fine(w.Remove(t.Context(), "news", blocked.Address))
	suspended := w.joins("news", "suspended@example.jp", nil)
	w.suspends(suspended)
	w.sleep(time.Hour)
	all := []Arrival{arrival("new@example.jp", w.clock), arrival("NEW@example.jp", w.clock)}
	for _, known := range []string{"on@example.jp", "left@example.jp", "blocked@example.jp", "suspended@example.jp"} {
		all = append(all, arrival(known, w.clock))
	}
	var id ID
	for range 2 {
		w.fine(w.Import(t.Context(), "news", all))
		s := w.active("news", "new@example.jp")
		if s == nil {
			t.Fatal("who is new did not come in")
		}
		if s.Consent != all[0].Consent || s.Lang != English || s.Revision != 1 {
			t.Errorf("came in as %+v", s)
		}
		if !id.IsZero() && s.ID != id {
			t.Error("the second time made another entry")
		}
		id = s.ID
		for _, gone := range []string{"left@example.jp", "blocked@example.jp", "suspended@example.jp"} {
			if w.active("news", gone) != nil {
				t.Errorf("%s is back", gone)
			}
		}
		if s := w.active("news", "on@example.jp"); s == nil || s.Consent != on.Consent || s.ID != on.ID {
			t.Error("who is on the list has changed")
		}
	}
	if got := w.work(); len(got) != 0 {
		t.Errorf("owed: %v", kinds(got))
	}
	w.Lists["news"].Closes = w.clock.AddDate(0, 0, -9)
	w.Lists["news"].Zone = time.UTC
	if err := w.Import(t.Context(), "news", all); err == nil {
		t.Error("a list that has closed takes somebody")
	}
}
