package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// ErrHeld says that nothing is forgotten while the database is held: its owner has not
// said yet whether it is the one in use.
var ErrHeld = errors.New("the database is a copy that was put back; nothing is forgotten before it is released")

// ErrPurging says that a purge is under way.
var ErrPurging = errors.New("a purge is under way")

// Forgotten is what a purge has forgotten of one kind.
type Forgotten struct {
	Kind  string         // in one word
	What  string         // the same to people
	After subscribe.Days // it is kept so long when it has done its work; 0: until then
	N     int
}

// oblivion is one kind of what is forgotten.
type oblivion struct {
	kind, what string
	after      func(subscribe.Retention) subscribe.Days // nil: it is kept until it has done its work
	do         func(*purge, time.Time) (int, error)     // forgets what was over at that instant
}

// oblivions are all kinds of what is forgotten, in the order in which a purge goes
// through them: a suspended entry ends before the proofs are looked at, a line of the
// journal goes before the mark that says whether it still counts, and a list's own mark of
// a block before that which lifts it.
var oblivions = []oblivion{
	{"suspended", "entries to which nothing could be delivered, which end", func(r subscribe.Retention) subscribe.Days { return r.Suspended }, (*purge).endSuspended},
	{"proofs", "proofs of consent of who has left", func(r subscribe.Retention) subscribe.Days { return r.Consent }, (*purge).proofs},
	{"journal", "lines of the journal of leavings", func(r subscribe.Retention) subscribe.Days { return r.Marks }, (*purge).journal},
	{"marks", "keyed hashes of addresses that left", func(r subscribe.Retention) subscribe.Days { return r.Marks }, (*purge).marks},
	{"lifted", "keyed hashes of mailboxes whose block was lifted", func(r subscribe.Retention) subscribe.Days { return r.Marks }, (*purge).lifted},
	{"ledgers", "issues whose copies are not told apart any more", func(r subscribe.Retention) subscribe.Days { return r.Ledgers }, (*purge).ledgers},
	{"strikes", "failed copies of who has gone", nil, (*purge).strikes},
	{"notices", "mails whose link has expired while they waited", nil, (*purge).notices},
	{"requests", "requests that waited longer than their link would live", nil, (*purge).requests},
	{"tallies", "counts of the ceilings", nil, (*purge).tallies},
	{"deeds", "deeds of the audit trail", func(r subscribe.Retention) subscribe.Days { return r.Audit }, (*purge).deeds},
	{"provisions", "records of what was given out, and to whom", func(r subscribe.Retention) subscribe.Days { return r.Provided }, (*purge).provisions},
	{"migrated", "copies from before a migration", func(r subscribe.Retention) subscribe.Days { return r.Migrated }, (*purge).migrated},
	{"damaged", "journals that were set aside as damaged", func(r subscribe.Retention) subscribe.Days { return r.Marks }, (*purge).damaged},
}

// purge is one that is under way.
type purge struct {
	s   *Store
	ctx context.Context
	now time.Time
	dry bool // only count

	retention subscribe.Retention
}

// Purge forgets what has been kept as long as it may be, or with dry says what it would
// forget. It takes a page at a time, so that nobody waits longer for a leaving than that
// takes; whenever it ends, what it has not done is left for the next one. The error is
// [ErrHeld] or [ErrPurging] if it must not begin.
func (s *Store) Purge(ctx context.Context, r subscribe.Retention, dry bool) ([]Forgotten, error) {
	if s.Held() != nil {
		return nil, ErrHeld
	}
	if !s.purging.TryLock() {
		return nil, ErrPurging
	}
	defer s.purging.Unlock()
	p := &purge{s: s, ctx: ctx, now: s.opt.Now(), dry: dry, retention: r}
	return p.run(oblivions)
}

// run forgets those kinds, one after the other.
func (p *purge) run(kinds []oblivion) (all []Forgotten, err error) {
	for _, o := range kinds {
		f, over := Forgotten{Kind: o.kind, What: o.what}, p.now
		if o.after != nil {
			f.After = o.after(p.retention)
			over = f.After.Before(p.now)
		}
		if f.N, err = o.do(p, over); err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

const (
	lookPage   = 2048 // keys that one read transaction looks at
	forgetPage = 256  // records that one commit forgets
)

// pages are a bucket that is gone through, page by page.
type pages struct {
	of     func(*bolt.Tx) *bolt.Bucket
	due    func(b *bolt.Tx, k, v []byte) (bool, error)
	forget func(t *txn, keys [][]byte) error // nil: they are deleted
	most   int                               // to a commit; 0: forgetPage
}

// forget goes through a bucket. What is due is looked for in read transactions of their
// own, so that nobody waits for the looking, and asked again in the commit that forgets it.
func (p *purge) forget(g pages) (n int, err error) {
	for from := []byte{}; from != nil && err == nil; {
		var due [][]byte
		if due, from, err = p.look(g, from); err != nil || len(due) == 0 {
			continue
		}
		if p.dry {
			n += len(due)
			continue
		}
		err = p.s.update(p.ctx, func(t *txn) error {
			in, keys := g.of(t.Bolt), make([][]byte, 0, len(due))
			for _, k := range due {
				if v := layout.Get(in, k); v != nil {
					still, err := g.due(t.Bolt, k, v)
					if err != nil {
						return err
					}
					if still {
						keys = append(keys, k)
					}
				}
			}
			t.After(func() { n += len(keys) })
			if len(keys) == 0 {
				return nil
			}
			if g.forget != nil {
				return g.forget(t, keys)
			}
			t.Stage(func(b *bolt.Tx) error { return layout.DeleteAll(g.of(b), keys) })
			return nil
		})
	}
	return n, errors.Join(err, p.ctx.Err())
}

// look returns the keys of a page that are due, and where the next page begins; nil: this
// was the last.
func (p *purge) look(g pages, from []byte) (due [][]byte, next []byte, err error) {
	if err := p.ctx.Err(); err != nil {
		return nil, nil, err
	}
	err = p.s.file.View(func(b *bolt.Tx) error {
		in := g.of(b)
		if in == nil {
			return nil
		}
		c, seen := in.Cursor(), 0
		k, v := c.Seek(from)
		for ; k != nil && seen < lookPage && len(due) < cmp.Or(g.most, forgetPage); k, v = c.Next() {
			seen++
			is, err := g.due(b, k, v)
			if err != nil {
				return err
			}
			if is {
				due = append(due, bytes.Clone(k))
			}
		}
		next = bytes.Clone(k)
		return nil
	})
	return due, next, err
}

// eachList adds up what is forgotten of each list.
func (p *purge) eachList(do func(listID string) (int, error)) (n int, err error) {
	ids, err := view(p.s, func(b *bolt.Tx) ([]string, error) { return layout.ListIDs(b), nil })
	for _, id := range ids {
		if err == nil {
			var more int
			more, err = do(id)
			n += more
		}
	}
	return n, err
}

// ofList is a bucket of a list.
func ofList(listID string, name []byte) func(*bolt.Tx) *bolt.Bucket {
	return func(b *bolt.Tx) *bolt.Bucket { return layout.List(b, listID, name) }
}

// atTop is a bucket at the top.
func atTop(name []byte) func(*bolt.Tx) *bolt.Bucket {
	return func(b *bolt.Tx) *bolt.Bucket { return b.Bucket(name) }
}
