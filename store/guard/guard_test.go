package guard

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// TestBelievedOnlyWhereItWasWritten: a value is read under the key, in the bucket, on the
// list, in the run and with the key file under which it was written, and nowhere else.
func TestBelievedOnlyWhereItWasWritten(t *testing.T) {
	t.Parallel()
	keys := seal.Generate(time.Unix(1795251600, 0))
	inFile(t, func(b *bolt.Tx) {
		g := New(keys)
		autumn := deliver.IssueName{List: "news", Slug: "autumn"}
		at := g.List(b, "news", layout.Marks)
		if err := at.Put([]byte("k"), []byte("value")); err != nil {
			t.Fatal(err)
		}
		stored := bytes.Clone(b.Bucket(layout.Lists).Bucket([]byte("news")).Bucket(layout.Marks).Get([]byte("k")))
		if v, err := at.Get([]byte("k")); string(v) != "value" || err != nil || len(stored) != len("value")+TagSize {
			t.Fatalf("%q (%v), stored in %d octets", v, err, len(stored))
		}
		for name, c := range map[string]struct {
			in  Bucket
			key string
		}{
			"under another key":    {at, "l"},
			"in another bucket":    {g.List(b, "news", layout.IDs), "k"},
			"on another list":      {g.List(b, "press", layout.Marks), "k"},
			"at the top":           {g.Top(b, layout.Marks), "k"},
			"in a run":             {g.Run(b, autumn), "k"},
			"in a bucket of a run": {g.Run(b, autumn).In(layout.Marks), "k"},
			"with other keys":      {New(seal.Generate(time.Now())).List(b, "news", layout.Marks), "k"},
		} {
			if v, err := c.in.Check([]byte(c.key), stored); v != nil || !errors.Is(err, seal.ErrOpen) {
				t.Errorf("%s it is believed: %q, %v", name, v, err)
			}
		}
		for bit := range len(stored) * 8 {
			bad := bytes.Clone(stored)
			bad[bit/8] ^= 1 << (bit % 8)
			if v, err := at.Check([]byte("k"), bad); v != nil || err == nil {
				t.Errorf("with bit %d flipped it is believed", bit)
			}
		}
		for n := range stored {
			if v, err := at.Check([]byte("k"), stored[:n]); v != nil || err == nil {
				t.Errorf("cut to %d octets it is believed", n)
			}
		}
	})
}

// TestSeen: the same octets as were seen need no second tag, and all others are checked.
func TestSeen(t *testing.T) {
	t.Parallel()
	keys := seal.Generate(time.Unix(1795251600, 0))
	inFile(t, func(b *bolt.Tx) {
		at := New(keys).List(b, "news", layout.Active)
		unkeyed := New(seal.Generate(time.Now())).List(b, "news", layout.Active) // believes no tag
		var read, written Seen
		if v, err := at.GetSeen([]byte("k"), &read); v != nil || err != nil {
			t.Errorf("nothing is there: %q, %v", v, err)
		}
		if err := at.PutSeen([]byte("k"), []byte("value"), &written); err != nil {
			t.Fatal(err)
		}
		if v, err := unkeyed.GetSeen([]byte("k"), &read); v != nil || !errors.Is(err, seal.ErrOpen) || read != nil {
			t.Errorf("not seen, and not right: %q, %v", v, err)
		}
		if v, err := at.GetSeen([]byte("k"), &read); string(v) != "value" || err != nil || !bytes.Equal(read, written) {
			t.Errorf("%q, %v", v, err)
		}
		for _, seen := range []*Seen{&read, &written} {
			if v, err := unkeyed.GetSeen([]byte("k"), seen); string(v) != "value" || err != nil {
				t.Errorf("what was seen is checked again: %q, %v", v, err)
			}
		}
		right := bytes.Clone(read)
		for bit := range len(right) * 8 {
			bad := bytes.Clone(right)
			bad[bit/8] ^= 1 << (bit % 8)
			_ = at.bolt.Put([]byte("k"), bad)
			if v, err := at.GetSeen([]byte("k"), &read); v != nil || !errors.Is(err, seal.ErrOpen) || !bytes.Equal(read, right) {
				t.Errorf("with bit %d flipped it is believed, since it was seen before: %q, %v", bit, v, err)
			}
		}
	})
}

// TestAdopt: every value of an older database gets its tag once, whatever their number,
// and one that cannot be read gets none.
func TestAdopt(t *testing.T) {
	t.Parallel()
	inFile(t, func(b *bolt.Tx) {
		in := New(seal.Generate(time.Unix(1795251600, 0))).List(b, "news", layout.IDs)
		const all = 10000
		for n := range uint32(all) {
			if err := in.bolt.Put(layout.Key4(n), layout.Key4(n)[:3+min(n%9, 1)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := in.Adopt(func(_, stored []byte) ([]byte, bool) { return stored, len(stored) == 4 }); err != nil {
			t.Fatal(err)
		}
		seen := 0
		_ = in.Each(func(k, v []byte, err error) error {
			seen++
			if short := (uint32(k[2])<<8|uint32(k[3]))%9 == 0; short != (err != nil) || !short && !bytes.Equal(k, v) {
				t.Errorf("%x: %x, %v", k, v, err)
			}
			return nil
		})
		if seen != all {
			t.Errorf("%d values", seen)
		}
	})
}

// inFile calls do with a database of two lists.
func inFile(t *testing.T, do func(*bolt.Tx)) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(b *bolt.Tx) error {
		if _, err := b.CreateBucket(layout.Lists); err != nil {
			return err
		}
		for _, list := range []string{"news", "press"} {
			if _, err := layout.EnsureList(b, list); err != nil {
				return err
			}
		}
		do(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
