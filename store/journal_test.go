package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/subscribe"
)

// TestLeavingWithoutTheJournal: where no journal can be made, leaving works all the
// same, it is said, and the next opening writes down what has ended.
func TestLeavingWithoutTheJournal(t *testing.T) {
	t.Parallel()
	var told []error
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 3)
	copied := backup(t, w.Store)
	w.stop()
	file := filepath.Join(w.opt.Journal, journal.Name)
	w.must(errors.Join(os.Remove(file), os.Mkdir(file+".new", 0o700))) // in the way of a new one
	w.opt.JournalFault = func(err error) { told = append(told, err) }
	w.start()
	w.leave(ids[0])
	w.leave(ids[1])
	if w.count() != 1 || w.JournalFault() == nil || !strings.Contains(w.JournalFault().Error(), "a backup put back would undo it") {
		t.Fatalf("%d active, %v", w.count(), w.JournalFault())
	}
	_ = w.Store.Close() // it says that the journal has not all
	if len(told) != 1 || told[0] == nil {
		t.Errorf("told: %v", told)
	}
	w.must(os.Remove(file + ".new"))
	w.start()
	if w.JournalFault() != nil {
		t.Error(w.JournalFault())
	}
	w.stop()
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
		_, err := w.journal.Each(0, func(l journal.Line) error {
			if l.Entry != (subscribe.ID{}) || l.Mark != ([16]byte{}) { // or it keeps a number
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
	last := w.journal.State().Last
	w.must(w.EndList(t.Context(), townList))
	if n := lines(); n != 1 { // the block is of the mailbox
		t.Errorf("%d lines after the list", n)
	}
	ids = seedReaders(t, w.Store, townList, 2)
	w.leave(ids[0])
	w.stop()
	w.start()
	if n := lines(); n != 2 || w.journal.State().Last <= last {
		t.Errorf("%d lines, the last %d after %d", n, w.journal.State().Last, last)
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
	const head, line = 64, 96
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 5)
	copied := backup(t, w.Store)
	for n := range 3 {
		w.leave(ids[n])
	}
	w.stop()
	name := filepath.Join(w.opt.Journal, journal.Name)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	w.must(err)
	octet := make([]byte, 1)
	_, err = f.ReadAt(octet, head+line+50) // of the second line
	w.must(err)
	_, err = f.WriteAt([]byte{octet[0] ^ 0xff}, head+line+50)
	w.must(err)
	_, err = f.Seek(0, io.SeekEnd)
	w.must(err)
	_, err = f.Write(make([]byte, 3*line+17)) // a torn tail
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
