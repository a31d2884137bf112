package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/store/journal"
)

// putBackFile puts a file in the place of the database, and opens it.
func (w *town) putBackFile(file string) *Hold {
	w.t.Helper()
	w.stop()
	copyFile(w.t, file, w.file())
	w.start()
	h := w.Held()
	if h == nil {
		w.t.Fatal("a copy is not held")
	}
	return h
}

// TestPutBackBlockedMeanwhile: who was on no list when their mailbox was blocked is off the
// list, too, when a copy is put back in which they are on it, under whatever spelling.
func TestPutBackBlockedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	before := backup(t, w.Store)
	w.join("Reader+news@example.jp", w.now)
	w.join("other@example.jp", w.now)
	file := backup(t, w.Store)
	w.putBackFile(before)
	w.block("reader@example.jp")
	h := w.putBackFile(file)
	defer w.stop()
	if h.Ended != 1 || h.Blocked != 1 || w.count() != 1 || w.entryOf("other@example.jp") == nil {
		t.Errorf("%d active, held: %+v", w.count(), h)
	}
}

// TestPutBackKeepsTheYoungerMark: no link acts from before somebody moved away from an
// address, although its mailbox had been blocked before, which ends whom a copy has there.
func TestPutBackKeepsTheYoungerMark(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	before := backup(t, w.Store)
	w.join("reader@example.jp", w.now)
	file := backup(t, w.Store)
	w.putBackFile(before)
	w.block("reader@example.jp")
	pass := func() { w.now = w.now.Add(time.Second) }
	pass()
	w.must(w.Unblock(t.Context(), addressOf("reader@example.jp")))
	w.join("other@example.jp", w.now)
	pass()
	w.moves("other@example.jp", "reader@example.jp")
	pass()
	link := w.now
	pass()
	w.moves("reader@example.jp", "third@example.jp")
	w.putBackFile(file)
	defer w.stop()
	if w.join("reader@example.jp", link); w.entryOf("reader@example.jp") != nil {
		t.Error("a link from before a move brings somebody to the old address")
	}
}

// TestPutBackWhileTheJournalWasAway: who left while a copy was in use without the journal's
// folder is in the journal when that is back, and out of any copy after it.
func TestPutBackWhileTheJournalWasAway(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.join("reader@example.jp", w.now)
	w.join("other@example.jp", w.now)
	file, away := backup(t, w.Store), w.opt.Journal+".away"
	w.stop()
	w.must(os.Rename(w.opt.Journal, away))
	copyFile(t, file, w.file())
	w.start()
	if h := w.Held(); h == nil || h.Unknown[1].IsZero() {
		t.Fatalf("without the journal: %+v", h)
	}
	w.leave(w.entryOf("reader@example.jp").ID)
	w.stop()
	w.must(os.RemoveAll(w.opt.Journal))
	w.must(os.Rename(away, w.opt.Journal))
	w.start()
	if h := w.Held(); h == nil || !h.Unknown[1].IsZero() {
		t.Fatalf("with the journal: %+v", h)
	}
	w.putBackFile(file)
	defer w.stop()
	if w.entryOf("reader@example.jp") != nil || w.entryOf("other@example.jp") == nil {
		t.Errorf("%d active, held: %+v", w.count(), w.Held())
	}
}

// TestPutBackWhatWasHeld: a database that is copied by hand while it is held, and put back
// later, says anew what is unknown, and what the journal says of the time between is done.
func TestPutBackWhatWasHeld(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.join("goes@example.jp", w.now)
	id := w.entryOf("goes@example.jp").ID
	w.putBackFile(backup(t, w.Store))
	w.stop()
	file := filepath.Join(t.TempDir(), "held")
	copyFile(t, w.file(), file)
	w.start()
	w.must(w.Release(t.Context(), "operator"))
	w.leave(id)
	if h := w.putBackFile(file); h.Ended != 1 || w.count() != 0 || !h.Unknown[1].IsZero() {
		t.Errorf("with the journal: %+v", h)
	}
	w.stop()
	w.must(os.RemoveAll(w.opt.Journal))
	w.start()
	copied := w.Held().CopyOf
	h := w.putBackFile(file)
	defer w.stop()
	if h.Unknown[1].IsZero() || h.Unknown[0].After(copied) {
		t.Errorf("without it: %+v", h)
	}
}

// TestPutBackAfterTheJournalWasLost: the journal was trimmed, its file is lost and made anew;
// that leavings from before are not in it is said all the same, and who was suspended after
// leaving and coming back is not brought back as active.
func TestPutBackAfterTheJournalWasLost(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.join("goes@example.jp", w.now)
	w.join("bounces@example.jp", w.now)
	file := backup(t, w.Store)
	w.leave(w.entryOf("goes@example.jp").ID)
	left := w.now
	w.now = left.Add(40 * aDay)
	w.leave(w.entryOf("bounces@example.jp").ID)
	w.now = w.now.Add(aDay)
	w.join("bounces@example.jp", w.now)
	w.now = w.now.Add(aDay)
	w.suspend("bounces@example.jp")
	w.now = left.Add(50 * aDay)
	_, err := w.Purge(t.Context(), kept, false)
	w.must(err)
	w.stop()
	w.must(os.Remove(filepath.Join(w.opt.Journal, journal.Name)))
	w.start()
	h := w.putBackFile(file)
	defer w.stop()
	if h.Unknown[0].After(left) || h.Unknown[1].Before(left) || w.entryOf("bounces@example.jp") != nil {
		t.Errorf("%d active, held: %+v", w.count(), h)
	}
}

// TestPutBackAfterTheEndOfAList: a list that was ended comes back with a copy, and the hold
// says that who left it since is not known.
func TestPutBackAfterTheEndOfAList(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.join("goes@example.jp", w.now)
	file := backup(t, w.Store)
	w.leave(w.entryOf("goes@example.jp").ID)
	w.must(w.EndList(t.Context(), townList))
	h := w.putBackFile(file)
	defer w.stop()
	if h.Unknown[0].After(w.now) || !h.Unknown[1].After(w.now) {
		t.Errorf("held: %+v", h)
	}
}
