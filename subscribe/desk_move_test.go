package subscribe

import (
	"errors"
	"testing"
	"time"
)

func TestMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("press", you, map[string]string{"name": "花子"})
	old := w.asksToJoin("news", you) // a link to the old address on another list, to be left alone
	tok := w.asksToCorrect("press", you)
	w.fine(w.Correct(t.Context(), tok, Changes{Fields: map[string]string{"medium": "air"}, NewAddress: fresh}))
	if w.active("press", you) == nil || w.active("press", fresh) != nil {
		t.Fatal("moved before the new address was confirmed")
	}
	move := w.link(w.one(NoticeMove, fresh))
	w.sleep(time.Minute)
	w.fine(w.Confirm(t.Context(), move, Answers{}))
	moved := w.active("press", fresh)
	if moved == nil || moved.ID != s.ID || moved.Seq != s.Seq || w.active("press", you) != nil || moved.Fields["medium"] != "air" {
		t.Fatalf("moved: %+v", moved)
	}
	if told := w.one(NoticeMoved, you); told.Reader != s.ID {
		t.Errorf("told: %+v", told)
	}
	w.still("the link again", func() error { return w.Confirm(t.Context(), move, Answers{}) })
	w.fine(w.Confirm(t.Context(), old, Answers{}))
	if w.active("news", you) == nil {
		t.Error("moving on one list stood in the way on another")
	}
	w.fine(w.Leave(t.Context(), w.leaveLink(s)))
	if w.active("press", fresh) != nil {
		t.Error("the leave link of the old address does not leave")
	}

	// The old address may join anew, as somebody else.
	if again := w.joins("press", you, map[string]string{"name": "花子"}); again.ID == s.ID {
		t.Error("an entry took over an ID that had moved away")
	}
}

func TestMoveLateOrOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("news", you, nil)
	move := func() Token {
		w.fine(w.Correct(t.Context(), w.asksToCorrect("news", you), Changes{NewAddress: fresh}))
		return w.link(w.one(NoticeMove, fresh))
	}
	late := move()
	w.sleep(ConfirmFor + time.Second)
	if err := w.Confirm(t.Context(), late, Answers{}); !errors.Is(err, ErrLate) || len(w.store.requests) != 0 {
		t.Errorf("late: %v", err)
	}
	overtaken := move()
	w.fine(w.Correct(t.Context(), w.asksToCorrect("news", you), Changes{NewAddress: me}))
	w.still("a link that a later correction overtook", func() error { return w.Confirm(t.Context(), overtaken, Answers{}) })

	// One who joined with the new address and left it again meant to.
	left := move()
	s := w.joins("news", fresh, nil)
	w.fine(w.Leave(t.Context(), w.leaveLink(s)))
	w.still("a link older than a leaving", func() error { return w.Confirm(t.Context(), left, Answers{}) })
}

func TestMoveToAnAddressOnTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := w.joins("press", you, map[string]string{"name": "花子"})
	there := w.joins("press", fresh, map[string]string{"name": "太郎"})
	w.fine(w.Correct(t.Context(), w.asksToCorrect("press", you), Changes{NewAddress: fresh}))
	w.sleep(time.Minute)
	w.fine(w.Confirm(t.Context(), w.link(w.one(NoticeMove, fresh)), Answers{}))
	w.one(NoticeMoved, you)
	if s := w.newest("press", here.ID); s.State != Ended || !s.Address.IsZero() {
		t.Errorf("the old entry did not end: %+v", s)
	}
	if s := w.active("press", fresh); s == nil || s.ID != there.ID || s.Fields["name"] != "太郎" || s.Revision != there.Revision {
		t.Errorf("the entry there did not stay as it was: %+v", s)
	}
}

func TestMoveToNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("news", you, nil)
	w.fine(w.Block(t.Context(), must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["news"], Address: mustAddress(t, fresh), Lang: Japanese, Issued: w.clock}))))
	for name, to := range map[string]string{"the same address": "YOU@example.jp", "a blocked address": fresh} {
		owed := len(w.store.owed) + 1 // the correction link
		w.fine(w.Correct(t.Context(), w.asksToCorrect("news", you), Changes{NewAddress: to}))
		if len(w.store.owed) != owed {
			t.Errorf("%s: owed %v", name, kinds(w.store.owed[owed:]))
		}
	}
	// Within the ceiling of the new address the correction is made, and the mail waits.
	const moves = 5
	for range moves {
		w.fine(w.Correct(t.Context(), w.asksToCorrect("news", you), Changes{NewAddress: me}))
	}
	settled := 0
	for _, n := range w.store.owed {
		if n.Kind == NoticeMove && n.To == mustAddress(t, me) {
			settled++
		}
	}
	if settled != moves {
		t.Fatalf("%d mails to a new address", settled)
	}
	tok := w.asksToCorrect("news", you)
	w.fine(w.Correct(t.Context(), tok, Changes{NewAddress: me}))
	owed := len(w.store.owed)
	w.sleep(time.Minute)
	s := w.active("news", you)
	again := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToCorrect, List: w.Lists["news"], ID: s.ID, Revision: s.Revision, Lang: Japanese, Issued: w.clock}))
	w.fine(w.Correct(t.Context(), again, Changes{NewAddress: me}))
	if len(w.store.owed) != owed+1 || w.active("news", you).Revision != s.Revision+1 {
		t.Fatal("no second mail, or no correction")
	}
	if n := w.store.owed[owed]; n.Due.Sub(w.clock) < 9*time.Minute || n.Due.Sub(w.clock) > day || n.Revision != s.Revision+1 {
		t.Errorf("a second mail too soon, or of no use: %+v", n)
	}
}
