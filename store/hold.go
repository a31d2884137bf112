package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Hold is why nothing goes out: the database is a copy from another time or place.
// It lies in the database, and ends with Release.
type Hold struct {
	Doubt   journal.Doubt
	CopyOf  time.Time // of the last commit in the copy
	Since   time.Time // when it was found
	Ended   int       // entries that the journal ended
	Moved   int       // entries that were at another address: suspended
	Blocked int       // mailboxes that the journal blocked
	// Unknown are the instants between which leavings are in no journal; zero: none.
	Unknown  [2]time.Time
	Damaged  int       // lines of the journal that cannot be read
	LastLine time.Time // of the journal; zero: it is empty
	Requests int       // that waited in the copy, and were dropped
	// Verdicts are what has been said so far.
	Verdicts map[deliver.IssueName]deliver.Verdict

	count   uint64 // commits of the copy as it was found
	notices uint64 // those up to this number are the copy's
}

// ErrNotHeld says that the database is the one in use.
var ErrNotHeld = errors.New("store: the database is not held: it is the one in use, and mail goes out")

// Unsettled refuses the release.
type Unsettled struct{ Issues []deliver.IssueName }

func (u *Unsettled) Error() string {
	return fmt.Sprintf("%d of the issues that were on their way are not settled; nothing goes out until each is", len(u.Issues))
}

// Held returns why nothing goes out, or nil.
func (s *Store) Held() *Hold { return s.held.Load() }

// Released is closed while the database is not held.
func (s *Store) Released() <-chan struct{} { return s.released }

// OnTheirWay returns the issues that a release must settle, by name: they had
// begun in the copy, or their time has come since.
func (s *Store) OnTheirWay() (out []*deliver.Issue, err error) {
	return s.onTheirWay(s.opt.Now())
}

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
func (s *Store) CopiedNotices() (n int, err error) {
	h := s.Held()
	if h == nil {
		return 0, nil
	}
	err = s.view(func(b *bolt.Tx) error {
		n = len(keysUpTo(b.Bucket(layout.Outbox), h.notices))
		return nil
	})
	return n, err
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
			if i == nil {
				return deliver.ErrNoIssue
			}
			if !i.OnItsWay(t.Now()) {
				return &deliver.StateError{Issue: name, State: i.State, Verb: "settled", Next: "only what had begun, or was due by now, is"}
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
		if err := t.settleAll(h, actor); err != nil {
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

// settleAll stages the verdicts, or refuses if one is missing.
func (t *txn) settleAll(h *Hold, actor string) error {
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
		if err := i.Settle(verdict, h.CopyOf, actor, t.Now()); err != nil {
			return err
		}
		t.Stage(func(b *bolt.Tx) error { return t.s.putSettled(b, i) })
		t.After(func() { t.s.live.note(i, i.State == deliver.Finished) })
	}
	return nil
}

// putSettled stores an issue after its verdict. The books of one that went out are
// closed: whom the copy had not booked may have got it or not.
func (s *Store) putSettled(b *bolt.Tx, i *deliver.Issue) error {
	if err := s.putIssue(b, i); err != nil {
		return err
	}
	r := layout.Run(b, i.Name)
	if r == nil {
		return nil
	}
	if i.State != deliver.Finished {
		return r.Put(layout.State, []byte{byte(i.State)})
	}
	books, err := ledger.Balance(b, i.Name)
	if err != nil {
		return err
	}
	open := books.Pending + books.Deferred + books.InFlight
	books.Uncertain += open
	books.UncertainEver += open
	books.Pending, books.Deferred, books.InFlight = 0, 0, 0
	return errors.Join(r.Put(layout.State, []byte{byte(i.State)}), ledger.Close(b, i.Name, books))
}

// keysUpTo gathers the keys of eight octets that are n or less.
func keysUpTo(b *bolt.Bucket, n uint64) (keys [][]byte) {
	c := b.Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, layout.Key8(n)) <= 0; k, _ = c.Next() {
		keys = append(keys, slices.Clone(k))
	}
	return keys
}

func (h *Hold) put(b *bolt.Tx) error {
	return b.Bucket(layout.Meta).Put(layout.Hold, record.Encode(h, holdFields))
}

// holdOf returns nil if the database is not held.
func holdOf(b *bolt.Tx) (*Hold, error) {
	v := b.Bucket(layout.Meta).Get(layout.Hold)
	if v == nil {
		return nil, nil
	}
	h := &Hold{Verdicts: map[deliver.IssueName]deliver.Verdict{}}
	return h, record.Decode(v, h, holdFields)
}

func holdFields(c *record.Codec, h *Hold) {
	record.Number(c, 1, &h.Doubt)
	c.Time(2, &h.CopyOf)
	c.Time(3, &h.Since)
	record.Number(c, 4, &h.Ended)
	record.Number(c, 5, &h.Moved)
	record.Number(c, 6, &h.Blocked)
	c.Time(7, &h.Unknown[0])
	c.Time(8, &h.Unknown[1])
	record.Number(c, 9, &h.Damaged)
	c.Time(10, &h.LastLine)
	record.Number(c, 11, &h.Requests)
	type said struct {
		issue   deliver.IssueName
		verdict deliver.Verdict
	}
	var all []said
	for _, name := range slices.SortedFunc(maps.Keys(h.Verdicts), deliver.IssueName.Compare) {
		all = append(all, said{name, h.Verdicts[name]})
	}
	record.Each(c, 12, &all, func(c *record.Codec, x *said) {
		c.IssueName(1, &x.issue)
		record.Text(c, 2, &x.verdict)
	})
	for _, x := range all {
		h.Verdicts[x.issue] = x.verdict
	}
	record.Number(c, 13, &h.count)
	record.Number(c, 14, &h.notices)
}
