package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// issue opens an issue; [deliver.ErrNoIssue] if there is none.
func (s *Store) issue(b *bolt.Tx, name deliver.IssueName) (*deliver.Issue, error) {
	sealed := layout.Get(layout.List(b, name.List, layout.Issues), []byte(name.Slug))
	if sealed == nil {
		return nil, deliver.ErrNoIssue
	}
	plain, err := s.keys.Open(seal.Data, layout.IssueLabel, sealed, layout.Bound(name.List, name.Slug))
	if err == nil {
		var i *deliver.Issue
		if i, err = record.DecodeIssue(name, plain); err == nil {
			return i, nil
		}
	}
	s.apart.Note(apart.Issue, name.String())
	return nil, fmt.Errorf("the issue %s cannot be read: its record is damaged, and everything else goes on; add it again if it has not begun, or put the last backup back (%w)", name, err)
}

func (s *Store) putIssue(b *bolt.Tx, i *deliver.Issue) error {
	l, err := layout.EnsureList(b, i.Name.List)
	if err != nil {
		return err
	}
	sealed, err := s.keys.Seal(seal.Data, layout.IssueLabel, record.EncodeIssue(i), layout.Bound(i.Name.List, i.Name.Slug))
	if err != nil {
		return err
	}
	return l.Bucket(layout.Issues).Put([]byte(i.Name.Slug), sealed)
}

// Live implements [deliver.Calendar].
func (s *Store) Live() ([]*deliver.Issue, error) { return s.named(s.live.sorted()) }

// HeldIssues returns the issues that were due and did not start.
func (s *Store) HeldIssues() ([]*deliver.Issue, error) { return s.named(s.live.heldBack()) }

// named returns the issues of these names that are there and can be read.
func (s *Store) named(names []deliver.IssueName) (out []*deliver.Issue, err error) {
	for _, name := range names {
		i, err := s.Issue(name)
		if errors.Is(err, deliver.ErrNoIssue) || apart.Is(err) { // its list has ended, or it is set apart
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// Issue returns one issue; deliver.ErrNoIssue if there is none.
func (s *Store) Issue(name deliver.IssueName) (*deliver.Issue, error) {
	return view(s, func(b *bolt.Tx) (*deliver.Issue, error) { return s.issue(b, name) })
}

// Issues returns the issues of a list that can be read, by slug.
func (s *Store) Issues(listID string) (all []*deliver.Issue, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		return layout.Each(layout.List(b, listID, layout.Issues), func(k, _ []byte) error {
			i, err := s.issue(b, deliver.IssueName{List: listID, Slug: string(k)})
			if err == nil {
				all = append(all, i)
			}
			return apart.Skip(err)
		})
	})
	return all, err
}

// AddIssue stores a new draft and its files. If there is an issue of that name, replace
// changes it, in the same commit, and the files take the place of those that it had.
// The error is [ErrFull] when there is no room for files.
func (s *Store) AddIssue(ctx context.Context, draft deliver.Issue, files []deliver.File, replace func(stored *deliver.Issue, now time.Time) error) error {
	if err := s.roomForFiles(files); err != nil {
		return err
	}
	sealed, err := s.sealFiles(draft.Name, files)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *txn) error {
		stored, err := s.issue(t.Bolt, draft.Name)
		switch {
		case errors.Is(err, deliver.ErrNoIssue), apart.Is(err) && layout.Run(t.Bolt, draft.Name) == nil: // its text is given anew
			stored = &draft
			t.After(func() { s.apart.Forget(apart.Issue, draft.Name.String()) })
		case err != nil:
			return err
		default:
			if err := replace(stored, t.Now()); err != nil {
				return err
			}
		}
		t.Stage(func(b *bolt.Tx) error { return errors.Join(s.putIssue(b, stored), putFiles(b, draft.Name, sealed)) })
		return nil
	})
}

// ChangeIssue changes an issue by one of its transitions, in one commit. The
// run of a cancelled issue claims nobody from that commit on.
func (s *Store) ChangeIssue(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		was := i.State
		if err := change(i, t.Now()); err != nil {
			return err
		}
		if err := t.report(i, was, deliver.Balance{}); err != nil {
			return err
		}
		t.putChanged(i)
		if i.State == deliver.Finished && i.State != was { // sending it once more was stopped
			t.Stage(func(b *bolt.Tx) error { return s.ledger.StopAgain(b, name) })
		}
		return nil
	})
}

// updateIssue is update for an operation on one issue.
func (s *Store) updateIssue(ctx context.Context, name deliver.IssueName, do func(*txn, *deliver.Issue) error) error {
	return s.update(ctx, func(t *txn) error {
		i, err := s.issue(t.Bolt, name)
		if err != nil {
			return err
		}
		return do(t, i)
	})
}

// putChanged stages an issue as one of its transitions has left it.
func (t *txn) putChanged(i *deliver.Issue) {
	t.After(func() { t.s.live.note(i, false) })
	if i.State == deliver.Cancelled {
		t.After(t.s.archiveChanged)
	}
	t.addOwnDeed(i)
	t.Stage(func(b *bolt.Tx) error {
		err := t.s.putIssue(b, i)
		if layout.Run(b, i.Name) == nil {
			return err
		}
		if i.State == deliver.Cancelled {
			err = errors.Join(err, removeBackNumber(b, i.Name))
		}
		if i.State == deliver.Running { // it goes on
			err = errors.Join(err, t.s.ledger.GoOn(b, i.Name))
		}
		return errors.Join(err, t.s.ledger.PutState(b, i))
	})
}

// RemoveIssue deletes an issue that has no run, and its files, if may lets it, in one
// commit.
func (s *Store) RemoveIssue(ctx context.Context, name deliver.IssueName, may func(*deliver.Issue) error) error {
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		if err := may(i); err != nil {
			return err
		}
		if layout.Run(t.Bolt, name) != nil {
			return fmt.Errorf("the issue %s has a run, and its books are kept", i.Name)
		}
		t.After(func() { s.live.note(&deliver.Issue{Name: name, State: deliver.Draft}, true) })
		t.Stage(func(b *bolt.Tx) error {
			return errors.Join(layout.List(b, name.List, layout.Issues).Delete([]byte(name.Slug)), putFiles(b, name, nil))
		})
		return nil
	})
}

// StartIssue begins an issue's run in one commit: the list's active bitmap is
// copied, and that is the audience; what was made of the issue is stored, and is never
// made again; and anybody may read its back number. start is called with the size of the
// audience.
func (s *Store) StartIssue(ctx context.Context, name deliver.IssueName, form deliver.Form, start func(i *deliver.Issue, audience int, now time.Time) error) error {
	if err := s.RoomToStart(); err != nil {
		return err
	}
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		audience, err := s.ledger.CountActive(t.Bolt, name.List)
		if err != nil {
			return s.changed(err)
		}
		if err := start(i, audience, t.Now()); err != nil {
			return err
		}
		sealed, err := s.keys.Seal(seal.Data, layout.CompiledLabel, form.Compiled, layout.Bound(name.List, name.Slug))
		if err != nil {
			return err
		}
		t.After(func() { s.live.note(i, false) })
		t.Stage(func(b *bolt.Tx) error { return errors.Join(s.putIssue(b, i), s.ledger.Begin(b, i, sealed)) })
		t.publish(i, form.Back)
		t.addOwnDeed(i)
		return nil
	})
}

// Compiled returns what was compiled at the start of a run.
func (s *Store) Compiled(name deliver.IssueName) ([]byte, error) {
	return view(s, func(b *bolt.Tx) ([]byte, error) {
		run := layout.Run(b, name)
		if run == nil {
			return nil, deliver.ErrNoIssue
		}
		return s.keys.Open(seal.Data, layout.CompiledLabel, run.Get(layout.Compiled), layout.Bound(name.List, name.Slug))
	})
}
