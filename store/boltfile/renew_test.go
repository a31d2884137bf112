package boltfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// scribble changes a file at random: keys, numbers and whole buckets.
func scribble(dice *rand.Rand, b *bolt.Tx) (all error) {
	lists := b.Bucket([]byte("lists"))
	key := func() []byte { return binary.BigEndian.AppendUint64(nil, dice.Uint64N(25_000)) }
	for range 1 + dice.IntN(40) {
		list, err := lists.CreateBucketIfNotExists(fmt.Append(nil, "list", dice.IntN(4)))
		if dice.IntN(2) == 0 {
			list = lists.Bucket([]byte("news"))
		}
		if err != nil {
			return err
		}
		in, err := list.CreateBucketIfNotExists(fmt.Append(nil, []string{"entries", "small", "marks"}[dice.IntN(3)]))
		if err != nil {
			return err
		}
		switch dice.IntN(8) {
		case 0:
			if name := fmt.Append(nil, "list", dice.IntN(4)); lists.Bucket(name) != nil && dice.IntN(4) == 0 {
				all = errors.Join(all, lists.DeleteBucket(name))
			}
		case 1:
			_, err := in.NextSequence()
			all = errors.Join(all, err)
		case 2:
			all = errors.Join(all, in.Put(key(), make([]byte, dice.IntN(20_000))))
		case 3, 4:
			all = errors.Join(all, in.Delete(key()))
		default:
			all = errors.Join(all, in.Put(key(), fmt.Append(nil, dice.Uint64())))
		}
	}
	if dice.IntN(3) == 0 { // a bucket at the top comes and goes
		if b.Bucket([]byte("audit")) == nil {
			_, err := b.CreateBucket([]byte("audit"))
			return errors.Join(all, err, b.Bucket([]byte("audit")).Put([]byte("k"), nil))
		}
		return errors.Join(all, b.DeleteBucket([]byte("audit")))
	}
	return all
}

// TestRenew: whatever is written while the file is replaced is in the new one, and
// nothing that was erased.
func TestRenew(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	other, err := opened(t, text(t, f.Path())) // is written alike, and never replaced
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	write := func() {
		same := dice.Uint64()
		for _, x := range []*File{f, other} {
			if err := x.Update(func(b *bolt.Tx) error { return scribble(rand.New(rand.NewPCG(same, 2)), b) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	canary := []byte("this was erased")
	for round := range 6 {
		for n := range 40 {
			err := f.Update(func(b *bolt.Tx) error {
				return b.Bucket([]byte("meta")).Put(fmt.Append(nil, n), bytes.Repeat(canary, 100))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Update(func(b *bolt.Tx) (all error) {
			for n := range 40 {
				all = errors.Join(all, b.Bucket([]byte("meta")).Delete(fmt.Append(nil, n)))
			}
			return all
		}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text(t, f.Path()), canary) {
			t.Fatal("nothing in the free pages is there to be found")
		}
		commits := 0
		_, err := f.Renew(t.Context(), Renewal{
			Done: func(int64) { commits++; write() },
			Ready: func() error {
				for range 20 {
					write()
				}
				return nil
			},
			Last: func(b *bolt.Tx) error { return b.Bucket([]byte("meta")).Put([]byte("last"), fmt.Append(nil, round)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if db := f.db.Load(); db.NoSync || db.NoGrowSync {
			t.Error("what is written into the new file is not brought to the disk")
		}
		if bytes.Contains(text(t, f.Path()), canary) {
			t.Error("what was erased is in the new file")
		}
		write()
		got, want := dump(t, f), dump(t, other)
		want["/meta/last"] = fmt.Sprint(round)
		// bbolt itself loses sight of some free pages of buckets that are deleted, until the
		// file is opened again: then the other one has them, too.
		fault := f.Check()
		if other.Check() != nil {
			fault = nil
		}
		if !maps.Equal(got, want) || commits < 2 || fault != nil {
			t.Fatalf("round %d: %d keys, want %d; %d commits; %v", round, len(got), len(want), commits, fault)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.Path(), Options{Shape: anyShape()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Check(), again.Close()); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.Path()), RenewingPattern)); left != nil {
		t.Error(left)
	}
}

// TestRenewInUse: nobody who reads or writes notices, and what was written is read from
// then on.
func TestRenewInUse(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var stop atomic.Bool
	var g sync.WaitGroup
	var written [4]uint64
	number := func(b *bolt.Tx, who int) uint64 {
		v := b.Bucket([]byte("meta")).Get([]byte{byte(who)})
		if v == nil {
			return 0
		}
		return binary.BigEndian.Uint64(v)
	}
	for who := range written {
		g.Go(func() {
			for n := uint64(1); !stop.Load(); n++ {
				err := f.Update(func(b *bolt.Tx) error {
					if was := number(b, who); was != n-1 {
						return fmt.Errorf("%d stands there before %d is written", was, n)
					}
					return b.Bucket([]byte("meta")).Put([]byte{byte(who)}, binary.BigEndian.AppendUint64(nil, n))
				})
				if err == nil {
					written[who] = n
					err = f.View(func(b *bolt.Tx) error {
						return f.View(func(c *bolt.Tx) error { // a view within a view
							if got, inner := number(b, who), number(c, who); got != n || inner != n {
								return fmt.Errorf("%d and %d are read, and %d was written", got, inner, n)
							}
							return nil
						})
					})
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5 {
		if _, err := f.Renew(t.Context(), Renewal{}); err != nil {
			t.Error(err)
		}
	}
	stop.Store(true)
	g.Wait()
	err = f.View(func(b *bolt.Tx) error {
		for who, n := range written {
			if got := number(b, who); got != n || n == 0 {
				t.Errorf("%d stands there, want %d", got, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRenewFails: whatever goes wrong, the file is as it was, and no copy is left.
func TestRenewFails(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, failed := dump(t, f), errors.New("as a full disk does")
	info, err := os.Stat(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	for what, c := range map[string]struct {
		r    Renewal
		want error
	}{
		"stopped":   {Renewal{Done: func(int64) { stop() }}, context.Canceled},
		"not ready": {Renewal{Ready: func() error { return failed }}, failed},
		"at last":   {Renewal{Last: func(*bolt.Tx) error { return failed }}, failed},
		"changed":   {Renewal{Change: func([][]byte, []byte, []byte) ([]byte, error) { return nil, failed }}, failed},
		"differs":   {Renewal{Change: func(_ [][]byte, _, v []byte) ([]byte, error) { return append(slices.Clone(v), 1), nil }}, errCopyDiffers},
		"twice": {Renewal{Ready: func() error {
			_, err := f.Renew(t.Context(), Renewal{})
			return err
		}}, ErrRenewing},
	} {
		use := t.Context()
		if what == "stopped" {
			use = ctx
		}
		_, err := f.Renew(use, c.r)
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.Path()), RenewingPattern))
		now, fault := os.Stat(f.Path())
		if !errors.Is(err, c.want) || left != nil || fault != nil || !os.SameFile(info, now) || !maps.Equal(before, dump(t, f)) {
			t.Errorf("%s: %v; left: %v; the same file: %v", what, err, left, os.SameFile(info, now))
		}
	}
}

// TestRenewedLock: whoever waits for the lock of a file that is replaced meanwhile does
// not get it.
func TestRenewedLock(t *testing.T) {
	t.Parallel()
	f, err := opened(t, furnished(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	waits := make(chan error)
	if _, err := f.Renew(t.Context(), Renewal{Ready: func() error {
		go func() {
			x, err := Open(f.Path(), Options{Shape: anyShape()})
			if err == nil {
				err = errors.Join(errors.New("it was opened"), x.Close())
			}
			waits <- err
		}()
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{<-waits, func() error { _, err := Open(f.Path(), Options{Shape: anyShape()}); return err }()} {
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte("in use")) {
			t.Error(err)
		}
	}
}
