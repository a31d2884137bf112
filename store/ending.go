package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
)

// CloseList ends a list with an issue that says farewell: change is made of that issue,
// and the list takes no sign-ups and no further issue, in one commit. What it holds stays
// until it is erased. It may be said again with the same issue.
func (s *Store) CloseList(ctx context.Context, farewell deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.updateIssue(ctx, farewell, func(t *txn, i *deliver.Issue) error {
		since, last := listEnding(t.Bolt, farewell.List)
		if !since.IsZero() && last != farewell.Slug {
			return fmt.Errorf("store: the list %s has ended with another issue", farewell.List)
		}
		if err := change(i, t.Now()); err != nil {
			return err
		}
		t.putChanged(i)
		if since.IsZero() {
			now := layout.Key8(uint64(t.Now().UnixMilli()))
			t.Stage(func(b *bolt.Tx) error { return layout.Put(b, farewell.List, layout.Ended, []byte(farewell.Slug), now) })
		}
		return nil
	})
}

// ReopenList lets a list that has ended go on.
func (s *Store) ReopenList(ctx context.Context, list string) error {
	return s.write(ctx, func(b *bolt.Tx) error {
		l := b.Bucket(layout.Lists).Bucket([]byte(list))
		if l == nil || l.Bucket(layout.Ended) == nil {
			return nil
		}
		return l.DeleteBucket(layout.Ended)
	})
}

// ListEnding says since when a list has ended, and with which issue; zero: it has not.
func (s *Store) ListEnding(list string) (since time.Time, farewell string, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		since, farewell = listEnding(b, list)
		return nil
	})
	return since, farewell, err
}

func listEnding(b *bolt.Tx, list string) (since time.Time, farewell string) {
	_ = layout.Each(layout.List(b, list, layout.Ended), func(k, v []byte) error {
		if len(v) == 8 {
			since, farewell = time.UnixMilli(int64(binary.BigEndian.Uint64(v))), string(k)
		}
		return nil
	})
	return since, farewell
}
