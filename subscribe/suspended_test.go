package subscribe

import "testing"

// suspends does what the store does when copies are refused.
func (w *world) suspends(s Subscriber) {
	w.t.Helper()
	w.fine(w.store.Update(w.t.Context(), func(tx Tx) error {
		e := s
		tx.SetMark(e.List, e.Address, e.Suspend(tx.Now()))
		tx.Put(&e)
		return nil
	}))
}

// TestSuspendedSignsUpAgain: the pages answer as ever, a link from before the
// suspension brings nobody back, and a fresh double opt-in does.
func TestSuspendedSignsUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.asksToJoin("press", you)
	first := w.joins("press", you, map[string]string{"name": "花子"})
	w.suspends(first)
	if w.active("press", you) != nil {
		t.Fatal("still active")
	}
	w.still("an old confirm link", func() error {
		return w.Confirm(t.Context(), old, Answers{Fields: map[string]string{"name": "花子"}})
	})
	w.fine(w.AskCorrection(t.Context(), w.asking("press", you)))
	if got := w.work(); len(got) != 0 {
		t.Errorf("a correction link is owed to a suspended entry: %v", kinds(got))
	}
	second := w.joins("press", you, map[string]string{"name": "花子"})
	if second.ID != first.ID || second.Seq == first.Seq || second.State != Active {
		t.Errorf("came back as %+v", second)
	}
	if s := w.store.entries["press"][first.Seq-1]; s.State != Ended || !s.Address.IsZero() || s.Fields != nil {
		t.Errorf("the suspended entry is still there: %+v", s)
	}
	w.fine(w.Leave(t.Context(), w.leaveLink(first)))
	if w.active("press", you) != nil {
		t.Error("a leave link from before the suspension did not leave")
	}
}

// TestSuspendedGoes: who leaves, blocks or is removed while suspended is gone
// like anybody.
func TestSuspendedGoes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind MarkKind
		list string // of the mark
		do   func(*world, Subscriber) error
	}{
		"leave": {MarkLeft, "press", func(w *world, s Subscriber) error { return w.Leave(w.t.Context(), w.leaveLink(s)) }},
		"block": {MarkBlocked, "", func(w *world, s Subscriber) error {
			tok, err := w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["press"], Address: s.Address, Lang: Japanese, Issued: w.clock})
			w.fine(err)
			return w.Block(w.t.Context(), tok)
		}},
		"remove": {MarkLeft, "press", func(w *world, s Subscriber) error { return w.Remove(w.t.Context(), "press", s.Address) }},
	} {
		w := newWorld(t)
		s := w.joins("press", you, map[string]string{"name": "花子"})
		w.suspends(s)
		w.fine(tc.do(w, s))
		if e := w.newest("press", s.ID); e.State != Ended || !e.Address.IsZero() || e.Fields != nil {
			t.Errorf("%s: left behind: %+v", name, e)
		}
		if m := w.store.marks[markKey{tc.list, s.Address.Identity()}]; m.Kind != tc.kind {
			t.Errorf("%s: mark %+v", name, m)
		}
		w.still("again "+name, func() error { return w.Leave(t.Context(), w.leaveLink(s)) })
	}
}
