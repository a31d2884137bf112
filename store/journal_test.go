package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestLeavingWithoutTheJournal: what the journal cannot take is done all the same,
// is said, and is written down as soon as it can be.
func TestLeavingWithoutTheJournal(t *testing.T) {
	t.Parallel()
	var told []error
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 3)
	copied := backup(t, w.Store)
	w.stop()
	w.opt.JournalFault = func(err error) { told = append(told, err) }
	w.start()
	w.journal.mu.Lock()
	whole := w.journal.f
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	w.must(errors.Join(err, closed.Close()))
	w.journal.f = closed
	w.journal.mu.Unlock()
	w.leave(ids[0])
	if w.count() != 2 || w.JournalFault() == nil || !strings.Contains(w.JournalFault().Error(), "a backup put back would undo it") {
		t.Fatalf("%d active, %v", w.count(), w.JournalFault())
	}
	w.journal.mu.Lock()
	w.journal.f = whole
	w.journal.mu.Unlock()
	w.leave(ids[1])
	w.stop()
	if len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("told: %v", told)
	}
	copyFile(t, copied, w.file())
	w.start()
	if w.count() != 1 || w.Held().Ended != 2 {
		t.Errorf("%d active, %+v", w.count(), w.Held())
	}
	w.stop()
}

// TestListLeavesTheJournal: what is known of the readers of a list goes with it,
// also if the process ends in between.
func TestListLeavesTheJournal(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 5)
	w.leave(ids[0])
	w.block("reader1@example.jp")
	lines := func() (n int) {
		_, err := w.journal.each(0, func(l leaving) error {
			if l.kind != placeholder {
				n++
			}
			return nil
		})
		w.must(err)
		return n
	}
	if n := lines(); n != 3 {
		t.Fatalf("%d lines", n)
	}
	last := w.journal.last
	w.must(w.EndList(t.Context(), townList))
	if n := lines(); n != 1 { // the block is of the mailbox
		t.Errorf("%d lines after the list", n)
	}
	ids = seedReaders(t, w.Store, townList, 2)
	w.leave(ids[0])
	w.stop()
	w.start()
	if n := lines(); n != 2 || w.journal.last <= last {
		t.Errorf("%d lines, the last %d after %d", n, w.journal.last, last)
	}
	w.must(w.Store.file.Update(func(b *bolt.Tx) error { return noteEnded(b, w.opt.Keys, townList) })) // killed in between
	w.stop()
	w.start()
	defer w.stop()
	if n := lines(); n != 1 {
		t.Errorf("%d lines after the next opening", n)
	}
}

// TestJournalTorn: a line that was half written is written over, one that is
// damaged is counted, and a head that is damaged is set aside and made anew.
func TestJournalTorn(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 5)
	copied := backup(t, w.Store)
	for n := range 3 {
		w.leave(ids[n])
	}
	w.stop()
	name := filepath.Join(w.opt.Journal, journalName)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	w.must(err)
	_, err = f.WriteAt([]byte{0xff}, journalHead+journalLine+50) // the second line
	w.must(err)
	_, err = f.Seek(0, io.SeekEnd)
	w.must(err)
	_, err = f.Write(make([]byte, 3*journalLine+17)) // a torn tail
	w.must(errors.Join(err, f.Close()))
	w.start()
	w.leave(ids[3])
	w.stop()
	now, err := os.ReadFile(w.file())
	w.must(err)
	copyFile(t, copied, w.file())
	w.start()
	if h := w.Held(); h == nil || h.Ended != 3 || h.Damaged != 1 {
		t.Errorf("%+v", w.Held())
	}
	w.stop()
	w.must(os.WriteFile(w.file(), now, 0o600))
	text, err := os.ReadFile(name)
	w.must(err)
	text[20] ^= 1
	w.must(os.WriteFile(name, text, 0o600))
	w.start() // made anew from the marks
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if h := w.Held(); h == nil || h.Ended != 4 || h.Damaged != 0 || !h.Unknown[1].IsZero() {
		t.Errorf("after the damaged head: %+v", w.Held())
	}
}
