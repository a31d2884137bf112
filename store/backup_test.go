package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// TestBackupHoldsNothingErased: what the free pages of the database still hold is in no
// backup of it.
func TestBackupHoldsNothingErased(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 500)
	var sealed [][]byte
	if err := s.file.View(func(b *bolt.Tx) error {
		for seq := subscribe.Seq(1); seq <= 400; seq++ {
			sealed = append(sealed, bytes.Clone(layout.List(b, "japanifornia", layout.Entries).Get(layout.SeqKey(seq))))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for seq := subscribe.Seq(1); seq <= 400; seq++ {
		erase(t, s, seq)
	}
	still, copied := 0, contents(t, backup(t, s))
	database := contents(t, s.file.Path())
	for n, record := range sealed {
		if bytes.Contains(copied, record) {
			t.Fatalf("the backup holds entry %d, which was erased", n+1)
		}
		if bytes.Contains(database, record) {
			still++
		}
	}
	if still == 0 {
		t.Errorf("no erased entry is in the database to be found")
	}
	if live := s.file.Live(); int64(len(copied)) > live*11/10 || len(copied) > len(database) {
		t.Errorf("the backup has %d octets, the database %d, of which %d are live", len(copied), len(database), live)
	}
}

// TestVerify: a copy is read from end to end beside the store that is in use, and nothing
// of it stays.
func TestVerify(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 50)
	w.must(w.AddDeed(t.Context(), deliver.Deed{By: "operator", What: "list apply"}))
	good, temp := backup(t, w.Store), t.TempDir()
	text, err := os.ReadFile(good)
	w.must(err)
	verify := func(o Options, text []byte) (Contents, error) { return Verify(o, bytes.NewReader(text), temp) }
	found, err := verify(w.opt, text)
	if head, fault := w.AuditHead(); err != nil || found.Entries != 50 || found.Octets != int64(len(text)) || found.Audit != head || fault != nil || head.N == 0 {
		t.Errorf("%+v, %v", found, err)
	}
	w.stop()
	flip, other := flipEntry(t, w), w.opt
	other.Keys = newKeys()
	for name, x := range map[string]struct {
		opt  Options
		text []byte
		want string
	}{
		"a bit flipped":  {w.opt, flip(bytes.Clone(text)), "this is no good backup"},
		"cut off":        {w.opt, text[:len(text)/2], "not a whole copy"},
		"another key":    {other, text, "another key file"},
		"no database":    {w.opt, []byte("text"), "not a whole copy"},
		"nothing at all": {w.opt, nil, "not a whole copy"},
	} {
		if _, err := verify(x.opt, x.text); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	w.start()
	defer w.stop()
	if n := w.count(); n != 50 || w.Held() != nil {
		t.Errorf("the database has %d readers, or is held", n)
	}
}

// TestVerifyLeavesRoom: a copy that is looked at never takes what the database needs.
func TestVerifyLeavesRoom(t *testing.T) {
	t.Parallel()
	src := &sparing{src: strings.NewReader("a copy"), dir: t.TempDir(), least: 1 << 60}
	if n, err := src.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrFull) {
		t.Errorf("%d octets, %v", n, err)
	}
	src.least = 1
	if n, err := src.Read(make([]byte, 10)); n != 6 || err != nil {
		t.Errorf("%d octets, %v", n, err)
	}
}
