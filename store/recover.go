package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
)

// recover settles, in one commit, everything that a crash left behind, and sets
// apart what cannot be read.
func (s *Store) recover() error {
	err := s.file.Update(func(b *bolt.Tx) error {
		if err := s.noteDataKey(b); err != nil {
			return err
		}
		s.waiting = b.Bucket(layout.Intake).Stats().KeyN
		s.queued.Store(int64(s.waiting))
		if err := s.recoverOutbox(b); err != nil {
			return err
		}
		return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error { return s.recoverList(b, string(id)) })
	})
	if damage := (*Damage)(nil); errors.As(err, &damage) {
		return err
	}
	if err != nil {
		return fmt.Errorf("the database %s could not be made ready: %w", s.file.Path(), boltfile.WrapFull(err))
	}
	return nil
}

func (s *Store) recoverList(b *bolt.Tx, id string) error {
	if err := s.recoverLive(b, id); err != nil {
		return err
	}
	s.struck[id] = ledger.StruckOn(b, id)
	now, due := s.opt.Now(), time.Time{} // of what is uncertain
	if s.opt.UncertainAfter > 0 {
		due = now.Add(s.opt.UncertainAfter)
	}
	damaged := func(key string) { s.apart.Note(apart.Copy, key) }
	var slugs []string
	err := layout.List(b, id, layout.Runs).ForEachBucket(func(slug []byte) error { slugs = append(slugs, string(slug)); return nil })
	for _, slug := range slugs {
		name := deliver.IssueName{List: id, Slug: slug}
		run := layout.Run(b, name)
		if err != nil || run.Get(layout.FinalBalance) != nil {
			continue
		}
		if err = s.ledger.Recover(b, name, now, due, damaged); err == nil {
			err = s.recoverState(b, name)
		}
	}
	return err
}

// recoverState holds a run's state, which stands in clear where every claim reads
// it, against the sealed issue.
func (s *Store) recoverState(b *bolt.Tx, name deliver.IssueName) error {
	i, err := s.issue(b, name)
	if errors.Is(err, deliver.ErrNoIssue) || apart.Is(err) {
		return nil
	}
	if err != nil {
		return err
	}
	state := s.ledger.State(b, name)
	if state == i.State {
		return nil
	}
	if state == 0 {
		s.apart.Note(apart.Copy, name.String()) // it is not as it was written
	}
	return s.ledger.PutState(b, i)
}

// check refuses a file of which no part can be done without: one that lacks a bucket, or
// whose bitmaps or ledgers are not as they were written. It comes before anything is
// settled by them.
func (s *Store) check(b *bolt.Tx) error {
	if err := s.checkComplete(b); err != nil {
		return err
	}
	live := false
	err := b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		err := s.ledger.CheckActive(b, string(id))
		if err != nil {
			return s.changed(err)
		}
		return layout.List(b, string(id), layout.Runs).ForEachBucket(func(slug []byte) error {
			name := deliver.IssueName{List: string(id), Slug: string(slug)}
			over, err := s.ledger.IsOver(b, name)
			if err != nil {
				return s.changed(s.endedAnyway(b, name, err))
			}
			if over {
				return nil
			}
			live = true
			return s.changed(s.ledger.Check(b, name))
		})
	})
	if err != nil || !live {
		return err
	}
	return s.ledger.ExamineProgress(b, func(key string) error {
		return &Damage{File: s.file.Path(), Err: fmt.Errorf("who was claimed in an issue stands where it was not written (%s)", key)}
	})
}

// endedAnyway is for a run whose final books are not as they were written: if its issue
// has ended by what is sealed, nothing depends on them, and they are set apart.
func (s *Store) endedAnyway(b *bolt.Tx, name deliver.IssueName, fault error) error {
	i, err := s.issue(b, name)
	if apart.Is(err) || err == nil && (i.State == deliver.Finished || i.State == deliver.Cancelled) {
		s.apart.Note(apart.Copy, name.String())
		return nil
	}
	return errors.Join(err, fault)
}

// changed is the damage of what is not as it was written.
func (s *Store) changed(err error) error {
	if errors.As(err, new(*ledger.Changed)) {
		return &Damage{File: s.file.Path(), Err: err}
	}
	return err
}

// checkComplete refuses a file that lacks a bucket, or in which runs and their bitmaps
// do not belong together.
func (s *Store) checkComplete(b *bolt.Tx) error {
	missing := func(in interface{ Bucket([]byte) *bolt.Bucket }, of string, names [][]byte) error {
		for _, name := range names {
			if in.Bucket(name) == nil {
				return &Damage{File: s.file.Path(), Err: fmt.Errorf("%s has no %s", of, name)}
			}
		}
		return nil
	}
	if err := missing(b, "it", layout.TopBuckets); err != nil {
		return err
	}
	numbers := map[uint32]bool{}
	err := b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		l := b.Bucket(layout.Lists).Bucket(id)
		if err := missing(l, "a list", layout.ListBuckets); err != nil {
			return err
		}
		return l.Bucket(layout.Runs).ForEachBucket(func(slug []byte) error {
			run := l.Bucket(layout.Runs).Bucket(slug)
			number, err := s.ledger.Number(b, deliver.IssueName{List: string(id), Slug: string(slug)})
			if err != nil || numbers[number] {
				return &Damage{File: s.file.Path(), Err: cmp.Or(err, fmt.Errorf("an issue's run has not its own number, and so not its own ledger"))}
			}
			numbers[number] = true
			return missing(run, "an issue's run", layout.RunBuckets)
		})
	})
	if err != nil {
		return err
	}
	c := b.Bucket(layout.Progress).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) != 8 || !numbers[binary.BigEndian.Uint32(k)] {
			return &Damage{File: s.file.Path(), Err: fmt.Errorf("there is a ledger that belongs to no issue's run")}
		}
	}
	return nil
}

// recoverLive fills the live set at the opening.
func (s *Store) recoverLive(b *bolt.Tx, listID string) error {
	owes := ledger.Unjudged(b, listID)
	return layout.List(b, listID, layout.Issues).ForEach(func(k, _ []byte) error {
		name := deliver.IssueName{List: listID, Slug: string(k)}
		i, err := s.issue(b, name)
		if err != nil {
			return apart.Skip(err)
		}
		run := layout.Run(b, name)
		s.live.note(i, run != nil && run.Get(layout.FinalBalance) != nil && !owes[name.Slug])
		return nil
	})
}
