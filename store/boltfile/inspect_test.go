package boltfile

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// anyShape lets through a bucket of values, one of buckets, and one that counts.
func anyShape() *Shape {
	values := &Shape{}
	return &Shape{Rest: values, Named: map[string]*Shape{"lists": {Rest: &Shape{Rest: values}}, "outbox": {Counted: 8}}}
}

// furnished is a file with a bit of everything, and enough keys for a tree of three
// levels.
func furnished(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	err := Edit(path, func(b *bolt.Tx) error {
		var all error
		for _, name := range []string{"meta", "outbox", "lists"} {
			_, err := b.CreateBucket([]byte(name))
			all = errors.Join(all, err)
		}
		list, err := b.Bucket([]byte("lists")).CreateBucket([]byte("news"))
		all = errors.Join(all, err)
		entries, err := list.CreateBucket([]byte("entries"))
		all = errors.Join(all, err, b.Bucket([]byte("meta")).Put([]byte("long"), make([]byte, 10_000)))
		for n := range 20_000 {
			all = errors.Join(all, entries.Put(binary.BigEndian.AppendUint64(nil, uint64(n)+1), make([]byte, 100)))
		}
		return all
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// opened opens a content, and returns what is said of it.
func opened(t testing.TB, content []byte) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path, Options{Shape: anyShape()})
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
	whole, size := furnished(t), os.Getpagesize()
	if s, err := opened(t, whole); err != nil {
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
		s, err := opened(t, c.do([]byte(string(whole))))
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
	whole := furnished(t)
	for _, page := range []int{0, os.Getpagesize()} {
		torn := []byte(string(whole))
		clear(torn[page+30 : page+70])
		s, err := opened(t, torn)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCounterBelowWhatItCounts: what is new would be written over what is there.
func TestCounterBelowWhatItCounts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	count := func(to uint64) error {
		return Edit(path, func(b *bolt.Tx) error {
			box, err := b.CreateBucketIfNotExists([]byte("outbox"))
			if err != nil {
				return err
			}
			return errors.Join(box.Put(binary.BigEndian.AppendUint64(nil, 7), nil), box.SetSequence(to))
		})
	}
	for to, want := range map[uint64]string{7: "", 6: "counts up to 6, and 7 is in it"} {
		if err := count(to); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, Options{Shape: anyShape()})
		if err == nil {
			err = f.Close()
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("up to %d: %v", to, err)
		}
	}
}
