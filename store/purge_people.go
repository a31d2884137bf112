package store

import (
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/subscribe"
)

// endSuspended ends the entries that were suspended before an instant, as if their readers
// had left.
func (p *purge) endSuspended(over time.Time) (int, error) {
	return p.eachList(func(id string) (int, error) {
		due := func(b *bolt.Tx, k []byte) (*subscribe.Subscriber, error) {
			e, err := p.s.people.Entry(b, id, layout.SeqOf(k))
			if err != nil || e == nil || e.State != subscribe.Suspended || e.EndedAt.After(over) {
				return nil, apart.Skip(err)
			}
			return e, nil
		}
		return p.forget(pages{
			of:  ofList(id, layout.Suspended),
			due: func(b *bolt.Tx, k, _ []byte) (bool, error) { e, err := due(b, k); return e != nil, err },
			forget: p.eachEntry(due, func(t *txn, e *subscribe.Subscriber) {
				a := e.Address
				t.SetMark(id, a, e.End(subscribe.MarkLeft, t.Now()))
				t.Put(e)
			}),
		})
	})
}

// proofs forgets the entries that ended before an instant. Nobody is claimed for an issue
// after they have ended, so the last mail to them is older, too. One that stands for a
// mark is kept as long as a mark.
func (p *purge) proofs(over time.Time) (int, error) {
	return p.eachList(func(id string) (int, error) {
		due := func(b *bolt.Tx, k []byte) (*subscribe.Subscriber, error) {
			if p.s.isActive(b, id, layout.SeqOf(k)) { // nearly all are, and need not be opened
				return nil, nil
			}
			e, err := p.s.people.Entry(b, id, layout.SeqOf(k))
			if err != nil || e == nil || e.State != subscribe.Ended {
				return nil, apart.Skip(err)
			}
			if people.StandsForMark(e) && e.EndedAt.After(p.retention.Marks.Before(p.now)) || e.EndedAt.After(over) {
				return nil, nil
			}
			return e, nil
		}
		return p.forget(pages{
			of:  ofList(id, layout.Entries),
			due: func(b *bolt.Tx, k, _ []byte) (bool, error) { e, err := due(b, k); return e != nil, err },
			forget: p.eachEntry(due, func(t *txn, e *subscribe.Subscriber) {
				t.Stage(func(b *bolt.Tx) error { return p.s.people.Forget(b, e) })
			}),
		})
	})
}

// eachEntry does something with the entries that are due, of which it reads all before it
// writes anything.
func (p *purge) eachEntry(due func(*bolt.Tx, []byte) (*subscribe.Subscriber, error), do func(*txn, *subscribe.Subscriber)) func(*txn, [][]byte) error {
	return func(t *txn, keys [][]byte) error {
		var all []*subscribe.Subscriber
		for _, k := range keys {
			e, err := due(t.Bolt, k)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		for _, e := range all {
			do(t, e)
		}
		return nil
	}
}

// isActive asks the active bit.
func (s *Store) isActive(b *bolt.Tx, listID string, seq subscribe.Seq) bool {
	chunk, bit := layout.ChunkOf(seq)
	return layout.HasBit(layout.Get(layout.List(b, listID, layout.Active), layout.Key4(chunk)), bit)
}

// marks forgets the marks from before an instant. By then no link is about, and no backup,
// that could bring the reader back: what marks keep from acting are links that were issued
// before them. A mark is kept as long as it is what leads to a suspended entry. That of a
// list is no block: the mailbox's own stays.
func (p *purge) marks(over time.Time) (int, error) {
	return p.eachList(func(id string) (int, error) {
		return p.forget(pages{
			of: ofList(id, layout.Marks),
			due: func(b *bolt.Tx, k, _ []byte) (bool, error) {
				m := p.s.people.MarkAt(b, id, k)
				if m == nil || m.At.After(over) {
					return false, nil
				}
				if m.Kind != subscribe.MarkSuspended {
					return true, nil
				}
				e, err := p.s.people.ByID(b, id, m.ID)
				return e == nil || e.State != subscribe.Suspended && e.State != subscribe.Lost, err
			},
		})
	})
}

// lifted forgets when blocks were lifted. A block itself stays until then.
func (p *purge) lifted(over time.Time) (int, error) {
	return p.forget(pages{
		of: atTop(layout.Blocks),
		due: func(b *bolt.Tx, k, _ []byte) (bool, error) {
			m := p.s.people.MarkAt(b, "", k)
			return m != nil && m.Kind != subscribe.MarkBlocked && !m.At.After(over), nil
		},
	})
}

// strikes forgets what is held, or pending, against entries that are not active.
func (p *purge) strikes(time.Time) (int, error) {
	return p.eachList(func(id string) (n int, err error) {
		for _, name := range [][]byte{layout.Strikes, layout.Pending, layout.Bounced} {
			more, err := p.forget(pages{
				of:  ofList(id, name),
				due: func(b *bolt.Tx, k, _ []byte) (bool, error) { return !p.s.isActive(b, id, layout.SeqOf(k)), nil },
			})
			if n += more; err != nil {
				return n, err
			}
		}
		return n, nil
	})
}
