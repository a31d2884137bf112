package store

import (
	"context"
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
)

// Unreadable counts the records that have been met since the opening and could not be
// read. Nothing else is known of them.
type Unreadable = apart.Unreadable

// Unreadable counts the records that were met since the opening and could not be read.
func (s *Store) Unreadable() Unreadable { return s.apart.Count("") }

// UnreadableOf counts those of one list: entries and issues.
func (s *Store) UnreadableOf(listID string) Unreadable { return s.apart.Count(listID + "/") }

// Examine opens every record there is, a page at a time, and counts those that
// cannot be read, are not as they were written, or do not go together. It takes about
// four seconds for a million readers.
func (s *Store) Examine(ctx context.Context) (Unreadable, error) {
	var lists []string
	err := s.file.View(func(b *bolt.Tx) error {
		err := b.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
			_, err := s.notice(b, binary.BigEndian.Uint64(k))
			return apart.Skip(err)
		})
		if err != nil {
			return err
		}
		lists = layout.ListIDs(b)
		return nil
	})
	if err == nil {
		_, err = s.WaitingRequests(ctx, int(^uint(0)>>1))
	}
	for _, id := range append(lists, "") {
		if err == nil {
			err = s.examineList(ctx, id)
		}
	}
	return s.Unreadable(), err
}

func (s *Store) examineList(ctx context.Context, id string) error {
	if id == "" {
		err := s.file.View(func(b *bolt.Tx) error {
			return s.ledger.ExamineProgress(b, func(key string) error { s.apart.Note(apart.Copy, key); return nil })
		})
		if err != nil {
			return err
		}
	} else {
		if _, err := s.Issues(id); err != nil {
			return err
		}
		if err := s.examineBackNumbers(id); err != nil {
			return err
		}
		err := s.file.View(func(b *bolt.Tx) error {
			if layout.List(b, id, layout.Entries) == nil { // it has ended meanwhile
				return nil
			}
			s.listEnding(b, id)
			_, fault := s.feedBook(b, id)
			return errors.Join(apart.Skip(fault), s.people.ExamineBits(b, id), s.ledger.Examine(b, id, func(key string) { s.apart.Note(apart.Copy, key) }))
		})
		if err != nil {
			return err
		}
	}
	return s.examinePeople(ctx, id)
}

func (s *Store) examinePeople(ctx context.Context, id string) error {
	at := people.Examination{List: id}
	for more := true; more; {
		err := s.file.View(func(b *bolt.Tx) (err error) {
			more, err = s.people.Examine(b, &at)
			return err
		})
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}
