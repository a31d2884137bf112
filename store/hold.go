package store

import (
	"bytes"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// Hold is why nothing goes out: the database is a copy from another time or place.
// It lies in the database, and ends with Release.
type Hold struct {
	Doubt   journal.Doubt
	CopyOf  time.Time // of the last commit in the copy
	Since   time.Time // when it was found
	Ended   int       // entries that the journal ended
	Moved   int       // entries that had moved after the copy, to where nobody knows: suspended
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
	goesOn  bool   // it was there at the last opening, too; not stored
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
