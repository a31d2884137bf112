package subscribe

import (
	"errors"
	"testing"
	"time"
)

func TestBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	onNews := w.joins("news", you, nil)
	onPress := w.joins("press", you, map[string]string{"name": "花子"})
	w.joins("news", me, nil)
	confirm := w.asksToJoin("news", "other@example.jp")
	block := func(a string) Token {
		return must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["news"], Address: mustAddress(t, a), Lang: Japanese, Issued: w.clock}))
	}
	link := block(you)
	w.fine(w.Block(t.Context(), link))
	if w.active("news", you) != nil || w.active("press", you) != nil || w.active("news", me) == nil {
		t.Error("a block leaves every list, and that address alone")
	}
	w.fine(w.Block(t.Context(), link)) // pressed again

	for _, list := range []string{"news", "press"} {
		w.sleep(25 * time.Hour)
		w.fine(w.AskJoin(t.Context(), w.asking(list, you)))
		w.fine(w.AskCorrection(t.Context(), w.asking(list, you)))
		if got := w.work(); len(got) != 0 {
			t.Errorf("a blocked address is owed %v", kinds(got))
		}
	}
	later := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToConfirm, List: w.Lists["news"], Address: mustAddress(t, you), Lang: Japanese, Issued: w.clock}))
	w.still("a confirm link of a blocked address", func() error { return w.Confirm(t.Context(), later, Answers{}) })

	w.fine(w.Block(t.Context(), block("other@example.jp"))) // never on any list
	w.still("its confirm link", func() error { return w.Confirm(t.Context(), confirm, Answers{}) })

	w.sleep(time.Hour)
	w.fine(w.Unblock(t.Context(), mustAddress(t, you)))
	if w.active("news", you) != nil || w.active("press", you) != nil {
		t.Error("lifting a block brought somebody back")
	}
	w.still("a link from the time of the block", func() error { return w.Confirm(t.Context(), later, Answers{}) })
	if s := w.joins("news", you, nil); s.ID != onNews.ID {
		t.Error("came back under another ID")
	}
	if s := w.joins("press", you, map[string]string{"name": "花子"}); s.ID != onPress.ID {
		t.Error("came back under another ID")
	}
	w.fine(w.Unblock(t.Context(), mustAddress(t, "other@example.jp")))
	w.still("a link from before the block of an address on no list", func() error { return w.Confirm(t.Context(), confirm, Answers{}) })
	w.still("lifting a block that there is not", func() error { return w.Unblock(t.Context(), mustAddress(t, "nobody@example.jp")) })
}

// A block is of the mailbox: it ends every spelling on every list, suspended ones
// too, in one commit, and no link of any spelling from before it joins or moves
// after it has been lifted.
func TestBlockEndsAllSpellings(t *testing.T) {
	t.Parallel()
	const tagged, dotted = "you+news@example.jp", "YOU+press@example.jp"
	w := newWorld(t)
	w.joins("news", tagged, nil)
	w.joins("press", dotted, map[string]string{"name": "花子"})
	onNews := w.joins("news", you, nil)
	w.joins("news", "you.too@example.jp", nil)
	suspended := w.joins("press", you, map[string]string{"name": "花子"})
	w.fine(w.Store.Update(t.Context(), func(tx Tx) error {
		tx.SetMark("press", suspended.Address, suspended.Suspend(tx.Now()))
		tx.Put(&suspended)
		return nil
	}))
	w.joins("news", me, nil)
	w.fine(w.Correct(t.Context(), w.asksToCorrect("news", me), Changes{NewAddress: "you+moved@example.jp"}))
	move := w.link(w.one(NoticeMove, "you+moved@example.jp"))
	pending := map[string]Token{"never here": w.asksToJoin("news", "you+new@example.jp")}
	unwritten := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToConfirm, List: w.Lists["news"], Address: mustAddress(t, "you+slow@example.jp"), Lang: Japanese, Issued: w.clock}))

	w.sleep(time.Minute)
	commits := w.store.commits
	w.fine(w.Block(t.Context(), must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["news"], Address: mustAddress(t, you), Lang: Japanese, Issued: w.clock}))))
	if w.store.commits != commits+1 {
		t.Error("not one commit")
	}
	for list, entries := range w.store.entries {
		for _, s := range entries {
			other := s.State != Ended && (s.Address == mustAddress(t, me) || s.Address == mustAddress(t, "you.too@example.jp"))
			if s.State != Ended && !other {
				t.Errorf("entry %d of %s goes on, in state %d", s.Seq, list, s.State)
			}
		}
	}
	if w.active("news", me) == nil || w.active("news", "you.too@example.jp") == nil {
		t.Error("somebody else's entry has ended")
	}
	pending["from the time of the block"] = must[Token](t)(w.Tokens.Mint(Link{Purpose: ToConfirm, List: w.Lists["news"], Address: mustAddress(t, tagged), Lang: Japanese, Issued: w.clock}))
	pending["of a move"], pending["of a slow relay"] = move, unwritten
	old := func(when string) {
		t.Helper()
		for name, tok := range pending {
			w.still(when+", a link "+name, func() error { return w.Confirm(t.Context(), tok, Answers{}) })
		}
	}
	old("blocked")
	w.sleep(time.Hour)
	w.fine(w.Unblock(t.Context(), mustAddress(t, "you+whatever@example.jp")))
	old("lifted")
	if w.joins("news", you, nil).ID != onNews.ID || w.joins("news", tagged, nil).State != Active {
		t.Error("nobody can come back after the block was lifted")
	}
	w.still("lifting it again", func() error { return w.Unblock(t.Context(), mustAddress(t, you)) })
}

// Older versions ended one spelling only, and lifted one only: a list's own mark
// of kind blocked that outlived its block is lifted too.
func TestUnblockWhatAnOlderVersionLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.marks[markKey{"news", "you+old@example.jp"}] = Mark{Kind: MarkBlocked, At: noon.Add(time.Hour), ID: NewID()}
	w.fine(w.Unblock(t.Context(), mustAddress(t, "You+old@example.jp"))) // the clock stands before the block
	if s := w.joins("news", "you+old@example.jp", nil); s.State != Active {
		t.Error("still blocked")
	}
}

// A list's own mark of kind blocked stops every notice too, even when the
// installation's has been lost.
func TestBlockOnOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.marks[markKey{"news", you}] = Mark{Kind: MarkBlocked, At: noon}
	w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
	if got := w.work(); len(got) != 0 {
		t.Errorf("owed: %v", kinds(got))
	}
}

func TestBlockLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("news", you, nil)
	link := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["news"], Address: mustAddress(t, you), Lang: Japanese, Issued: w.clock}))
	w.sleep(BlockFor + time.Second)
	if err := w.Block(t.Context(), link); !errors.Is(err, ErrLate) || w.active("news", you) == nil {
		t.Errorf("late: %v", err)
	}
}
