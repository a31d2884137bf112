package store

import (
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// counted is a tally as the operations of one commit see it. It is read once and written
// once, however many of them count for it: all do for that of the installation.
type counted struct {
	subscribe.Tally
	gate    bool
	changed bool
}

// Tally returns what a ceiling has counted; nothing once its time has passed.
func (t *txn) Tally(k subscribe.TallyKey) (subscribe.Tally, error) {
	if err := t.Reading(); err != nil {
		return subscribe.Tally{}, err
	}
	h := t.s.people.TallyHash(k, t.hashed)
	c, ok := t.tallies[h]
	if !ok {
		tally, err := record.DecodeTally(storedTally(t.Bolt, k, h))
		if apart.Skip(err) != nil {
			return subscribe.Tally{}, err
		}
		if err == nil { // one that is damaged is counted anew
			c = counted{Tally: tally}
		}
		t.tallies[h] = c
	}
	if !t.Now().Before(c.Until) {
		return subscribe.Tally{}, nil
	}
	return c.Tally, nil
}

// storedTally is the record of a count; nil: there is none.
func storedTally(b *bolt.Tx, k subscribe.TallyKey, h [16]byte) []byte {
	if gate := b.Bucket(layout.Gate); gate != nil && k.Gate {
		if v := gate.Get(h[:]); v != nil {
			return v
		}
	}
	return b.Bucket(layout.Tallies).Get(h[:]) // where an older Kairan counted for the gate, too
}

// SetTally stores a count, or forgets it.
func (t *txn) SetTally(k subscribe.TallyKey, tally subscribe.Tally) {
	if len(t.counting) == 0 {
		t.Stage(t.count)
	}
	t.counting = append(t.counting, counting{t.s.people.TallyHash(k, t.hashed), counted{tally, k.Gate, true}})
}

// counting is a count that an operation has staged.
type counting struct {
	hash [16]byte
	counted
}

// count makes the staged counts of an operation those of the commit.
func (t *txn) count(*bolt.Tx) error {
	for _, c := range t.counting {
		t.tallies[c.hash] = c.counted
	}
	return nil
}

// putTallies writes what the operations of the commit have counted.
func (t *txn) putTallies() error {
	for h, c := range t.tallies {
		if !c.changed {
			continue
		}
		bucket, err := t.Bolt.Bucket(layout.Tallies), error(nil)
		if c.gate {
			bucket, err = t.Bolt.CreateBucketIfNotExists(layout.Gate)
		}
		switch {
		case err != nil:
		case c.Until.IsZero():
			err = bucket.Delete(h[:])
		default:
			err = bucket.Put(h[:], record.EncodeTally(c.Tally))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Imported is when readers were last imported onto a list; zero: not within
// [subscribe.ImportedFor].
func (s *Store) Imported(listID string) (time.Time, error) {
	return view(s, func(b *bolt.Tx) (time.Time, error) {
		h := s.people.TallyHash(subscribe.ImportTally(listID), people.TallyHashes{})
		tally, err := record.DecodeTally(b.Bucket(layout.Tallies).Get(h[:]))
		if err != nil || len(tally.Times) == 0 {
			return time.Time{}, apart.Skip(err)
		}
		return tally.Times[0], nil
	})
}
