package store

import (
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
)

// CountAgain is how many readers of an issue that has ended would get it once more; the
// error is [deliver.ErrForgotten] if its books do not tell.
func (s *Store) CountAgain(name deliver.IssueName, to deliver.Whom) (int, error) {
	return view(s, func(b *bolt.Tx) (int, error) { return s.countAgain(b, name, to) })
}

func (s *Store) countAgain(b *bolt.Tx, name deliver.IssueName, to deliver.Whom) (int, error) {
	n, told, err := s.ledger.CountAgain(b, name, to)
	over, fault := s.ledger.IsOver(b, name)
	switch err = errors.Join(err, fault); {
	case err != nil:
		return 0, s.changed(err)
	case !over: // it was stopped a moment ago, and copies are in flight
		return 0, (&deliver.Issue{Name: name, State: deliver.Finished}).Refuse("sent once more", "it is just ending; try again in a moment")
	case !told:
		return 0, deliver.ErrForgotten
	}
	return n, nil
}

// SendAgain lets an issue that has ended go on, in one commit, with the copies of those of
// its readers whose copy ended so and who still want it. change makes the transition for so
// many, and says from when on they go out. What is sent is what was compiled at the start.
func (s *Store) SendAgain(ctx context.Context, name deliver.IssueName, to deliver.Whom, change func(i *deliver.Issue, copies int, now time.Time) (due time.Time, err error)) error {
	if err := s.RoomToStart(); err != nil {
		return err
	}
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		n, err := 0, error(nil)
		if i.State == deliver.Finished { // or change says that it is not
			n, err = s.countAgain(t.Bolt, name, to)
		}
		if err != nil {
			return err
		}
		due, err := change(i, n, t.Now())
		if err != nil {
			return err
		}
		t.After(func() { s.runs.Delete(name) }) // before it is live: what that knows is of the round before
		t.Stage(func(b *bolt.Tx) error { return s.ledger.SendAgain(b, name, to, due) })
		t.putChanged(i)
		return nil
	})
}
