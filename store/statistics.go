package store

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Month is the form of a month, for [time.Time.Format]; Joined and Left are what is counted
// of a list in it.
const (
	Month  = layout.Month
	Joined = people.Joined
	Left   = people.Left
)

// Counts are what was counted of a list, by month (such as 2026-11) and by what:
// [Joined], [Left]. List "" is the installation: requests by the pattern of
// their page.
func (s *Store) Counts(listID string) (map[string]map[string]int, error) {
	return view(s, func(b *bolt.Tx) (map[string]map[string]int, error) { return people.Counts(b, listID), nil })
}

// AddRequests counts requests of a month by the pattern of their page.
func (s *Store) AddRequests(ctx context.Context, month string, byPattern map[string]int) error {
	return s.write(ctx, func(b *bolt.Tx) (err error) {
		for _, pattern := range slices.Sorted(maps.Keys(byPattern)) {
			err = errors.Join(err, people.AddCount(b, "", month, pattern, uint64(byPattern[pattern])))
		}
		return err
	})
}

// Edition is the last edition of a list's statistics; the zero one if there was none.
func (s *Store) Edition(listID string) (last subscribe.Edition, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		_, err := s.eachEdition(b, listID, func(e subscribe.Edition) { last = e })
		return err
	})
	return last, err
}

// PutEdition remembers an edition, in the place of the one before.
func (s *Store) PutEdition(ctx context.Context, e subscribe.Edition) error {
	return s.update(ctx, func(t *txn) error {
		before, err := s.eachEdition(t.Bolt, e.List, func(subscribe.Edition) {})
		if err != nil {
			return err
		}
		g := record.Given{Kind: record.GivenEdition, At: e.At, Body: record.EncodeEdition(&e)}
		t.Stage(func(b *bolt.Tx) error {
			if in := b.Bucket(layout.Given); in != nil {
				if err := layout.DeleteAll(in, before); err != nil {
					return err
				}
			}
			return s.addGiven(b, g)
		})
		return nil
	})
}

// eachEdition goes through the editions of a list, and returns their keys.
func (s *Store) eachEdition(b *bolt.Tx, listID string, do func(subscribe.Edition)) (keys [][]byte, err error) {
	err = layout.Each(b.Bucket(layout.Given), func(k, sealed []byte) error {
		g, err := s.given(k, sealed)
		if err != nil || g.Kind != record.GivenEdition {
			return nil //nolint:nilerr // what cannot be read is no edition
		}
		e, err := record.DecodeEdition(g)
		if err == nil && e.List == listID {
			keys = append(keys, bytes.Clone(k))
			do(e)
		}
		return apart.Skip(err)
	})
	return keys, err
}

// forgetStatistics deletes what was counted of a list, and given out.
func (s *Store) forgetStatistics(b *bolt.Tx, listID string) error {
	keys, err := s.eachEdition(b, listID, func(subscribe.Edition) {})
	if in := b.Bucket(layout.Given); in != nil {
		err = errors.Join(err, layout.DeleteAll(in, keys))
	}
	return errors.Join(err, people.ForgetCounts(b, listID))
}
