package subscribe

import (
	"errors"
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
		w.fine(w.Import(t.Context(), "news", Influx{Arrivals: all}))
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
	if err := w.Import(t.Context(), "news", Influx{Arrivals: all}); err == nil {
		t.Error("a list that has closed takes somebody")
	}
}

// TestImportOfWhoLeftElsewhere: who had left, or is blocked, elsewhere does not come in
// later in the same import; who is on the list here stays.
func TestImportOfWhoLeftElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	on := w.joins("news", "on@example.jp", nil)
	away := func(address string, blocked bool) Departure {
		return Departure{arrival(address, w.clock).Address, blocked}
	}
	in := Influx{
		Departures: []Departure{away("left@example.jp", false), away("black@example.jp", true), away("on@example.jp", true)},
		Arrivals:   []Arrival{arrival("left@example.jp", w.clock), arrival("new@example.jp", w.clock)},
	}
	for range 2 {
		w.fine(w.Import(t.Context(), "news", in))
		w.fine(w.Import(t.Context(), "news", Influx{Arrivals: []Arrival{arrival("left@example.jp", w.clock), arrival("b.lack@example.jp", w.clock), arrival("black@example.jp", w.clock)}}))
	}
	for address, want := range map[string]bool{"on@example.jp": true, "new@example.jp": true, "left@example.jp": false, "black@example.jp": false} {
		if got := w.active("news", address) != nil; got != want {
			t.Errorf("%s is on the list: %v", address, got)
		}
	}
	if s := w.active("news", "on@example.jp"); s.ID != on.ID {
		t.Error("who is on the list has changed")
	}
	if w.active("press", "black@example.jp") != nil {
		t.Error("a block is of one list")
	}
	w.fine(w.Store.Update(t.Context(), func(tx Tx) error {
		block, _, err := MarksOf(tx, "press", in.Departures[1].Address)
		if block == nil {
			t.Error("who is blocked may be written to by another list")
		}
		tally, err2 := tx.Tally(ImportTally("news"))
		if tally.last().IsZero() {
			t.Error("the list does not know that it has imported")
		}
		return errors.Join(err, err2)
	}))
}

// TestImportBlocksNobodyOnAList: who is on a list here, under whatever spelling, was blocked
// elsewhere, and is not here: nobody is on a list and blocked. They do not come onto the
// other list, either.
func TestImportBlocksNobodyOnAList(t *testing.T) {
	t.Parallel()
	fields := map[string]map[string]string{"press": {"name": "x"}}
	for _, x := range []struct{ list, on, blocked string }{
		{"press", "on@example.jp", "on@example.jp"},
		{"press", "On@example.jp", "on@example.jp"},
		{"news", "o.n@gmail.com", "on@gmail.com"},
	} {
		w := newWorld(t)
		w.joins(x.list, x.on, fields[x.list])
		a := arrival(x.blocked, w.clock)
		w.sleep(time.Hour)
		w.fine(w.Import(t.Context(), "news", Influx{Departures: []Departure{{a.Address, true}}}))
		w.fine(w.Import(t.Context(), "news", Influx{Arrivals: []Arrival{a}}))
		w.fine(w.Store.Update(t.Context(), func(tx Tx) error {
			block, _, err := MarksOf(tx, x.list, a.Address)
			if s, _ := tx.ByAddress(x.list, arrival(x.on, w.clock).Address); block != nil || s == nil || s.State != Active {
				t.Errorf("%v: blocked: %v, on the list: %v", x, block != nil, s != nil)
			}
			return err
		}))
		if w.active("news", x.blocked) != nil {
			t.Errorf("%v came onto the list", x)
		}
	}
}

// TestImportBlocksEverySpelling: who is blocked elsewhere does not come in under another
// spelling of the mailbox, in the same import or in a later one.
func TestImportBlocksEverySpelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := Influx{
		Departures: []Departure{{arrival("taro@example.jp", w.clock).Address, true}},
		Arrivals:   []Arrival{arrival("Taro+news@example.jp", w.clock), arrival("hanako@example.jp", w.clock)},
	}
	for range 2 {
		w.fine(w.Import(t.Context(), "news", in))
		if w.active("news", "Taro+news@example.jp") != nil || w.active("news", "hanako@example.jp") == nil {
			t.Fatal("who is blocked came in, or who is not did not")
		}
		in.Departures = nil
	}
}

// TestImportBlocksWhoLeft: who has left, here or elsewhere, is blocked all the same where they
// are blocked elsewhere, in whatever order both are told; whom the operator has let in again
// is not.
func TestImportBlocksWhoLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := arrival("taro@example.jp", w.clock).Address
	for n, in := range [][]Influx{
		{{Departures: []Departure{{a, false}, {a, true}}}},
		{{Departures: []Departure{{a, true}, {a, false}}}},
		{{Departures: []Departure{{a, false}}}, {Departures: []Departure{{a, true}}}},
	} {
		w := newWorld(t)
		for _, x := range in {
			w.fine(w.Import(t.Context(), "news", x))
		}
		w.wantBlocked(a, true, n)
		w.fine(w.Unblock(t.Context(), a))
		w.fine(w.Import(t.Context(), "news", in[len(in)-1]))
		w.wantBlocked(a, false, n)
	}
	left := w.joins("news", "taro@example.jp", nil)
	w.fine(w.Leave(t.Context(), w.Tokens.MintLeave(w.Lists["news"], left.ID)))
	w.fine(w.Import(t.Context(), "news", Influx{Departures: []Departure{{a, true}}}))
	w.wantBlocked(a, true, "here")
}

func (w *world) wantBlocked(a Address, want bool, what any) {
	w.t.Helper()
	w.fine(w.Store.Update(w.t.Context(), func(tx Tx) error {
		block, _, err := MarksOf(tx, "press", a)
		if block != nil != want {
			w.t.Errorf("%v: blocked: %v", what, !want)
		}
		return err
	}))
}

// TestImportAsks: with a confirmation nobody is put onto the list; who is new is asked
// once, at a rate that readers do not share, and who left is not.
func TestImportAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Limits = Limits{Intake: 10, PerHour: 60, PerNetworkHour: 10}
	left := w.joins("news", "left@example.jp", nil)
	w.fine(w.Leave(t.Context(), w.Tokens.MintLeave(w.Lists["news"], left.ID)))
	w.work()
	in := Influx{Confirm: true, Arrivals: []Arrival{arrival("left@example.jp", w.clock), arrival("a@example.jp", w.clock), arrival("b@example.jp", w.clock)}}
	owed := len(w.store.owed)
	w.fine(w.Import(t.Context(), "news", in))
	w.fine(w.Import(t.Context(), "news", in))
	asked := w.store.owed[owed:]
	if len(asked) != 2 || asked[0].Kind != NoticeConfirm || asked[1].Due.Sub(asked[0].Due) != time.Minute || asked[0].Due.Sub(w.clock) != time.Minute {
		t.Errorf("owed: %v", asked)
	}
	if w.active("news", "a@example.jp") != nil {
		t.Error("who was only asked is on the list")
	}
	for range 24*60 - 6 {
		in.Arrivals = append(in.Arrivals, in.Arrivals[0])
	}
	if err := w.Import(t.Context(), "news", in); !errors.Is(err, ErrImportFull) {
		t.Errorf("more than a day's mails are taken: %v", err)
	}
}
