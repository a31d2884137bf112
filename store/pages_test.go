package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// furnished is a database with a bit of everything, and enough readers for trees of
// three levels.
func furnished(t testing.TB, keys *seal.Keyring) []byte {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	seedReaders(t, s, "news", 600)
	startIssue(t, s, named("news", "autumn"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// opened opens a store over a content, and returns what it says.
func opened(t testing.TB, keys *seal.Keyring, content []byte) (*Store, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(Options{Dir: dir, Keys: keys})
}

// element finds the first element of any page that is in use whose key is name.
func element(t *testing.T, content []byte, name string) (at int) {
	t.Helper()
	size := os.Getpagesize()
	for page := 2 * size; page < len(content); page += size {
		if native.Uint16(content[page+8:]) != flagLeaf || native.Uint64(content[page:]) != uint64(page/size) {
			continue
		}
		e, err := elementsOf(content[page:page+size], 0, keys{}, true)
		for n := 0; err == nil && n < e.count; n++ {
			if string(e.key(n)) == name {
				at = page + pageHeader + n*pageElement // the last written counts
			}
		}
	}
	if at == 0 {
		t.Fatalf("no element %q", name)
	}
	return at
}

func TestDamagedPages(t *testing.T) {
	t.Parallel()
	ring := newKeys()
	whole, size := furnished(t, ring), os.Getpagesize()
	if s, err := opened(t, ring, whole); err != nil {
		t.Fatal(err)
	} else if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m, err := readMeta(strings.NewReader(string(whole)), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	root := int(m.root) * size
	for name, c := range map[string]struct {
		do   func(b []byte) []byte
		want string
	}{
		"an empty file":         {func([]byte) []byte { return nil }, "neither of its two first pages"},
		"cut in the first page": {func(b []byte) []byte { return b[:100] }, "it was cut short"},
		"cut in half":           {func(b []byte) []byte { return b[:int(m.end)*size/2] }, "it was cut short"},
		"cut by an octet":       {func(b []byte) []byte { return b[:int(m.end)*size-1] }, "it was cut short"},
		"both first pages":      {func(b []byte) []byte { b[40] ^= 1; b[size+40] ^= 1; return b }, "neither of its two first pages"},
		"another page in place": {func(b []byte) []byte { copy(b[root:root+size], b[3*size:4*size]); return b }, "says that it is page"},
		"a page of zeros":       {func(b []byte) []byte { clear(b[root : root+size]); return b }, "says that it is page 0"},
		"an element too large":  {func(b []byte) []byte { b[element(t, b, "lists")+15] ^= 0x40; return b }, "does not lie where it should"},
		"no bucket any more":    {func(b []byte) []byte { b[element(t, b, "lists")] ^= 1; return b }, "bucket where none belongs"},
		"a page beyond the end": {func(b []byte) []byte { b[int(m.root)*size+12] = 0xff; return b }, "no such page"},
		"keys out of order":     {func(b []byte) []byte { copy(b[keyAt(b, element(t, b, "outbox")):], "autbox"); return b }, "not in their order"},
	} {
		s, err := opened(t, ring, c.do([]byte(string(whole))))
		var damage *Damage
		if !errors.As(err, &damage) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "put the last backup back: kairan restore FILE") {
			if s != nil {
				_ = s.Close()
			}
			t.Errorf("%s: %v", name, err)
		}
	}
}

// keyAt is where the key of an element lies.
func keyAt(b []byte, element int) int { return element + int(native.Uint32(b[element+4:])) }

// TestTornFirstPage: a power cut may tear the first page that was being written;
// the other one counts then.
func TestTornFirstPage(t *testing.T) {
	t.Parallel()
	ring := newKeys()
	whole := furnished(t, ring)
	for _, page := range []int{0, os.Getpagesize()} {
		torn := []byte(string(whole))
		clear(torn[page+30 : page+70])
		s, err := opened(t, ring, torn)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count("news"); n != 600 || err != nil {
			t.Errorf("%d readers, %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestFileCutShortWhileOpen: what the disk takes away under a running service is
// an error of what needs it, not the end of everything.
func TestFileCutShortWhileOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir, Keys: newKeys()})
	if err != nil {
		t.Fatal(err)
	}
	ids := seedReaders(t, s, "news", 20000)
	if err := os.Truncate(s.file, 3*int64(os.Getpagesize())); err != nil {
		t.Skip("a file that is open cannot be cut short here")
	}
	var damage *Damage
	for range 3 {
		if _, err := s.Count("news"); !errors.As(err, &damage) {
			t.Errorf("a look at what is gone: %v", err)
		}
		if err := leaves(t, s, "news", ids[5]); !errors.As(err, &damage) {
			t.Errorf("a change of what is gone: %v", err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("it does not close")
	}
}

// leaves ends an entry as its reader's link does.
func leaves(t testing.TB, s *Store, list string, id subscribe.ID) error {
	t.Helper()
	return s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID(list, id)
		if err != nil || e == nil || e.State == subscribe.Ended {
			return err
		}
		a := e.Address
		tx.SetMark(list, a, e.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(e)
		return nil
	})
}

// TestCounterBelowWhatItCounts: what is new would be written over somebody's entry.
func TestCounterBelowWhatItCounts(t *testing.T) {
	t.Parallel()
	dir, ring := t.TempDir(), newKeys()
	s, err := Open(Options{Dir: dir, Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	seedReaders(t, s, "news", 600)
	err = s.change(func(b *bolt.Tx) error { return layout.List(b, "news", layout.Entries).SetSequence(599) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	var damage *Damage
	if _, err := Open(Options{Dir: dir, Keys: ring}); !errors.As(err, &damage) || !strings.Contains(err.Error(), "counts up to 599, and 600 is in it") {
		t.Error(err)
	}
}
