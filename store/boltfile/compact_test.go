package boltfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestCompact: a copy holds what the file holds, numbers of buckets too, is whole, and
// shows nothing of what was deleted.
func TestCompact(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	canary := []byte("this was erased")
	key := func(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)+100_000) }
	entries := func(b *bolt.Tx) *bolt.Bucket {
		return b.Bucket([]byte("lists")).Bucket([]byte("news")).Bucket([]byte("entries"))
	}
	each := func(do func(b *bolt.Bucket, n int) error) {
		t.Helper()
		if err := f.Update(func(b *bolt.Tx) (all error) {
			for n := range 3000 {
				all = errors.Join(all, do(entries(b), n))
			}
			return errors.Join(all, entries(b).SetSequence(123_456), b.Bucket([]byte("meta")).Put([]byte("empty"), nil))
		}); err != nil {
			t.Fatal(err)
		}
	}
	each(func(b *bolt.Bucket, n int) error { return b.Put(key(n), bytes.Repeat(canary, 20)) })
	each(func(b *bolt.Bucket, n int) error { return b.Delete(key(n)) })
	if text, err := os.ReadFile(f.Path()); err != nil || !bytes.Contains(text, canary) {
		t.Fatalf("nothing in the free pages is there to be found: %v", err)
	}
	before := len(text(t, f.Path()))
	to, told := filepath.Join(t.TempDir(), "b.db"), int64(0)
	if err := f.Compact(t.Context(), Compaction{To: to, Done: func(n int64) { told = n }, Last: func(b *bolt.Tx) error { return b.Bucket([]byte("meta")).Put([]byte("copy"), []byte{1}) }}); err != nil {
		t.Fatal(err)
	}
	if after := text(t, to); bytes.Contains(after, canary) || len(after) > before-len(canary)*20*3000/2 || int64(len(after)) > f.Live()*11/10 {
		t.Errorf("%d octets of %d, of which %d are live; erased: %v", len(after), before, f.Live(), bytes.Contains(after, canary))
	}
	if told < 2_000_000 {
		t.Errorf("only %d octets were told of", told)
	}
	c, err := Open(to, Options{Shape: anyShape()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if free := c.db.Load().Stats().FreePageN; free > 20 || c.Check() != nil {
		t.Errorf("%d free pages; %v", free, c.Check())
	}
	want, got := dump(t, f), dump(t, c)
	delete(got, "/meta/copy")
	if len(want) < 20_000 || len(got) != len(want) {
		t.Fatalf("%d keys, want %d", len(got), len(want))
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%q is %q, want %q", k, got[k], v)
		}
	}
}

// dump is every key of a file with its value, and every bucket with its number.
func dump(t *testing.T, f *File) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(path string, b *bolt.Bucket) error
	walk = func(path string, b *bolt.Bucket) error {
		all[path] = fmt.Sprint("bucket ", b.Sequence())
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(path+"/"+string(k), b.Bucket(k))
			}
			all[path+"/"+string(k)] = string(v)
			return nil
		})
	}
	if err := f.View(func(b *bolt.Tx) error {
		return b.ForEach(func(name []byte, b *bolt.Bucket) error { return walk("/"+string(name), b) })
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func text(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCompactLeavesNothing of a copy that is not whole.
func TestCompactLeavesNothing(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	failed := errors.New("as a full disk does")
	for what, want := range map[string]error{"stopped": context.Canceled, "failed": failed} {
		ctx, stop := context.WithCancel(t.Context())
		c := Compaction{To: filepath.Join(t.TempDir(), "b.db"), Last: func(*bolt.Tx) error { return failed }}
		if what == "stopped" {
			c.Done = func(int64) { stop() }
		}
		err := f.Compact(ctx, c)
		if _, left := os.Stat(c.To); !errors.Is(err, want) || !errors.Is(left, os.ErrNotExist) {
			t.Errorf("%s: %v, and what is left: %v", what, err, left)
		}
		stop()
	}
	if err := f.Check(); err != nil {
		t.Error(err)
	}
}
