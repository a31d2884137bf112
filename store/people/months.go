package people

import (
	"encoding/binary"
	"errors"
	"strings"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
)

// What is counted of a list, month by month.
const (
	Joined = "joined" // became active
	Left   = "left"   // no longer is: left, blocked, removed, suspended
)

// countChange counts that an entry has become active, or no longer is, in the month of the
// commit. Nothing is known of whom.
func (r *Register) countChange(b *bolt.Tx, listID string, joined bool) error {
	if r.Month == nil {
		return nil
	}
	what := Left
	if joined {
		what = Joined
	}
	return AddCount(b, listID, r.Month(listID), what, 1)
}

// AddCount adds to a count of a month. List "" is the installation.
func AddCount(b *bolt.Tx, listID, month, what string, n uint64) error {
	in, err := b.CreateBucketIfNotExists(layout.Months)
	if err != nil {
		return err
	}
	k := layout.Bound(listID, month, what)
	if v := in.Get(k); len(v) == 8 {
		n += binary.BigEndian.Uint64(v)
	}
	return in.Put(k, layout.Key8(n))
}

// Counts are what was counted of a list, by month and by what.
func Counts(b *bolt.Tx, listID string) map[string]map[string]int {
	all := map[string]map[string]int{}
	_ = eachCount(b, listID, func(k, v []byte) error {
		month, what, ok := strings.Cut(string(k[len(listID)+1:]), "\x00")
		if !ok || len(v) != 8 {
			return nil
		}
		if all[month] == nil {
			all[month] = map[string]int{}
		}
		all[month][what] = int(binary.BigEndian.Uint64(v))
		return nil
	})
	return all
}

// ForgetCounts deletes what was counted of a list.
func ForgetCounts(b *bolt.Tx, listID string) error {
	var keys [][]byte
	err := eachCount(b, listID, func(k, _ []byte) error { keys = append(keys, append([]byte{}, k...)); return nil })
	if in := b.Bucket(layout.Months); in != nil {
		err = errors.Join(err, layout.DeleteAll(in, keys))
	}
	return err
}

func eachCount(b *bolt.Tx, listID string, do func(k, v []byte) error) error {
	in := b.Bucket(layout.Months)
	if in == nil {
		return nil
	}
	prefix := listID + "\x00"
	c := in.Cursor()
	for k, v := c.Seek([]byte(prefix)); strings.HasPrefix(string(k), prefix); k, v = c.Next() {
		if err := do(k, v); err != nil {
			return err
		}
	}
	return nil
}
