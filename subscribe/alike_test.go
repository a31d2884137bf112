package subscribe

import (
	"errors"
	"testing"
)

// TestALinkAlwaysCommits: what stands behind a link takes a commit, and one only, whether
// or not there is anything to change, so that the time of the answer tells nothing.
func TestALinkAlwaysCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named := Answers{Fields: map[string]string{"name": "花子"}}
	join := w.asksToJoin("press", you)
	s := w.joins("press", me, named.Fields)
	correct := w.asksToCorrect("press", me)
	leave := w.leaveLink(s)
	blocked := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["press"], Address: s.Address, Lang: Japanese, Issued: w.clock}))
	for _, step := range []struct {
		what    string
		do      func() error
		changes bool
	}{
		{"confirm", func() error { return w.Confirm(t.Context(), join, named) }, true},
		{"confirm again", func() error { return w.Confirm(t.Context(), join, named) }, false},
		{"correct", func() error {
			return w.Correct(t.Context(), correct, Changes{Fields: map[string]string{"name": "葉子"}})
		}, true},
		{"correct again", func() error {
			return w.Correct(t.Context(), correct, Changes{Fields: map[string]string{"name": "葉子"}})
		}, false},
		{"leave", func() error { return w.Leave(t.Context(), leave) }, true},
		{"leave again", func() error { return w.Leave(t.Context(), leave) }, false},
		{"block", func() error { return w.Block(t.Context(), blocked) }, true},
		{"remove who is unknown", func() error { return w.Remove(t.Context(), "press", mustAddress(t, "nobody@example.jp")) }, false},
		{"unblock who is not blocked", func() error { return w.Unblock(t.Context(), mustAddress(t, "nobody@example.jp")) }, false},
	} {
		synced, commits := w.store.synced, w.store.commits
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.what, err)
		}
		if n := w.store.synced - synced; n != 1 {
			t.Errorf("%s: %d commits, want 1", step.what, n)
		}
		if changed := w.store.commits != commits; changed != step.changes {
			t.Errorf("%s: changed something: %v", step.what, changed)
		}
	}
}

// TestNoRoomIsSaidToEverybody: when there is no space for one more entry, the confirm
// page says so to those who are on the list, too, or were, or are blocked.
func TestNoRoomIsSaidToEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named := Answers{Fields: map[string]string{"name": "花子"}}
	unknown, known := w.asksToJoin("press", you), w.asksToJoin("press", me)
	left := w.asksToJoin("press", fresh)
	w.fine(w.Confirm(t.Context(), known, named))
	w.fine(w.Confirm(t.Context(), left, named))
	w.fine(w.Leave(t.Context(), w.leaveLink(*w.active("press", fresh))))
	w.store.full = true
	for who, link := range map[string]Token{"unknown": unknown, "known": known, "left": left} {
		w.still(who, func() error {
			if err := w.Confirm(t.Context(), link, named); !errors.Is(err, ErrBusy) {
				t.Errorf("%s: %v, want ErrBusy", who, err)
			}
			return nil
		})
	}
	w.fine(w.Leave(t.Context(), w.leaveLink(*w.active("press", me))))
	if w.active("press", me) != nil {
		t.Error("leaving does not work without space")
	}
}
