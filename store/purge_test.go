package store

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// kept is the retention of these tests: each period is another.
var kept = subscribe.Retention{Consent: 35, Marks: 45, Suspended: 30, Ledgers: 31, Audit: 366, Provided: 1096, Migrated: 7, FreePages: 6, Backups: 36}

const aDay = 24 * time.Hour

// keys is how many keys a bucket of the town's list has.
func (w *town) keys(name []byte) (n int) {
	w.t.Helper()
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		return layout.Each(layout.List(b, townList, name), func(_, _ []byte) error { n++; return nil })
	}))
	return n
}

func (w *town) keysAtTop(name []byte) (n int) {
	w.t.Helper()
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		return layout.Each(b.Bucket(name), func(_, _ []byte) error { n++; return nil })
	}))
	return n
}

// linesOf are the lines of the journal that are about somebody.
func (w *town) linesOf() (n int) {
	w.t.Helper()
	_, err := w.journal.Each(0, func(l journal.Line) error {
		if l.Mark != ([16]byte{}) {
			n++
		}
		return nil
	})
	w.must(err)
	return n
}

// suspend suspends the reader of an address.
func (w *town) suspend(address string) {
	w.t.Helper()
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByAddress(townList, addressOf(address))
		if err != nil {
			return err
		}
		tx.SetMark(townList, e.Address, e.Suspend(tx.Now()))
		tx.Put(e)
		return nil
	}))
}

// ofRun is how many small records, of the audience and of copies, a run has.
func (w *town) ofRun(slug string) (n int) {
	w.t.Helper()
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		run := layout.Run(b, named(townList, slug))
		return errors.Join(layout.Each(run.Bucket(layout.Audience), func(_, _ []byte) error { n++; return nil }),
			layout.Each(run.Bucket(layout.Copies), func(_, _ []byte) error { n++; return nil }))
	}))
	return n
}

// aside puts a file down that was written now.
func (w *town) aside(path string) {
	w.t.Helper()
	w.must(errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, w.now, w.now)))
}

func exists(path string) int {
	if _, err := os.Stat(path); err != nil {
		return 0
	}
	return 1
}

// purged is what a purge has forgotten, or would, of one kind.
func (w *town) purged(kind string, dry bool) int {
	w.t.Helper()
	all, err := w.Purge(w.t.Context(), kept, dry)
	w.must(err)
	for _, f := range all {
		if f.Kind == kind {
			return f.N
		}
	}
	w.t.Fatalf("a purge knows no %q", kind)
	return 0
}

// TestEachKindIsForgotten: what a row of the table speaks of is kept until its time, and
// then it is gone; to ask what would be forgotten forgets nothing.
func TestEachKindIsForgotten(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for kind, x := range map[string]struct {
		after time.Duration
		make  func(*town)
		there func(*town) int
	}{
		"suspended": {30 * aDay, func(w *town) { w.suspend("reader0@example.jp") }, func(w *town) int { return w.keys(layout.Suspended) }},
		"proofs":    {35 * aDay, (*town).leaveFirst, func(w *town) int { return w.keys(layout.Entries) - 2 }},
		"marks":     {45 * aDay, (*town).leaveFirst, func(w *town) int { return w.keys(layout.Marks) }},
		"journal":   {45 * aDay, (*town).leaveFirst, (*town).linesOf},
		"lifted": {45 * aDay, func(w *town) {
			w.block("nobody@example.jp")
			w.must(w.Unblock(t.Context(), addressOf("nobody@example.jp")))
		}, func(w *town) int { return w.keysAtTop(layout.Blocks) }},
		"ledgers": {31 * aDay, func(w *town) {
			r := startIssue(t, w.Store, named(townList, "autumn"))
			settleAs(t, r, claimFirst(t, r), unknownUser)
			endRun(t, w.Store, r)
		}, func(w *town) int { return min(w.ofRun("autumn"), 1) }},
		"strikes": {time.Minute, func(w *town) {
			w.must(w.Store.file.Update(func(b *bolt.Tx) error { return layout.Put(b, townList, layout.Strikes, layout.SeqKey(99), []byte("x")) }))
		}, func(w *town) int { return w.keys(layout.Strikes) }},
		"notices": {subscribe.ConfirmFor, func(w *town) {
			w.must(w.Store.Update(t.Context(), func(tx subscribe.Tx) error {
				tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: townList, To: addressOf("x@example.jp"), Asked: tx.Now(), Expires: tx.Now().Add(subscribe.ConfirmFor)})
				return nil
			}))
		}, func(w *town) int { return w.keysAtTop(layout.Outbox) }},
		"requests": {subscribe.ConfirmFor, (*town).ask, func(w *town) int { return w.keysAtTop(layout.Intake) }},
		"tallies":  {65 * time.Minute, (*town).ask, func(w *town) int { return min(w.keysAtTop(layout.Gate), 1) }},
		"deeds": {366 * aDay, func(w *town) { w.must(w.AddDeed(t.Context(), deliver.Deed{What: "issue pause"})) },
			func(w *town) int { return w.keysAtTop(layout.Audit) }},
		"provisions": {1096 * aDay, func(w *town) { w.must(w.AddProvision(t.Context(), subscribe.Provision{To: "somebody"})) },
			func(w *town) int { return w.keysAtTop(layout.Given) }},
		"migrated": {7 * aDay, func(w *town) { w.aside(w.file() + ".schema-4") }, func(w *town) int { return exists(w.file() + ".schema-4") }},
		"damaged": {45 * aDay, func(w *town) { w.aside(filepath.Join(w.opt.Journal, "leavings.damaged")) },
			func(w *town) int { return exists(filepath.Join(w.opt.Journal, "leavings.damaged")) }},
	} {
		t.Run(kind, func(t *testing.T) {
			w := newTown(t, t.TempDir())
			defer w.stop()
			seedReaders(t, w.Store, townList, 3)
			x.make(w)
			had := x.there(w)
			if had == 0 {
				t.Fatal("there is nothing to be forgotten")
			}
			made := w.now
			w.now = made.Add(x.after - time.Minute)
			if kind != "strikes" {
				if n := w.purged(kind, false); n != 0 || x.there(w) != had {
					t.Errorf("before its time %d are forgotten, %d are there, of %d", n, x.there(w), had)
				}
			}
			w.now = made.Add(x.after + time.Minute)
			would := w.purged(kind, true)
			if would == 0 || x.there(w) != had {
				t.Errorf("%d would be forgotten, and %d are there, of %d", would, x.there(w), had)
			}
			if n := w.purged(kind, false); n != would || x.there(w) != 0 {
				t.Errorf("%d are forgotten, and %d are there; want %d and none", n, x.there(w), would)
			}
			if n := w.purged(kind, false); n != 0 {
				t.Errorf("%d are forgotten again", n)
			}
			if err := (audited{w.Store}).Check(); err != nil {
				t.Error(err)
			}
		})
		met[kind] = true
	}
	for _, o := range oblivions {
		if !met[o.kind] {
			t.Errorf("no test makes %s and sees them forgotten", o.kind)
		}
	}
}

func (w *town) leaveFirst() {
	e := w.entryOf("reader0@example.jp")
	w.leave(e.ID)
}

func (w *town) ask() {
	w.must(w.AskJoin(w.t.Context(), subscribe.Ask{List: townList, Address: addressOf("new@example.jp"), From: netip.MustParseAddr("192.0.2.7")}))
}

// TestBalanceOutlivesItsDetails: the sums of an issue are told as before.
func TestBalanceOutlivesItsDetails(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	seedReaders(t, w.Store, townList, 9)
	r := startIssue(t, w.Store, named(townList, "autumn"))
	settleAs(t, r, claimFirst(t, r), unknownUser)
	endRun(t, w.Store, r)
	before := w.books("autumn")
	w.now = w.now.Add(40 * aDay)
	if n := w.purged("ledgers", false); n != 1 {
		t.Fatalf("%d forgotten", n)
	}
	if after := w.books("autumn"); after != before || after.Audience != 9 {
		t.Errorf("%+v, were %+v", after, before)
	}
	w.stop()
	w.start()
	if after := w.books("autumn"); after != before {
		t.Errorf("after an opening %+v, were %+v", after, before)
	}
}

// TestPurgePages: more than a page of each goes, and in small commits.
func TestPurgePages(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	const readers, leavers = 2*lookPage + 7, 2*forgetPage + 7
	for _, id := range seedReaders(t, w.Store, townList, readers)[readers-leavers:] {
		w.must(w.Store.Update(t.Context(), func(tx subscribe.Tx) error {
			e, err := tx.ByID(townList, id)
			if err == nil {
				a := e.Address
				tx.SetMark(townList, a, e.End(subscribe.MarkLeft, tx.Now()))
				tx.Put(e)
			}
			return err
		}))
	}
	w.now = w.now.Add(60 * aDay)
	before := w.Commits()
	if all, err := w.Purge(t.Context(), kept, false); err != nil || fmt.Sprint(all[1].N, all[2].N) != fmt.Sprint(leavers, leavers) {
		t.Errorf("%v, %v", all, err)
	}
	if n := w.Commits() - before; n != 7 {
		t.Errorf("%d commits for twice %d records, %d to a page, and what the journal lacks", n, leavers, forgetPage)
	}
	if n := w.count(); n != readers-leavers {
		t.Errorf("%d readers are left of %d", n, readers-leavers)
	}
}

// TestMarkOfSuspendedStays: it is what leads to the entry, however old it is; with the
// entry's end it begins anew.
func TestMarkOfSuspendedStays(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	seedReaders(t, w.Store, townList, 1)
	w.suspend("reader0@example.jp")
	w.now = w.now.Add(100 * aDay)
	long := kept
	long.Suspended = 366
	_, err := w.Purge(t.Context(), long, false)
	w.must(err)
	if w.keys(layout.Marks) != 1 {
		t.Error("the mark of a suspended entry is gone")
	}
	w.must(w.Remove(t.Context(), townList, addressOf("reader0@example.jp")))
	if w.keys(layout.Suspended) != 0 {
		t.Error("the suspended entry is not found any more")
	}
}

// TestBlockStays until it is lifted, in the database and in the journal: an old copy that
// is put back blocks again.
func TestBlockStays(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 2)
	w.now = w.now.Add(time.Second)
	w.must(w.AddDeed(t.Context(), deliver.Deed{What: "a commit"}))
	copied := backup(t, w.Store)
	w.block("reader1@example.jp")
	w.leaveFirst()
	w.now = w.now.Add(1000 * aDay)
	for range 2 {
		_, err := w.Purge(t.Context(), kept, false)
		w.must(err)
	}
	if !w.blocked("reader1@example.jp") || w.linesOf() != 1 {
		t.Errorf("blocked: %v; %d lines", w.blocked("reader1@example.jp"), w.linesOf())
	}
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if !w.blocked("reader1@example.jp") {
		t.Error("not blocked in the copy")
	}
	// The leaving is in no journal any more, and that is said.
	if h := w.Held(); h == nil || h.Unknown[1].IsZero() || h.Unknown[0].Before(h.CopyOf) {
		t.Errorf("an old copy is not told to lack leavings: %+v", h)
	}
	if _, err := w.Purge(t.Context(), kept, false); !errors.Is(err, ErrHeld) {
		t.Errorf("a database that is held is purged: %v", err)
	}
}

// TestYoungCopyLacksNothing although the journal was trimmed.
func TestYoungCopyLacksNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 3)
	w.leave(ids[0])
	w.now = w.now.Add(46 * aDay)
	w.must(w.AddDeed(t.Context(), deliver.Deed{What: "a commit"}))
	copied := backup(t, w.Store)
	w.leave(ids[1])
	if n := w.purged("journal", false); n != 1 {
		t.Errorf("%d lines trimmed", n)
	}
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if h := w.Held(); h == nil || !h.Unknown[1].IsZero() || h.Ended != 1 || w.count() != 1 {
		t.Errorf("%+v; %d readers", h, w.count())
	}
}
