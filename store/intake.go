package store

import (
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Waiting is how many requests wait, with those of this commit.
func (t *txn) Waiting() int { return t.waiting }

// PutRequest puts a request down, sealed; refused with [subscribe.ErrBusy] when
// space is short.
func (t *txn) PutRequest(request subscribe.Request) {
	if t.lacks(spaceForJoining) {
		t.Fail(subscribe.ErrBusy)
		return
	}
	t.Stage(func(b *bolt.Tx) error {
		intake := b.Bucket(layout.Intake)
		intake.FillPercent = 1 // nothing is ever put between two requests
		n, err := intake.NextSequence()
		if err != nil {
			return err
		}
		sealed, err := t.s.keys.Seal(seal.Data, layout.RequestLabel, record.EncodeRequest(request), layout.Key8(n))
		if err != nil {
			return err
		}
		t.waiting++
		return intake.Put(layout.Key8(n), sealed)
	})
}

// DropRequest forgets a request that has been decided.
func (t *txn) DropRequest(n uint64) {
	t.Stage(func(b *bolt.Tx) error {
		intake := b.Bucket(layout.Intake)
		if intake.Get(layout.Key8(n)) == nil {
			return nil
		}
		t.waiting--
		return intake.Delete(layout.Key8(n))
	})
}

// WaitingRequests implements [subscribe.RequestQueue].
func (s *Store) WaitingRequests(_ context.Context, limit int) (requests []subscribe.Request, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		c := b.Bucket(layout.Intake).Cursor()
		for k, v := c.First(); k != nil && len(requests) < limit; k, v = c.Next() {
			request, err := s.request(k, v)
			if err == nil {
				requests = append(requests, request)
			}
			if apart.Skip(err) != nil {
				return err
			}
		}
		return nil
	})
	return requests, err
}

// request opens a request at its place.
func (s *Store) request(k, sealed []byte) (request subscribe.Request, err error) {
	plain, err := s.keys.Open(seal.Data, layout.RequestLabel, sealed, k)
	if err == nil {
		request, err = record.DecodeRequest(binary.BigEndian.Uint64(k), plain)
	}
	if apart.Is(err) {
		s.apart.Note(apart.Request, string(k))
	}
	return request, err
}
