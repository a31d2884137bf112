package store

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// AddProvision notes that what is held is given to somebody, at the commit's instant.
func (s *Store) AddProvision(ctx context.Context, p subscribe.Provision) error {
	return s.update(ctx, func(t *txn) error {
		g := record.Given{Kind: record.GivenExport, At: t.Now(), Body: record.EncodeProvision(&p)}
		t.Stage(func(b *bolt.Tx) error { return s.addGiven(b, g) })
		return nil
	})
}

// Provisions returns to whom what is held was given, oldest first. What cannot be read is
// left out.
func (s *Store) Provisions() ([]subscribe.Provision, error) {
	return view(s, func(b *bolt.Tx) (all []subscribe.Provision, err error) {
		err = s.eachGiven(b, record.GivenExport, func(g record.Given) error {
			p, err := record.DecodeProvision(g)
			if err == nil {
				all = append(all, p)
			}
			return apart.Skip(err)
		})
		return all, err
	})
}

// addGiven writes down that something was given out.
func (s *Store) addGiven(b *bolt.Tx, g record.Given) error {
	all, err := b.CreateBucketIfNotExists(layout.Given)
	if err != nil {
		return err
	}
	n, err := all.NextSequence()
	if err != nil {
		return err
	}
	sealed, err := s.keys.Seal(seal.Data, layout.GivenLabel, record.EncodeGiven(&g), layout.Key8(n))
	if err != nil {
		return err
	}
	return all.Put(layout.Key8(n), sealed)
}

// eachGiven goes through what was given out of one kind, oldest first, as far as it can be
// read.
func (s *Store) eachGiven(b *bolt.Tx, kind record.GivenKind, do func(record.Given) error) error {
	return layout.Each(b.Bucket(layout.Given), func(k, sealed []byte) error {
		if g, err := s.given(k, sealed); err == nil && g.Kind == kind {
			return do(g)
		}
		return nil
	})
}

// given opens what was given out, at its place.
func (s *Store) given(k, sealed []byte) (record.Given, error) {
	plain, err := s.keys.Open(seal.Data, layout.GivenLabel, sealed, k)
	if err != nil {
		return record.Given{}, err
	}
	return record.DecodeGiven(plain)
}

// provisions forgets of exports what was given out before an instant. What cannot be read
// proves nothing, and goes, too.
func (p *purge) provisions(over time.Time) (int, error) {
	return p.forget(pages{of: atTop(layout.Given), due: func(_ *bolt.Tx, k, v []byte) (bool, error) {
		g, damaged := p.s.given(k, v)
		return damaged != nil || g.Kind == record.GivenExport && g.At.Before(over), nil //nolint:nilerr // it goes
	}})
}
