package subscribe

import "testing"

// TestLateBounceOfAnOlderAddress: what came back of a mail to an address that was changed,
// or confirmed anew, says nothing about the one that is there now.
func TestLateBounceOfAnOlderAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fields := map[string]string{"name": "花子"}
	var sent []Return // to each address that there was
	now := func(what, address string) Subscriber {
		t.Helper()
		s := w.active("press", address)
		text := w.Tokens.AppendReturn(nil, Return{List: w.Lists["press"], Copy: true, Run: 1, ID: s.ID, Generation: s.Generation})
		r, err := w.Tokens.RedeemReturn(string(text))
		w.fine(err)
		if !r.Reached(s) {
			t.Errorf("%s: a mail to the address of now did not reach it", what)
		}
		for n, old := range sent {
			if old.ID == s.ID && old.Reached(s) {
				t.Errorf("%s: mail %d to an older address counts for this one", what, n)
			}
		}
		sent = append(sent, r)
		return *s
	}
	w.joins("press", you, fields)
	first := now("joined", you)
	w.fine(w.Correct(t.Context(), w.asksToCorrect("press", you), Changes{NewAddress: fresh}))
	w.fine(w.Confirm(t.Context(), w.link(w.one(NoticeMove, fresh)), Answers{}))
	moved := now("moved", fresh)
	w.fine(w.Leave(t.Context(), w.leaveLink(moved)))
	w.joins("press", fresh, fields)
	again := now("left and came back", fresh)
	w.suspends(again)
	w.joins("press", fresh, fields)
	if last := now("suspended and came back", fresh); last.ID != first.ID {
		t.Error("the reader has another ID, so nothing was tried")
	}
	w.fine(w.Correct(t.Context(), w.asksToCorrect("press", fresh), Changes{Fields: map[string]string{"medium": "air"}}))
	if s := w.active("press", fresh); !sent[len(sent)-1].Reached(s) {
		t.Error("a correction made another address of it")
	}
}

func TestReached(t *testing.T) {
	t.Parallel()
	lists := sampleLists()
	r := Return{List: lists["press"], Copy: true, Run: 1, ID: ID{1}, Generation: 3}
	s := Subscriber{ID: ID{1}, List: "press", State: Active, Generation: 3 + Generations}
	if !r.Reached(&s) {
		t.Error("not the entry that it was sent to")
	}
	for name, change := range map[string]func(*Subscriber){
		"another list":      func(s *Subscriber) { s.List = "news" },
		"another entry":     func(s *Subscriber) { s.ID = ID{2} },
		"another address":   func(s *Subscriber) { s.Generation++ },
		"ended":             func(s *Subscriber) { s.State = Ended },
		"suspended already": func(s *Subscriber) { s.State = Suspended },
	} {
		other := s
		if change(&other); r.Reached(&other) {
			t.Errorf("%s: reached", name)
		}
	}
	if r.Reached(nil) {
		t.Error("nobody was reached")
	}
}

// TestReturnOfNotices: a notice to an address that is not its entry's speaks of none.
func TestReturnOfNotices(t *testing.T) {
	t.Parallel()
	list := sampleLists()["press"]
	s := &Subscriber{ID: ID{1}, List: "press", State: Active, Address: mustAddress(t, you), Generation: 66}
	for _, kind := range NoticeKinds() {
		n := NewNotice(kind, s, Japanese, noon)
		if kind == NoticeConfirm {
			n.Reader = ID{}
		}
		want := Return{List: list, Notice: 7, ID: ID{1}, Generation: 2}
		if kind == NoticeConfirm || kind == NoticeMove || kind == NoticeMoved {
			want.ID, want.Generation = ID{}, 0
		}
		if got := n.Return(list, 7); got != want {
			t.Errorf("%s: %+v", kind, struct {
				Notice     uint32
				ID         ID
				Generation uint8
			}{got.Notice, got.ID, got.Generation})
		}
	}
}
