package boltfile

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Compaction says how a copy without free pages is made.
type Compaction struct {
	To   string               // a name that nothing has, or an empty file of ours
	Last func(*bolt.Tx) error // changes the copy before it is whole; nil: nothing
	Done func(octets int64)   // is told now and then how much was copied, of [File.Live] about; nil: nobody is
}

const (
	compactStep = 1 << 20 // octets in a commit of the copy: what it takes of memory
	syncStep    = 4 << 20 // octets after which the copy is brought to disk, so that commits of the source never wait for much of it
)

// Compact copies what is live, in one read transaction: no page of the copy ever held
// anything else, so nothing that was erased is in it. It is on disk when Compact
// returns; after an error nothing is there. While it runs, pages of the source that
// are freed cannot be used again.
func (f *File) Compact(ctx context.Context, c Compaction) (err error) {
	dst, err := bolt.Open(c.To, 0o600, &bolt.Options{Timeout: lockWait, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoGrowSync: true, NoSync: true})
	if err != nil {
		return err
	}
	w := &compactor{ctx: ctx, dst: dst, done: c.Done, step: compactStep, fill: 1}
	err = f.View(func(b *bolt.Tx) error {
		if w.tx, err = dst.Begin(true); err != nil {
			return err
		}
		return w.whole(b, c.Last)
	})
	if err = errors.Join(err, w.drop(), dst.Sync(), dst.Close()); err != nil {
		_ = os.Remove(c.To)
	}
	return err
}

// Size is how many octets the file has.
func (f *File) Size() int64 {
	info, err := os.Stat(f.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Live is about how many octets a compacted copy has.
func (f *File) Live() int64 {
	db := f.db.Load()
	stats := db.Stats()
	return f.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(db.Info().PageSize)
}

// compactor copies key by key, in their order, so that each page is filled and left.
type compactor struct {
	ctx    context.Context
	dst    *bolt.DB
	tx     *bolt.Tx // of dst
	done   func(int64)
	change func(path [][]byte, k, v []byte) ([]byte, error) // nil: nothing
	fill   float64                                          // of a page

	step           int   // octets in a commit
	size           int   // octets in this one
	total, unsaved int64 // octets in all, and since the copy was last brought to disk
}

func (w *compactor) whole(from *bolt.Tx, last func(*bolt.Tx) error) error {
	err := from.ForEach(func(name []byte, b *bolt.Bucket) error { return w.bucket(b, [][]byte{name}) })
	if err == nil && last != nil {
		err = last(w.tx)
	}
	return cmp.Or(err, w.tx.Commit())
}

// bucket copies a bucket to the place that path names.
func (w *compactor) bucket(from *bolt.Bucket, path [][]byte) error {
	to, err := w.make(path)
	if err != nil {
		return err
	}
	if err := to.SetSequence(from.Sequence()); err != nil {
		return err
	}
	return from.ForEach(func(k, v []byte) error {
		if v == nil {
			if err := w.bucket(from.Bucket(k), append(slices.Clone(path), k)); err != nil {
				return err
			}
			to, err = w.make(path) // a commit has come between
			return err
		}
		if w.size += len(k) + len(v); w.size > w.step {
			if err := w.commit(); err != nil {
				return err
			}
			if to, err = w.make(path); err != nil {
				return err
			}
		}
		if v, err = w.changed(path, k, v); err != nil {
			return err
		}
		return to.Put(k, v)
	})
}

func (w *compactor) changed(path [][]byte, k, v []byte) ([]byte, error) {
	if w.change == nil {
		return v, nil
	}
	return w.change(path, k, v)
}

// put writes one key.
func (w *compactor) put(path [][]byte, k, v []byte) error {
	if w.size += len(k) + len(v); w.size > w.step {
		if err := w.commit(); err != nil {
			return err
		}
	}
	to, err := w.make(path)
	if err == nil {
		v, err = w.changed(path, k, v)
	}
	if err != nil {
		return err
	}
	return to.Put(k, v)
}

// remove takes a key away, or a bucket with all that is in it.
func (w *compactor) remove(path [][]byte, e item) error {
	if len(path) == 0 {
		return w.tx.DeleteBucket(e.key)
	}
	from, err := w.make(path)
	switch {
	case err != nil:
		return err
	case e.bucket:
		return from.DeleteBucket(e.key)
	}
	return from.Delete(e.key)
}

// number sets the number that a bucket has given last.
func (w *compactor) number(path [][]byte, n uint64) error {
	b, err := w.make(path)
	if err != nil {
		return err
	}
	return b.SetSequence(n)
}

// make finds a bucket of the copy, or makes it.
func (w *compactor) make(path [][]byte) (*bolt.Bucket, error) {
	b, err := w.tx.CreateBucketIfNotExists(path[0])
	for _, name := range path[1:] {
		if err == nil {
			b, err = b.CreateBucketIfNotExists(name)
		}
	}
	if err == nil {
		b.FillPercent = w.fill
	}
	return b, err
}

// commit writes what was copied, and begins anew.
func (w *compactor) commit() (err error) {
	if err := errors.Join(w.ctx.Err(), w.tx.Commit()); err != nil {
		return err
	}
	w.total, w.unsaved, w.size = w.total+int64(w.size), w.unsaved+int64(w.size), 0
	if w.unsaved > syncStep {
		if err := w.dst.Sync(); err != nil {
			return err
		}
		w.unsaved = 0
	}
	if w.done != nil {
		w.done(w.total)
	}
	w.tx, err = w.dst.Begin(true)
	return err
}

// drop ends the transaction that is under way.
func (w *compactor) drop() error {
	if w.tx == nil || w.tx.DB() == nil {
		return nil
	}
	return w.tx.Rollback()
}
