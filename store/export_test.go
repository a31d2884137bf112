package store

import (
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// TestPage: a list is gone through page by page, what cannot be read included.
func TestPage(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	seedReaders(t, w.Store, townList, 5)
	w.must(w.Store.file.Update(func(b *bolt.Tx) error {
		return layout.List(b, townList, layout.Entries).Put(layout.SeqKey(3), []byte("damaged"))
	}))
	var states []subscribe.State
	pages := 0
	for from := subscribe.Seq(1); from != 0; pages++ {
		page, next, err := w.Page(townList, from, 2)
		w.must(err)
		for _, e := range page {
			if e.Seq != subscribe.Seq(len(states)+1) || e.List != townList {
				t.Errorf("entry %d of %s stands at %d", e.Seq, e.List, len(states)+1)
			}
			states = append(states, e.State)
		}
		from = next
	}
	if pages != 3 || len(states) != 5 || states[2] != subscribe.Lost || states[4] != subscribe.Active {
		t.Errorf("%d pages: %v", pages, states)
	}
	if page, next, err := w.Page("nothing", 1, 2); len(page) != 0 || next != 0 || err != nil {
		t.Errorf("of no list: %v, %d, %v", page, next, err)
	}
	w.must(w.Store.file.Update(func(b *bolt.Tx) error { return layout.List(b, townList, layout.Entries).Delete(layout.SeqKey(3)) }))
}

// TestHeldAbout: all spellings of a mailbox are found, and of who moved only that they
// did: the old address may be somebody else's by now.
func TestHeldAbout(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	for _, address := range []string{"old@example.jp", "hanako@example.jp", "hanako+news@example.jp"} {
		w.join(address, w.now)
	}
	about := func(address string) Held {
		all, block, err := w.HeldAbout(addressOf(address), []string{townList})
		w.must(err)
		if len(all) != 1 || all[0].List != townList || block != nil {
			t.Fatalf("%+v, %v", all, block)
		}
		return all[0]
	}
	if h := about("hanako@example.jp"); len(h.Entries) != 2 || h.Mark != nil {
		t.Errorf("of two spellings: %d entries, mark %v", len(h.Entries), h.Mark)
	}
	moved := w.entryOf("old@example.jp")
	w.now = w.now.Add(time.Second)
	w.must(w.Store.Update(t.Context(), func(tx subscribe.Tx) error {
		tx.SetMark(townList, addressOf("old@example.jp"), moved.Move(addressOf("new@example.jp"), tx.Now()))
		tx.Put(moved)
		return nil
	}))
	if h := about("new@example.jp"); len(h.Entries) != 1 {
		t.Errorf("at the new address: %d entries", len(h.Entries))
	}
	w.leave(moved.ID)
	if h := about("new@example.jp"); len(h.Entries) != 1 || h.Entries[0].State != subscribe.Ended || h.Mark == nil {
		t.Errorf("who left: %+v", h)
	}
	if h := about("old@example.jp"); len(h.Entries) != 0 || h.Mark == nil || h.Mark.Kind != subscribe.MarkMoved {
		t.Errorf("at the old address: %+v", h)
	}
}
