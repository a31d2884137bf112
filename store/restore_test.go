package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// TestNotInUse: what was put back last is judged against what was in use last.
func TestNotInUse(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 3)
	w.stop()
	before := filepath.Join(t.TempDir(), "before")
	copyFile(t, w.file(), before)
	w.start() // and not one commit more
	w.stop()
	newest := filepath.Join(t.TempDir(), "newest")
	copyFile(t, w.file(), newest)
	hold := func(what string, want journal.Doubt) {
		t.Helper()
		w.start()
		defer w.stop()
		got := journal.NoDoubt
		if h := w.Held(); h != nil {
			got = h.Doubt
		}
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	copyFile(t, before, w.file())
	hold("as of the last stop but one", journal.DoubtOlder)
	hold("once more", journal.DoubtOlder)
	copyFile(t, newest, w.file())
	hold("the newest put back", journal.NoDoubt)
	aside := w.opt.Journal + ".aside"
	w.must(os.Rename(w.opt.Journal, aside))
	hold("the journal's folder gone", journal.DoubtNowhere)
	w.must(errors.Join(os.RemoveAll(w.opt.Journal), os.Rename(aside, w.opt.Journal)))
	hold("the journal's folder back", journal.NoDoubt)
	w.must(os.Remove(w.file()))
	if _, err := Open(w.opt); err == nil || !strings.Contains(err.Error(), "kairan restore FILE") {
		t.Errorf("a database that is gone was made anew: %v", err)
	}
	if _, err := restoreFrom(w.opt, newest); err != nil { // whoever says restore wants it looked at
		t.Fatal(err)
	}
	copyFile(t, newest, filepath.Join(w.opt.Dir, restoring)) // as a kill between would leave it
	hold("the newest, by restore", journal.DoubtCopy)
	if left, err := filepath.Glob(filepath.Join(w.opt.Dir, "*.restoring")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	other := newTown(t, t.TempDir())
	other.stop()
	w.opt.Keys = other.opt.Keys
	copyFile(t, newest, w.file())
	if _, err := Open(w.opt); err == nil || !strings.Contains(err.Error(), "key file") {
		t.Errorf("with other keys: %v", err)
	}
	other.opt.Journal = w.opt.Journal
	if _, err := Open(other.opt); err == nil || !strings.Contains(err.Error(), "give each installation one of its own") {
		t.Errorf("in the folder of another installation: %v", err)
	}
}

// TestPutBackFromBeforeTheUpgrade: a database that never had a name.
func TestPutBackFromBeforeTheUpgrade(t *testing.T) {
	t.Parallel()
	for schema := 1; schema < firstNamed; schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			t.Parallel()
			fixture, dir := filepath.Join(fixtureDir(schema), fileName), t.TempDir()
			keys, err := seal.Load(keysOf(t, schema))
			if err != nil {
				t.Fatal(err)
			}
			copyFile(t, fixture, filepath.Join(dir, fileName))
			for n, want := range []journal.Doubt{journal.NoDoubt, journal.NoDoubt, journal.DoubtUnnumbered} {
				if n == 2 {
					copyFile(t, fixture, filepath.Join(dir, fileName))
				}
				s, err := Open(Options{Dir: dir, Keys: keys})
				if err != nil {
					t.Fatal(err)
				}
				got := journal.NoDoubt
				if h := s.Held(); h != nil {
					got = h.Doubt
				}
				if got != want {
					t.Errorf("opening %d: %v, want %v", n, got, want)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// keysOf is a copy of a fixture's key file with a mode that Load takes.
func keysOf(t *testing.T, schema int) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "keys")
	copyFile(t, filepath.Join(fixtureDir(schema), "keys"), to)
	return to
}

// TestRestoreRefuses what is not a whole copy of this installation, and never
// overwrites.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 50)
	good := backup(t, w.Store)
	w.stop()
	if _, err := restoreFrom(w.opt, good); err == nil || !strings.Contains(err.Error(), "move it aside") {
		t.Errorf("over a database: %v", err)
	}
	text, err := os.ReadFile(good)
	w.must(err)
	spoilt := func(name string, change func([]byte) []byte) string {
		path := filepath.Join(t.TempDir(), name)
		w.must(os.WriteFile(path, change(append([]byte{}, text...)), 0o600))
		return path
	}
	flipped := spoilt("flipped", flipEntry(t, w))
	if f, err := os.Open(flipped); err == nil {
		o := w.opt
		o.Dir, o.Journal = filepath.Join(t.TempDir(), "best"), ""
		if found, err := Restore(o, f, true); err != nil || found.Unreadable != 1 || found.Entries != 50 {
			t.Errorf("the best there is: %+v, %v", found, err)
		}
		w.must(f.Close())
	}
	other := w.opt
	other.Keys = newKeys()
	for what, x := range map[string]struct {
		path string
		opt  Options
	}{
		"cut":               {spoilt("cut", func(b []byte) []byte { return b[:len(b)/2] }), w.opt},
		"empty":             {spoilt("empty", func([]byte) []byte { return nil }), w.opt},
		"text":              {spoilt("text", func(b []byte) []byte { return []byte(strings.Repeat("text\n", len(b)/5)) }), w.opt},
		"a folder":          {t.TempDir(), w.opt},
		"another key file":  {good, other},
		"a flipped reader":  {flipped, w.opt},
		"of a newer Kairan": {spoilt("newer", func(b []byte) []byte { return b }), func() Options { o := w.opt; o.migrations = migrations[:1]; return o }()},
	} {
		x.opt.Dir = filepath.Join(t.TempDir(), "new")
		if _, err := restoreFrom(x.opt, x.path); err == nil {
			t.Errorf("%s was put in place", what)
		}
		left, err := os.ReadDir(x.opt.Dir)
		if err != nil || len(left) != 0 {
			t.Errorf("%s left %v behind (%v)", what, left, err)
		}
	}
}

// flipEntry flips a bit in the sealed record of an entry.
func flipEntry(t *testing.T, w *town) func([]byte) []byte {
	t.Helper()
	var sealed []byte
	db, err := bolt.Open(w.file(), 0o600, nil)
	w.must(err)
	w.must(db.View(func(b *bolt.Tx) error {
		sealed = append(sealed, layout.List(b, townList, layout.Entries).Get(layout.Key4(7))...)
		return nil
	}))
	w.must(db.Close())
	return func(b []byte) []byte {
		at := strings.Index(string(b), string(sealed))
		if at < 0 {
			t.Fatal("the record is not in the copy")
		}
		b[at+40] ^= 4
		return b
	}
}
