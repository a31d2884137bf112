package boltfile

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/disk"
)

// RenewingPattern names the copy that is to take the place of a file, for
// [os.CreateTemp]. One that is left was never used: the file is as it was.
const RenewingPattern = ".compacting-*.tmp"

// Renewal says how a file is replaced by a copy of what is live in it. All may be nil.
type Renewal struct {
	Change func(path [][]byte, k, v []byte) ([]byte, error)     // what a value becomes
	Same   func(path [][]byte, k, was, is []byte) (bool, error) // whether it has become that; nil: if it is equal
	Ready  func() error                                         // is called when the copy is whole and on disk, before it is put in place
	Last   func(*bolt.Tx) error                                 // is written with what came last
	Done   func(octets int64)                                   // as of [Compaction]
	// Unsynced is told, before anything can be written again, that nobody knows which of
	// both files has the name after a power cut.
	Unsynced func(error)
}

// Renewed is what became of a file.
type Renewed struct {
	Before, After int64         // octets
	Pause         time.Duration // in which nothing could be written
}

// ErrRenewing says that the file is being replaced already.
var ErrRenewing = errors.New("the database is being compacted already; try again when that is done")

// renewedFill is how full the pages of the new file are: the indexes go on growing
// everywhere, and a page without room would be split at the next key.
const renewedFill = 0.9

// Renew replaces the file, while it is in use, by a copy of what is live in it: no page of
// it ever held anything else. Reads go on all the time. Writes go on while it is copied
// and compared, and wait while what they have changed meanwhile is carried over; see
// [delta]. Killed at any moment it leaves the old file or the new one, whole; after an
// error the old one is in use, but after a [disk.UnsyncedError] the new one: after a power
// cut the old one may be there. What is freed while it runs cannot be used again before
// it ends. The blocks of the old file are given back to the file system as they are.
func (f *File) Renew(ctx context.Context, r Renewal) (done Renewed, err error) {
	if !disk.RenamesOpen {
		return done, disk.Refuse("the database cannot be replaced while it is open on this operating system; make a backup and put it back: its copy is compacted")
	}
	if !f.renewing.TryLock() {
		return done, ErrRenewing
	}
	defer f.renewing.Unlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catch(f.path, &err)
	n := &renewing{f: f, r: r, old: f.db.Load()}
	defer n.end()
	if err := n.begin(ctx); err != nil {
		return done, err
	}
	if err := n.copy(ctx); err != nil {
		return done, err
	}
	if r.Ready != nil {
		if err := r.Ready(); err != nil {
			return done, err
		}
	}
	return n.swap()
}

// renewing is a Renew under way.
type renewing struct {
	f     *File
	r     Renewal
	old   *bolt.DB
	src   *os.File // the old file, for its pages
	tmp   string   // ""; it has its place
	w     *compactor
	at    *bolt.Tx // of old: what the copy has
	pages pageSet  // of at
}

func (n *renewing) begin(ctx context.Context) error {
	t, err := os.CreateTemp(filepath.Dir(n.f.path), RenewingPattern)
	if err != nil {
		return err
	}
	n.tmp = t.Name()
	if err := t.Close(); err != nil {
		return err
	}
	if n.src, err = os.Open(n.f.path); err != nil {
		return err
	}
	dst, err := bolt.Open(n.tmp, 0o600, n.f.options())
	if err != nil {
		return err
	}
	dst.NoSync, dst.NoGrowSync, dst.AllocSize = true, true, allocSize
	n.w = &compactor{ctx: ctx, dst: dst, done: n.r.Done, change: n.r.Change, step: compactStep, fill: renewedFill}
	return nil
}

// copy makes the copy, carries over what has changed meanwhile, and holds the copy
// against the file. What changes from then on is little.
func (n *renewing) copy(ctx context.Context) (err error) {
	first, err := n.old.Begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = first.Rollback() }()
	if n.w.tx, err = n.w.dst.Begin(true); err != nil {
		return err
	}
	if err := n.w.whole(first, nil); err != nil {
		return err
	}
	if n.at, err = n.old.Begin(false); err != nil {
		return err
	}
	if n.w.tx, err = n.w.dst.Begin(true); err != nil {
		return err
	}
	if err := n.w.apply(n.src, first, n.at, n.f.opt.Shape); err != nil {
		return err
	}
	if err := n.w.tx.Commit(); err != nil {
		return err
	}
	if n.pages, err = pagesOf(n.src, n.at, n.f.opt.Shape); err != nil {
		return &Damage{n.f.path, err}
	}
	if err := n.compare(ctx); err != nil {
		return err
	}
	return n.w.dst.Sync()
}

// swap carries over the last of the changes while nobody can write, and puts the new file
// in place. Whoever waits to write finds it then.
func (n *renewing) swap() (done Renewed, err error) {
	last, err := n.old.Begin(true)
	if err != nil {
		return done, err
	}
	began := time.Now()
	defer func() { _ = last.Rollback() }()
	done.Before = sizeOf(n.f.path)
	dst := n.w.dst
	dst.NoSync, dst.NoGrowSync = false, false
	if n.w.tx, err = dst.Begin(true); err != nil {
		return done, err
	}
	n.w.step = int(^uint(0) >> 1) // one commit
	if err := n.w.applyTo(n.src, n.pages, n.at, last); err != nil {
		return done, err
	}
	if n.r.Last != nil {
		if err := n.r.Last(n.w.tx); err != nil {
			return done, err
		}
	}
	if err := errors.Join(n.w.tx.Commit(), dst.Sync()); err != nil {
		return done, err
	}
	if err = disk.Rename(n.tmp, n.f.path); err != nil && !errors.As(err, new(*disk.UnsyncedError)) {
		return done, err
	}
	n.tmp = ""
	n.f.db.Store(dst)
	if err != nil && n.r.Unsynced != nil {
		n.r.Unsynced(err)
	}
	done.After, done.Pause = sizeOf(n.f.path), time.Since(began)
	return done, err
}

// end lets go of whichever file is not in use.
func (n *renewing) end() {
	if n.at != nil {
		_ = n.at.Rollback()
	}
	if n.src != nil {
		_ = n.src.Close()
	}
	if n.w != nil && n.tmp != "" {
		_ = n.w.drop()
		_ = n.w.dst.Close()
	}
	if n.tmp != "" {
		_ = os.Remove(n.tmp)
		return
	}
	_ = n.old.Close() // waits for those who still read it
}

// compare holds all of the copy against what it is a copy of.
func (n *renewing) compare(ctx context.Context) error {
	c := comparison{ctx: ctx, same: n.r.Same}
	if c.same == nil {
		c.same = func(_ [][]byte, _, was, is []byte) (bool, error) { return bytes.Equal(was, is), nil }
	}
	is, err := n.w.dst.Begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = is.Rollback() }()
	return c.both(nil, n.at.Cursor().Bucket(), is.Cursor().Bucket())
}

type comparison struct {
	ctx  context.Context
	same func(path [][]byte, k, was, is []byte) (bool, error)
	seen int
}

var errCopyDiffers = errors.New("the copy is not what it is a copy of, and was thrown away; please report it")

// both goes through two buckets that should be the same.
func (c *comparison) both(path [][]byte, was, is *bolt.Bucket) error {
	if is == nil || was.Sequence() != is.Sequence() {
		return errCopyDiffers
	}
	a, b := was.Cursor(), is.Cursor()
	k, v := a.First()
	have, got := b.First()
	for ; k != nil; k, v = a.Next() {
		if c.seen++; c.seen%10_000 == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if !bytes.Equal(k, have) || (v == nil) != (got == nil) {
			return errCopyDiffers
		}
		if v == nil {
			if err := c.both(append(slices.Clone(path), k), was.Bucket(k), is.Bucket(k)); err != nil {
				return err
			}
		} else if ok, err := c.same(path, k, v, got); err != nil || !ok {
			return errors.Join(err, errCopyDiffers)
		}
		have, got = b.Next()
	}
	if have != nil {
		return errCopyDiffers
	}
	return nil
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
