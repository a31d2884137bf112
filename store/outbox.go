package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

func (s *Store) putNotice(b *bolt.Tx, o record.Notice) error {
	sealed, err := s.keys.Seal(seal.Data, layout.NoticeLabel, record.EncodeNotice(o), layout.Key8(o.N))
	if err != nil {
		return err
	}
	return b.Bucket(layout.Outbox).Put(layout.Key8(o.N), sealed)
}

func (s *Store) notice(b *bolt.Tx, n uint64) (*record.Notice, error) {
	sealed := b.Bucket(layout.Outbox).Get(layout.Key8(n))
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.keys.Open(seal.Data, layout.NoticeLabel, sealed, layout.Key8(n))
	if err == nil {
		var o record.Notice
		if o, err = record.DecodeNotice(n, plain); err == nil {
			return &o, nil
		}
	}
	s.apart.Note(apart.Notice, string(layout.Key8(n)))
	return nil, fmt.Errorf("a notice of the outbox cannot be read: %w", err)
}

// Owe puts a notice into the outbox, due at once or when it says.
func (t *txn) Owe(n subscribe.Notice) { t.owe(deliver.QueuedNotice{Notice: n}) }

func (t *txn) owe(q deliver.QueuedNotice) {
	q.MessageID = subscribe.NewID().String()
	n, o := q.Notice, record.Notice{QueuedNotice: q, Due: t.Now()}
	if n.Due.After(o.Due) {
		o.Due = n.Due
	}
	t.Stage(func(b *bolt.Tx) error {
		outbox := b.Bucket(layout.Outbox)
		outbox.FillPercent = 1 // as in the intake
		id, err := outbox.NextSequence()
		if err != nil {
			return err
		}
		o.N = id
		return t.s.putNotice(b, o)
	})
	t.After(func() { t.s.outbox.push(o.Due, o.N) })
}

// ReserveNotice implements [deliver.Outbox].
func (s *Store) ReserveNotice(now time.Time) (out *deliver.QueuedNotice, err error) {
	for {
		n, ok := s.outbox.pop(now)
		if !ok {
			return nil, nil
		}
		err := s.file.View(func(b *bolt.Tx) error {
			o, err := s.notice(b, n)
			if err != nil || o == nil {
				return apart.Skip(err)
			}
			o.Attempt++
			out = &o.QueuedNotice
			return nil
		})
		if err != nil || out != nil {
			return out, err
		}
	}
}

// ReturnNotice implements [deliver.Outbox].
func (s *Store) ReturnNotice(o deliver.QueuedNotice) { s.outbox.push(s.opt.Now(), o.N) }

// ClaimNotice implements [deliver.Outbox]: in one commit it asks again whether
// the notice is owed, and notes that an attempt begins.
func (s *Store) ClaimNotice(ctx context.Context, o deliver.QueuedNotice) error {
	withdrawn := false
	err := s.update(ctx, func(t *txn) error {
		stored, err := s.notice(t.Bolt, o.N)
		owing := false
		if err == nil && stored != nil {
			owing, err = t.stillOwed(stored)
		}
		if err != nil {
			return err
		}
		if withdrawn = !owing; withdrawn {
			t.Stage(func(b *bolt.Tx) error { return b.Bucket(layout.Outbox).Delete(layout.Key8(o.N)) })
			return nil
		}
		stored.Attempt, stored.InFlight = o.Attempt, true
		t.Stage(func(b *bolt.Tx) error { return s.putNotice(b, *stored) })
		return nil
	})
	if err == nil && withdrawn {
		return deliver.ErrWithdrawn
	}
	return err
}

func (t *txn) stillOwed(o *record.Notice) (bool, error) {
	n := o.Notice
	if o.Report.Kind != 0 { // the operator has said where it goes, and no mark is asked
		return t.Now().Before(n.Expires), nil
	}
	block, mark, err := subscribe.MarksOf(t, n.List, n.To)
	if err != nil {
		return false, err
	}
	var about *subscribe.Subscriber
	if n.Reader.IsZero() {
		about, err = t.ByAddress(n.List, n.To)
	} else {
		about, err = t.ByID(n.List, n.Reader)
	}
	if err != nil {
		return false, err
	}
	return n.StillOwed(block, mark, about, t.Now()), nil
}

// SettleNotice implements [deliver.Outbox]. A final notice is gone, with its address.
func (s *Store) SettleNotice(ctx context.Context, o deliver.QueuedNotice, r deliver.Result, next time.Time) error {
	return s.update(ctx, func(t *txn) error {
		if next.IsZero() {
			t.Stage(func(b *bolt.Tx) error { return b.Bucket(layout.Outbox).Delete(layout.Key8(o.N)) })
			return nil
		}
		stored, err := s.notice(t.Bolt, o.N)
		if err != nil || stored == nil {
			return err
		}
		stored.Due, stored.InFlight = next, false
		stored.Attempt = o.Attempt
		if r.Blame.Spares() {
			stored.Attempt-- // our own fault uses up no attempt
		}
		stored.Uncertain = stored.Uncertain || r.Outcome == deliver.Uncertain
		t.Stage(func(b *bolt.Tx) error { return s.putNotice(b, *stored) })
		t.After(func() { s.outbox.push(next, o.N) })
		return nil
	})
}

// recoverOutbox queues what is owed. A notice that was in flight is uncertain:
// it is sent once more, and if that was the second time it is given up.
func (s *Store) recoverOutbox(b *bolt.Tx) error {
	box, now := b.Bucket(layout.Outbox), s.opt.Now()
	var fix []record.Notice
	err := box.ForEach(func(k, _ []byte) error {
		o, err := s.notice(b, binary.BigEndian.Uint64(k))
		switch {
		case err != nil:
			return apart.Skip(err)
		case o.InFlight:
			fix = append(fix, *o)
		default:
			s.outbox.push(o.Due, o.N)
		}
		return nil
	})
	for _, o := range fix {
		if o.Uncertain || s.opt.UncertainAfter < 0 {
			err = errors.Join(err, box.Delete(layout.Key8(o.N)))
			continue
		}
		o.InFlight, o.Uncertain, o.Due = false, true, now.Add(s.opt.UncertainAfter)
		err = errors.Join(err, s.putNotice(b, o))
		s.outbox.push(o.Due, o.N)
	}
	return err
}
