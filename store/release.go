package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// ErrNotHeld says that the database is the one in use.
var ErrNotHeld = errors.New("the database is not held: it is the one in use, and mail goes out")

// Unsettled refuses the release.
type Unsettled struct{ Issues []deliver.IssueName }

func (u *Unsettled) Error() string {
	return fmt.Sprintf("%d of the issues that were on their way are not settled; nothing goes out until each is", len(u.Issues))
}

// onTheirWay returns the issues that a release must settle, by name: they had begun
// in the copy, or their time has come since.
func (s *Store) onTheirWay(now time.Time) (out []*deliver.Issue, err error) {
	live, err := s.Live()
	for _, i := range live {
		if i.OnItsWay(now) {
			out = append(out, i)
		}
	}
	return out, err
}

// CopiedNotices is how many notices of the copy wait: they may have been sent, and
// a release drops them.
func (s *Store) CopiedNotices() (int, error) {
	h := s.Held()
	if h == nil {
		return 0, nil
	}
	return view(s, func(b *bolt.Tx) (int, error) { return len(keysUpTo(b.Bucket(layout.Outbox), h.notices)), nil })
}

// Say notes verdicts. Nothing else changes before the release.
func (s *Store) Say(ctx context.Context, verdicts map[deliver.IssueName]deliver.Verdict) error {
	return s.update(ctx, func(t *txn) error {
		h, err := holdOf(t.Bolt)
		if err != nil {
			return err
		}
		if h == nil {
			return ErrNotHeld
		}
		for name := range verdicts {
			i, err := s.issue(t.Bolt, name)
			if err != nil {
				return err
			}
			if !i.OnItsWay(t.Now()) {
				return i.Refuse("settled", "only what had begun, or was due by now, is")
			}
		}
		maps.Copy(h.Verdicts, verdicts)
		t.Stage(func(b *bolt.Tx) error { return h.put(b) })
		t.After(func() { s.held.Store(h) })
		return nil
	})
}

// Release does what was said about each issue, drops the copy's notices, and makes
// the database the one in use, under a new name. The error is [*Unsettled] while
// an issue waits for its verdict.
func (s *Store) Release(ctx context.Context, actor string) error {
	s.releasing.Lock()
	defer s.releasing.Unlock()
	if s.Held() == nil {
		return ErrNotHeld
	}
	// First the name that the database will bear is made known, then it takes it:
	// whenever the process ends between, the file agrees with what is in use.
	known, err := journal.ReadGeneration(s.opt.Journal, s.keys)
	if err != nil {
		return err
	}
	next := journal.Generation{Heir: subscribe.NewID()}
	if known != nil {
		next.ID, next.Commits = known.ID, known.Commits
	}
	if err := s.journal.WriteGeneration(next); err != nil {
		return fmt.Errorf("the journal's folder %s cannot be written: %w; make room, or give it to the account that runs Kairan, and release again", s.opt.Journal, boltfile.WrapFull(err))
	}
	err = s.update(ctx, func(t *txn) error {
		h, err := holdOf(t.Bolt)
		if err != nil {
			return err
		}
		if h == nil {
			return ErrNotHeld
		}
		if err := t.applyVerdicts(h, actor); err != nil {
			return err
		}
		t.Stage(func(b *bolt.Tx) error {
			meta, box := b.Bucket(layout.Meta), b.Bucket(layout.Outbox)
			return errors.Join(layout.DeleteAll(box, keysUpTo(box, h.notices)), meta.Delete(layout.Hold), meta.Delete(layout.IsCopy), putStanding(b, journal.Standing{ID: next.Heir}))
		})
		return nil
	})
	if err != nil {
		return err
	}
	s.held.Store(nil)
	s.note()
	close(s.released)
	return nil
}

// applyVerdicts stages the verdicts, or refuses if one is missing.
func (t *txn) applyVerdicts(h *Hold, actor string) error {
	issues, err := t.s.onTheirWay(t.Now())
	if err != nil {
		return err
	}
	missing := &Unsettled{}
	for _, i := range issues {
		if h.Verdicts[i.Name] == "" {
			missing.Issues = append(missing.Issues, i.Name)
		}
	}
	if len(missing.Issues) > 0 {
		return missing
	}
	for _, i := range issues {
		verdict := h.Verdicts[i.Name]
		if err := i.Apply(verdict, h.CopyOf, actor, t.Now()); err != nil {
			return err
		}
		t.Stage(func(b *bolt.Tx) error { return t.s.putSettled(b, i) })
		t.After(func() { t.s.live.note(i, i.State == deliver.Finished) })
		t.After(t.s.archiveChanged)
	}
	return nil
}

// putSettled stores an issue after its verdict. The books of one that went out are
// closed: whom the copy had not booked may have got it or not.
func (s *Store) putSettled(b *bolt.Tx, i *deliver.Issue) error {
	if err := s.putIssue(b, i); err != nil {
		return err
	}
	if layout.Run(b, i.Name) == nil {
		return nil
	}
	if i.State == deliver.Cancelled {
		return errors.Join(s.ledger.PutState(b, i), removeBackNumber(b, i.Name))
	}
	if i.State != deliver.Finished {
		return s.ledger.PutState(b, i)
	}
	books, err := s.ledger.Balance(b, i.Name)
	if err != nil {
		return err
	}
	open := books.Pending + books.Deferred + books.InFlight
	books.Uncertain += open
	books.UncertainEver += open
	books.Pending, books.Deferred, books.InFlight = 0, 0, 0
	return errors.Join(s.ledger.PutState(b, i), s.ledger.Close(b, i.Name, books))
}

// Held returns why nothing goes out, or nil.
func (s *Store) Held() *Hold { return s.held.Load() }

// Released is closed while the database is not held.
func (s *Store) Released() <-chan struct{} { return s.released }
