package store

import (
	"io"
	"os"
	"strings"
	"testing"
)

// TestOneRestoreAtATime: a second one into the same folder is refused while the first goes
// on, whose copy it would take away, and its own copy is not put in place by the first.
func TestOneRestoreAtATime(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 50)
	good := backup(t, w.Store)
	w.stop()
	w.must(os.Remove(w.file()))
	f, err := os.Open(good)
	w.must(err)
	defer f.Close()
	found, err := Restore(w.opt, &meanwhile{f, func() {
		if _, err := restoreFrom(w.opt, good); err == nil || !strings.Contains(err.Error(), "at this moment") {
			t.Errorf("a second restore: %v", err)
		}
	}}, false)
	if err != nil || found.Entries != 50 {
		t.Errorf("the first: %+v, %v", found, err)
	}
	if _, err := restoreFrom(w.opt, good); err == nil || !strings.Contains(err.Error(), "move it aside") {
		t.Errorf("one behind it: %v", err)
	}
}

// meanwhile reads, and does something before its first octet.
type meanwhile struct {
	io.Reader
	do func()
}

func (m *meanwhile) Read(b []byte) (int, error) {
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.Reader.Read(b)
}
