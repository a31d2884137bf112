package store

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/ledger"
)

// TakeBack changes an issue as ChangeIssue does, for a pause because of refusals.
// In the same commit nothing of its run is held against readers any more, and who
// was refused is deferred, due as soon as it goes on: nothing was delivered to
// them. So it is for what is still in flight, until the issue is resumed.
func (s *Store) TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.changeIssue(ctx, name, change, (*txn).pauseTakingBack)
}

// pauseTakingBack stages an issue that is paused because of refusals.
func (t *txn) pauseTakingBack(i *deliver.Issue) error {
	back, err := ledger.Refused(t.Bolt, i.Name, t.Now())
	if err != nil {
		return err
	}
	t.putChanged(i)
	t.Stage(func(b *bolt.Tx) error { return ledger.TakeBack(b, i.Name, back) })
	t.After(func() {
		if r := t.s.openRun(i.Name); r != nil {
			r.hurry(back, t.Now())
		}
	})
	return nil
}

// hurry makes copies due in memory. One that is handed out at this moment is due
// when it is returned.
func (r *Ledger) hurry(back []ledger.RefusedCopy, at time.Time) {
	queued := map[uint64]bool{}
	for _, c := range back {
		if c.Queued {
			queued[uint64(c.Seq)] = true
			continue
		}
		r.waiting.push(at, uint64(c.Seq))
	}
	r.waiting.hurry(queued, at)
}
