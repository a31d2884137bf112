package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Run is an issue under way: its books, which lie in the file, and who is reserved,
// which only memory knows. A crash forgets the reserved, and that is right, since none
// of them was claimed. It implements [deliver.Run].
type Run struct {
	s    *Store
	name deliver.IssueName
	n    uint32      // its number
	seen ledger.Seen // the committer's

	mu        sync.Mutex
	at        ledger.Position   // where the scan for pending readers goes on
	ended     bool              // the scan has seen the whole audience
	page      []deliver.Reader  // read ahead
	values    subscribe.Values  // of those read ahead
	ids       map[string]string // of fields, each allocated once
	key       []byte            // of readReader, used again and again: an entry's key,
	bound     []byte            // its additional data,
	plain     []byte            // and its record
	dismissed []dismissal       // met while reading, and not booked yet
	returned  []deliver.Reader  // returned unclaimed
	waiting   *dueQueue         // deferred and uncertain copies, by the time of their next attempt
}

// pageSize is how many readers are read ahead in one transaction; it bounds the
// memory a run takes, whatever the size of its audience.
const pageSize = 64

// OpenRun returns the [Run] of a running issue; the same one each time, since it
// holds the reservations.
func (s *Store) OpenRun(name deliver.IssueName) (deliver.Run, error) {
	if r := s.runOf(name); r != nil {
		return r, nil
	}
	r := &Run{s: s, name: name, waiting: &dueQueue{}, ids: map[string]string{}}
	err := s.file.View(func(b *bolt.Tx) error {
		if layout.Run(b, name) == nil {
			return deliver.ErrNoIssue
		}
		var err error
		if r.n, err = s.ledger.Number(b, name); err != nil {
			return err
		}
		return s.ledger.Waiting(b, name, func(seq subscribe.Seq, due time.Time) { r.waiting.push(due, uint64(seq)) })
	})
	if err != nil {
		return nil, err
	}
	first, _ := s.runs.LoadOrStore(name, r)
	return first.(*Run), nil
}

// runOf is a run that is open; nil if it is not.
func (s *Store) runOf(name deliver.IssueName) *Run {
	r, _ := s.runs.Load(name)
	run, _ := r.(*Run)
	return run
}

// Name implements [deliver.Run].
func (r *Run) Name() deliver.IssueName { return r.name }

// Reserve implements [deliver.Run]: further attempts that are due come first,
// then what was returned, then the rest of the audience.
func (r *Run) Reserve(now time.Time) (*deliver.Reader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		seq, ok := r.waiting.pop(now)
		if !ok {
			break
		}
		reader, err := r.retry(subscribe.Seq(seq))
		if err == nil {
			err = r.bookDismissals()
		}
		if err != nil || reader != nil {
			return reader, err
		}
	}
	if n := len(r.returned); n > 0 {
		reader := r.returned[n-1]
		r.returned = r.returned[:n-1]
		return &reader, nil
	}
	for len(r.page) == 0 && !r.ended {
		at := r.at
		err := r.readPage()
		if err == nil {
			err = r.bookDismissals()
		}
		if err != nil {
			r.at, r.ended, r.page, r.dismissed = at, false, nil, nil // as if it had not been read
			return nil, err
		}
	}
	if len(r.page) == 0 {
		return nil, nil
	}
	reader := &r.page[0]
	r.page = r.page[1:]
	return reader, nil
}

// Return implements [deliver.Run].
func (r *Run) Return(reader deliver.Reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reader.Again {
		r.waiting.push(r.s.opt.Now(), uint64(reader.Seq))
		return
	}
	r.returned = append(r.returned, reader)
}

// retry prepares a further attempt. A reader whose entry has ended is handed
// out without an address: the claim will find that it is withdrawn.
func (r *Run) retry(seq subscribe.Seq) (reader *deliver.Reader, err error) {
	err = r.s.file.View(func(b *bolt.Tx) error {
		if layout.Run(b, r.name) == nil {
			return deliver.ErrNoIssue // the list has ended
		}
		c, ok, err := r.s.ledger.WaitingCopy(b, r.name, seq)
		if err != nil || !ok {
			return err
		}
		reader = &deliver.Reader{Seq: seq, Attempt: c.Attempt + 1, Again: true, Resend: c.Resend || c.State == record.Uncertain, Run: r.n}
		e, err := r.s.people.Entry(b, r.name.List, seq)
		if apart.Is(err) {
			state := record.Expired
			if reader.Resend {
				state = record.Uncertain // the first may have arrived
			}
			reader, r.dismissed = nil, append(r.dismissed, dismissal{seq, state})
			return nil
		}
		if err == nil && e != nil {
			reader.ID, reader.Address, reader.Fields, reader.Generation = e.ID, e.Address, e.Fields.Values(), e.Generation
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return reader, nil
}

// readPage reads the next pending readers of the audience, and moves on.
func (r *Run) readPage() error {
	r.page = make([]deliver.Reader, 0, pageSize) // those handed out keep the last one
	r.values = make(subscribe.Values, 0, len(r.values))
	return r.s.file.View(func(b *bolt.Tx) error {
		if layout.Run(b, r.name) == nil {
			return deliver.ErrNoIssue // the list has ended
		}
		entries := layout.List(b, r.name.List, layout.Entries).Cursor()
		more, err := r.s.ledger.Unclaimed(b, &r.at, r.name, func(seq subscribe.Seq) (enough bool, err error) {
			err = r.readReader(entries, seq)
			return len(r.page) == pageSize, err
		})
		r.ended = !more
		return r.s.changed(err)
	})
}

// readReader reads one reader ahead; most stand right behind the last one. What only
// the Desk asks for is not decoded.
func (r *Run) readReader(entries *bolt.Cursor, seq subscribe.Seq) error {
	r.key = binary.BigEndian.AppendUint32(r.key[:0], uint32(seq))
	var k, sealed []byte
	if len(r.page) > 0 {
		k, sealed = entries.Next()
	}
	if !bytes.Equal(k, r.key) {
		k, sealed = entries.Seek(r.key)
	}
	if !bytes.Equal(k, r.key) {
		return nil
	}
	r.bound = layout.AppendEntryBound(r.bound[:0], r.name.List, seq)
	plain, err := r.s.people.Open(r.plain[:0], sealed, r.name.List, r.bound)
	var reader deliver.Reader
	var state subscribe.State
	if err == nil {
		r.plain = plain
		reader, state, err = record.DecodeReader(seq, plain, r.ids, &r.values)
	}
	switch {
	case apart.Is(err):
		r.s.apart.Note(apart.Entry, people.Name(r.name.List, seq))
		r.dismissed = append(r.dismissed, dismissal{seq, record.Expired})
		return nil
	case err == nil && state != subscribe.Active: // the bitmap is damaged: the sealed entry counts
		r.s.apart.Note(apart.Entry, people.Name(r.name.List, seq))
		r.dismissed = append(r.dismissed, dismissal{seq, record.Withdrawn})
		return nil
	}
	reader.Run = r.n
	r.page = append(r.page, reader)
	return err
}

// dismissal is a reader of the audience to whom nothing can be sent, and the state that
// the books give the copy.
type dismissal struct {
	seq   subscribe.Seq
	state record.CopyState
}

// bookDismissals books those copies, so that the run comes to its end. If none of many
// entries can be read, the key file is the wrong one, and nothing is booked.
func (r *Run) bookDismissals() error {
	all := r.dismissed
	if r.dismissed = nil; len(all) == 0 {
		return nil
	}
	if len(all) >= 16 && len(r.page) == 0 {
		return fmt.Errorf("of %d entries of %s, one after the other, none can be read: look whether the key file is the right one, or put the last backup back", len(all), r.name.List)
	}
	return r.s.write(context.Background(), func(b *bolt.Tx) (err error) {
		books, ok, err := r.s.ledger.Open(b, r.name, &r.seen)
		if err != nil || !ok {
			return err // the list has ended
		}
		for _, u := range all {
			err = errors.Join(err, books.Dismiss(u.seq, u.state))
		}
		return errors.Join(err, books.Flush())
	})
}
