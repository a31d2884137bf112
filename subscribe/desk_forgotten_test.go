package subscribe

import "testing"

// forgets does what a purge does: nothing is left of who has ended.
func (w *world) forgets() {
	clear(w.store.marks)
	for _, all := range w.store.entries {
		for i := range all {
			if all[i].State == Ended {
				all[i] = Subscriber{Seq: all[i].Seq, State: Ended}
			}
		}
	}
}

// TestLinksOutliveMarks: a reader who left, of whom nothing is kept any more, and who comes
// back, leaves by the link of the first issue.
func TestLinksOutliveMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.joins("press", you, map[string]string{"name": "花子"})
	link := w.leaveLink(first)
	w.fine(w.Leave(t.Context(), link))
	w.forgets()
	if again := w.joins("press", you, map[string]string{"name": "花子"}); again.ID != first.ID {
		t.Errorf("came back as %v, was %v", again.ID, first.ID)
	}
	w.fine(w.Leave(t.Context(), link))
	if w.active("press", you) != nil {
		t.Error("the link of the first issue ends nothing")
	}
}

// TestNobodyGetsAnothersID: who moved away has the ID of the old address with them, also
// when they are suspended at the new one, and whoever signs up there later has another.
func TestNobodyGetsAnothersID(t *testing.T) {
	t.Parallel()
	for name, suspended := range map[string]bool{"active": false, "suspended": true} {
		w := newWorld(t)
		first := w.joins("press", you, map[string]string{"name": "花子"})
		moved := first
		w.fine(w.store.Update(t.Context(), func(tx Tx) error {
			tx.SetMark("press", first.Address, moved.Move(mustAddress(t, "elsewhere@example.org"), tx.Now()))
			tx.Put(&moved)
			return nil
		}))
		if suspended {
			w.suspends(moved)
		}
		for _, forgotten := range []bool{false, true} {
			if forgotten {
				w.forgets()
			}
			other := w.joins("press", you, map[string]string{"name": "太郎"})
			if other.ID == first.ID {
				t.Errorf("%s, forgotten %v: somebody else has the ID of who moved away", name, forgotten)
			}
			if s := w.store.entries["press"][first.Seq-1]; s.State == Ended {
				t.Errorf("%s, forgotten %v: who moved away has ended", name, forgotten)
			}
			w.fine(w.Leave(t.Context(), w.leaveLink(other)))
		}
	}
}
