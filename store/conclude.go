package store

import (
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
)

// Balance returns the books of a run; zero for an issue that has not started.
func (s *Store) Balance(name deliver.IssueName) (deliver.Balance, error) {
	out, err := view(s, func(b *bolt.Tx) (deliver.Balance, error) { return s.ledger.Balance(b, name) })
	if apart.Is(err) { // its final books
		s.apart.Note(apart.Copy, name.String())
		return deliver.Balance{}, nil
	}
	return out, err
}

// Conclude ends a run in which nothing is left to do, and writes its final
// books; it returns whether it has ended. finish is called for a run that came
// to its own end (a cancelled one has been ended by its canceller); if it pauses
// the issue, the run has not ended, and its refusals are taken back. A run of which
// most copies were refused is excused, which finish is told: nothing is held against
// anybody. What any other run holds against its readers is applied when it has ended;
// after a stop in between, by the next call.
func (s *Store) Conclude(ctx context.Context, name deliver.IssueName, finish func(i *deliver.Issue, b deliver.Balance, excused bool, now time.Time)) (ended bool, err error) {
	var rest []byte
	err = s.update(ctx, func(t *txn) error {
		ended, rest, err = t.conclude(name, finish)
		return err
	})
	if err != nil || !ended {
		return false, err
	}
	if err := s.applyPending(ctx, name, rest); err != nil {
		return false, err
	}
	s.live.note(&deliver.Issue{Name: name}, true) // also one that a late remark has brought back
	return true, nil
}

// conclude is the first commit of Conclude. rest is the last key of the pending strikes
// that it has applied; nil: none is left.
func (t *txn) conclude(name deliver.IssueName, finish func(i *deliver.Issue, b deliver.Balance, excused bool, now time.Time)) (ended bool, rest []byte, err error) {
	run := layout.Run(t.Bolt, name)
	i, err := t.s.issue(t.Bolt, name)
	if errors.Is(err, deliver.ErrNoIssue) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	if run == nil || run.Get(layout.FinalBalance) != nil {
		rest, err = t.applyPage(name, run == nil || t.s.ledger.Excused(t.Bolt, name), nil) // what a stop has left
		return true, rest, err
	}
	books, err := t.s.ledger.Balance(t.Bolt, name)
	if err != nil {
		return false, nil, err
	}
	final, over := t.s.ledger.Final(t.Bolt, i, books, t.Now())
	if !over {
		return false, nil, nil
	}
	excused := books.MostlyRefused() // not of final, where who was never tried is expired
	if i.State == deliver.Running {
		finish(i, final, excused, t.Now())
		if err := t.report(i, deliver.Running, final); err != nil {
			return false, nil, err
		}
	}
	if i.State == deliver.Paused {
		return false, nil, t.pauseTakingBack(i)
	}
	failed, err := t.s.failed(t.Bolt, name)
	if err != nil {
		return false, nil, err
	}
	i.NoteEnd(final, t.Now())
	t.putChanged(i)
	t.After(func() { t.s.runs.Delete(name) })
	t.Stage(func(b *bolt.Tx) error {
		err := errors.Join(t.s.ledger.Close(b, name, final), t.s.ledger.PutFailed(b, name, failed.Ended(i.State == deliver.Cancelled).Merge(figures.Threshold)))
		if excused {
			err = errors.Join(err, t.s.ledger.Excuse(b, name))
		}
		return err
	})
	rest, err = t.applyPage(name, excused, nil)
	return true, rest, err
}

// pendingPage is how many pending strikes one commit looks at.
const pendingPage = 256

// applyPending holds the failed copies of a run that has ended against their entries, or
// forgets them if the run is excused. Each is applied in the commit that forgets it, so
// that a stop loses none and doubles none. after is the last key that was looked at.
func (s *Store) applyPending(ctx context.Context, name deliver.IssueName, after []byte) error {
	for after != nil {
		err := s.update(ctx, func(t *txn) error {
			run := layout.Run(t.Bolt, name)
			if run == nil { // the list has ended, and took them along
				after = nil
				return nil
			}
			last, err := t.applyPage(name, s.ledger.Excused(t.Bolt, name), after)
			t.After(func() { after = last })
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// applyPage does so for one page, behind the key after. last is the last key of the
// page; nil if no page follows.
func (t *txn) applyPage(name deliver.IssueName, excused bool, after []byte) (last []byte, err error) {
	return t.s.ledger.Pending(t.Bolt, name, after, pendingPage, func(seq subscribe.Seq, failed record.Failure, fault error) error {
		if !excused && fault == nil { // of one that is damaged nothing is held against anybody {
			if err := t.applyStrike(name, seq, failed); err != nil {
				return err
			}
		}
		t.Stage(func(b *bolt.Tx) error {
			return layout.List(b, name.List, layout.Pending).Delete(layout.PendingKey(seq, name.Slug))
		})
		return nil
	})
}

// applyStrike counts one failed copy against its entry, or suspends it. An entry that
// has ended or moved since has nothing pending any more.
func (t *txn) applyStrike(name deliver.IssueName, seq subscribe.Seq, failed record.Failure) error {
	e, err := t.s.people.Entry(t.Bolt, name.List, seq)
	if err != nil || e == nil || e.State != subscribe.Active {
		return apart.Skip(err)
	}
	x := deliver.Settlement{Reader: deliver.Reader{Seq: seq, Address: e.Address}, Result: failed.Result}
	next, suspend := t.s.ledger.Strikes(t.Bolt, name.List, seq).After(x, name.Slug, failed.At, *t.s.opt.Suspend)
	t.hold(e, next, suspend)
	return nil
}

// TakeBack changes an issue as ChangeIssue does, for a pause because of refusals. In the
// same commit nothing of its run is held against readers any more, and who was refused
// is deferred, due as soon as it goes on: nothing was delivered to them. The same holds
// for copies that are in flight, until the issue is resumed.
func (s *Store) TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		was := i.State
		if err := change(i, t.Now()); err != nil {
			return err
		}
		if err := t.report(i, was, deliver.Balance{}); err != nil {
			return err
		}
		return t.pauseTakingBack(i)
	})
}

// pauseTakingBack stages an issue that is paused because of refusals.
func (t *txn) pauseTakingBack(i *deliver.Issue) error {
	back, err := t.s.ledger.Refused(t.Bolt, i.Name, t.Now())
	if err != nil {
		return err
	}
	t.putChanged(i)
	t.Stage(func(b *bolt.Tx) error { return t.s.ledger.TakeBack(b, i.Name, back) })
	t.After(func() {
		if r := t.s.runOf(i.Name); r != nil {
			r.hurry(back, t.Now())
		}
	})
	return nil
}

// hurry makes copies due in memory. One that is handed out at this moment is due
// when it is returned.
func (r *Run) hurry(back []ledger.RefusedCopy, at time.Time) {
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
