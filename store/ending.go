package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
)

// CloseList ends a list with an issue that says farewell: change is made of that issue,
// and the list takes no sign-ups and no further issue, in one commit. What it holds stays
// until it is erased. It may be said again with the same issue.
func (s *Store) CloseList(ctx context.Context, farewell deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.updateIssue(ctx, farewell, func(t *txn, i *deliver.Issue) error {
		since, last := s.listEnding(t.Bolt, farewell.List)
		if !since.IsZero() && last != farewell.Slug {
			return fmt.Errorf("the list %s has ended with another issue", farewell.List)
		}
		if err := change(i, t.Now()); err != nil {
			return err
		}
		t.putChanged(i)
		t.After(s.archiveChanged)
		if since.IsZero() {
			now := layout.Key8(uint64(t.Now().UnixMilli()))
			t.Stage(func(b *bolt.Tx) error {
				if err := layout.Ensure(b, farewell.List, layout.Ended); err != nil {
					return err
				}
				return guard.New(s.keys).List(b, farewell.List, layout.Ended).Put([]byte(farewell.Slug), now)
			})
		}
		return nil
	})
}

// ReopenList lets a list that has ended go on.
func (s *Store) ReopenList(ctx context.Context, list string) error {
	defer s.archiveChanged()
	return s.write(ctx, func(b *bolt.Tx) error {
		l := b.Bucket(layout.Lists).Bucket([]byte(list))
		if l == nil || l.Bucket(layout.Ended) == nil {
			return nil
		}
		return l.DeleteBucket(layout.Ended)
	})
}

// endings are what was read of them, as of one [Store.ArchiveVersion]: every visitor of a
// page asks.
type endings struct {
	mu  sync.Mutex
	as  uint64
	all map[string]ending
}

type ending struct {
	since    time.Time
	farewell string
}

func (e *endings) find(as uint64, list string) (ending, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all == nil || e.as != as {
		e.as, e.all = as, map[string]ending{}
	}
	found, ok := e.all[list]
	return found, ok
}

func (e *endings) keep(as uint64, list string, found ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.as == as {
		e.all[list] = found
	}
}

// ListEnding says since when a list has ended, and with which issue; zero: it has not.
func (s *Store) ListEnding(list string) (since time.Time, farewell string, err error) {
	now := s.archived.Load() // asked first: what is read next may be newer, but not older
	if found, ok := s.endings.find(now, list); ok {
		return found.since, found.farewell, nil
	}
	err = s.file.View(func(b *bolt.Tx) error {
		since, farewell = s.listEnding(b, list)
		return nil
	})
	if err == nil {
		s.endings.keep(now, list, ending{since, farewell})
	}
	return since, farewell, err
}

// listEnding reads it. What is not as it was written is an ending of which nothing else is
// known: nobody is taken and nothing goes out until the list is opened again.
func (s *Store) listEnding(b *bolt.Tx, list string) (since time.Time, farewell string) {
	_ = guard.New(s.keys).List(b, list, layout.Ended).Each(func(k, v []byte, err error) error {
		switch {
		case err != nil:
			s.apart.Note(apart.Mark, list+"/"+string(layout.Ended))
			since, farewell = time.UnixMilli(1), ""
		case len(v) == 8:
			since, farewell = time.UnixMilli(int64(binary.BigEndian.Uint64(v))), string(k)
		}
		return nil
	})
	return since, farewell
}
