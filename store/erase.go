package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// Erasure is the erasure of a list as its certificate tells of it. It holds nothing about
// anybody who was on the list.
type Erasure struct {
	List     string         `json:"list"`
	ListID   string         `json:"list_id"`
	Name     subscribe.Text `json:"name"`
	Office   subscribe.Text `json:"office"`
	Due      string         `json:"erase_by"` // the day, as it was declared
	Begun    time.Time      `json:"begun"`
	Done     time.Time      `json:"done,omitzero"` // zero: it is not done yet
	Version  string         `json:"version"`       // of the program
	Readers  int            `json:"readers"`       // who got its mail until then
	Ended    int            `json:"ended"`         // entries of who had left, or to whom nothing could be delivered
	Marks    int            `json:"marks"`
	Issues   int            `json:"issues"`
	Waiting  int            `json:"waiting"`          // mails and requests that had not gone out
	Readable time.Time      `json:"readable_until"`   // in free pages of the database, and in backups of ours
	Relay    subscribe.Text `json:"relay,omitzero"`   // who operates the mail server
	Host     subscribe.Text `json:"machine,omitzero"` // who operates the machine
	Audit    string         `json:"audit_head"`       // [AuditHead], in which the erasure stands
}

// ErrSending says that copies of an issue of the list are still in flight, or that
// it is being sent: the erasure has begun, and is to be asked for again.
var ErrSending = errors.New("the list is being erased, and copies of it are on their way still")

// IsErased says whether everything of a list was erased, for the day of that certificate,
// and nothing has come since.
func (s *Store) IsErased(listID, due string) (bool, error) {
	there, err := s.Holds(listID)
	if err != nil || there {
		return false, err
	}
	all, err := s.Erasures(listID)
	return len(all) > 0 && all[len(all)-1].Due == due, err
}

// Holds says whether anything of a list is stored: entries, of whatever state, marks or issues.
func (s *Store) Holds(listID string) (bool, error) {
	return view(s, func(b *bolt.Tx) (bool, error) { return b.Bucket(layout.Lists).Bucket([]byte(listID)) != nil, nil })
}

// IsErasing says whether the erasure of a list has begun, and is to be asked for again.
func (s *Store) IsErasing(listID string) (bool, error) {
	return view(s, func(b *bolt.Tx) (bool, error) { return b.Bucket(layout.Meta).Get(erasingKey(listID)) != nil, nil })
}

// Erasures are the certificates of a list, oldest first.
func (s *Store) Erasures(listID string) (all []Erasure, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		of := erasedKey(listID)
		c := b.Bucket(layout.Meta).Cursor()
		for k, v := c.Seek(of); bytes.HasPrefix(k, of); k, v = c.Next() {
			var e Erasure
			if err := json.Unmarshal(v, &e); err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	})
	return all, err
}

// erasedKey begins the keys of a list's certificates.
func erasedKey(listID string) []byte { return append(append(bytes.Clone(layout.Erased), listID...), 0) }

func erasingKey(listID string) []byte { return append(bytes.Clone(layout.Erasing), listID...) }

// Erase deletes everything of a list, in the journal too, and leaves a certificate. First
// its issues are cancelled, and nobody of it gets mail any more; then it goes a page at a
// time, so that readers of other lists wait no longer for that. Whenever it ends, it is to
// be asked for again, and goes on. The error is [ErrSending] while copies are in flight.
func (s *Store) Erase(ctx context.Context, e Erasure, deed deliver.Deed) error {
	if !s.purging.TryLock() {
		return ErrPurging
	}
	defer s.purging.Unlock()
	if err := s.beginErasure(ctx, &e); err != nil {
		return err
	}
	if err := s.concludeAll(ctx, e.List); err != nil {
		return err
	}
	p := &purge{s: s, ctx: ctx, now: s.opt.Now()}
	waiting, err := p.waitingOf(e.List)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{
		layout.Mailboxes, layout.Addresses, layout.IDs, layout.Entries, layout.Marks,
		layout.Strikes, layout.Pending, layout.Bounced, layout.Suspended, layout.Files, layout.BackTexts,
	} {
		if _, err := p.forget(pages{of: ofList(e.List, name), due: all, most: lookPage}); err != nil {
			return err
		}
	}
	if err := p.runsOf(e.List); err != nil {
		return err
	}
	if err := s.eraseLeavings(e.List); err != nil {
		return err
	}
	err = s.update(ctx, func(t *txn) error {
		e.Done, e.Waiting = t.Now(), e.Waiting+waiting
		t.addDeeds(deed)
		t.Stage(func(b *bolt.Tx) error {
			e.Audit = s.auditHead(b).String()
			text, err := json.Marshal(e)
			if err != nil {
				return err
			}
			meta := b.Bucket(layout.Meta)
			at := binary.BigEndian.AppendUint64(erasedKey(e.List), uint64(e.Done.UnixMilli()))
			return errors.Join(s.endList(b, e.List), meta.Delete(erasingKey(e.List)), meta.Put(at, text))
		})
		return nil
	})
	if err != nil {
		return err
	}
	return s.dropEnded()
}

func all(*bolt.Tx, []byte, []byte) (bool, error) { return true, nil }

// eraseLeavings takes the lines of a list out of the journal, before a certificate says that
// they are. A journal that was set aside as damaged may have some, and nobody reads it.
func (s *Store) eraseLeavings(listID string) error {
	err := s.journal.Drop(map[[16]byte]bool{journal.ListHash(s.keys, listID): true}, false)
	if damaged := os.Remove(s.damagedJournal()); !errors.Is(damaged, fs.ErrNotExist) {
		err = errors.Join(err, damaged)
	}
	if err != nil {
		s.journal.Report(err)
		return fmt.Errorf("the list is not out of the journal yet: %w", err)
	}
	return nil
}

// beginErasure cancels what was to go out, and counts; where that was done before, what it
// counted then is what the certificate tells.
func (s *Store) beginErasure(ctx context.Context, e *Erasure) error {
	if err := s.countList(e); err != nil {
		return err
	}
	return s.update(ctx, func(t *txn) error {
		if v := t.Bolt.Bucket(layout.Meta).Get(erasingKey(e.List)); v != nil {
			return json.Unmarshal(v, e)
		}
		e.Begun = t.Now()
		var stop []*deliver.Issue
		err := layout.Each(layout.List(t.Bolt, e.List, layout.Issues), func(slug, _ []byte) error {
			i, err := s.issue(t.Bolt, deliver.IssueName{List: e.List, Slug: string(slug)})
			if err == nil && i.Cancel(deliver.Self, t.Now()) == nil {
				stop = append(stop, i)
			}
			return apart.Skip(err)
		})
		if err != nil {
			return err
		}
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		for _, i := range stop {
			t.putChanged(i)
		}
		t.After(s.archiveChanged)
		t.Stage(func(b *bolt.Tx) error {
			return errors.Join(emptyBucket(layout.List(b, e.List, layout.Active)), emptyBucket(layout.List(b, e.List, layout.BackHeads)), b.Bucket(layout.Meta).Put(erasingKey(e.List), text))
		})
		return nil
	})
}

// emptyBucket deletes every key of a bucket, in one transaction.
func emptyBucket(in *bolt.Bucket) error {
	var keys [][]byte
	err := layout.Each(in, func(k, _ []byte) error { keys = append(keys, bytes.Clone(k)); return nil })
	return errors.Join(err, layout.DeleteAll(in, keys))
}

// countList counts what there is of a list.
func (s *Store) countList(e *Erasure) error {
	return s.file.View(func(b *bolt.Tx) (err error) {
		if layout.List(b, e.List, layout.Entries) == nil {
			return nil
		}
		if e.Readers, err = s.ledger.CountActive(b, e.List); err != nil {
			return err
		}
		e.Ended = layout.List(b, e.List, layout.Entries).Stats().KeyN - e.Readers
		e.Marks = layout.List(b, e.List, layout.Marks).Stats().KeyN
		e.Issues = layout.List(b, e.List, layout.Issues).Stats().KeyN
		return nil
	})
}

// concludeAll closes the books of the runs of a list that were cancelled.
func (s *Store) concludeAll(ctx context.Context, listID string) error {
	open, err := view(s, func(b *bolt.Tx) (open []deliver.IssueName, err error) {
		runs := layout.List(b, listID, layout.Runs)
		if runs == nil {
			return nil, nil
		}
		err = runs.ForEachBucket(func(slug []byte) error {
			name := deliver.IssueName{List: listID, Slug: string(slug)}
			if _, err := s.issue(b, name); err == nil && layout.Run(b, name).Get(layout.FinalBalance) == nil {
				open = append(open, name)
			}
			return nil
		})
		return open, err
	})
	for _, name := range open {
		if err != nil {
			return err
		}
		var ended bool
		if ended, err = s.Conclude(ctx, name, (*deliver.Issue).End); err == nil && !ended {
			err = ErrSending
		}
	}
	return err
}

// waitingOf forgets the mails and the requests of a list that wait.
func (p *purge) waitingOf(listID string) (int, error) {
	mails, err := p.forget(pages{of: atTop(layout.Outbox), due: func(b *bolt.Tx, k, _ []byte) (bool, error) {
		o, err := p.s.notice(b, binary.BigEndian.Uint64(k))
		return err == nil && o.Notice.List == listID, apart.Skip(err)
	}})
	if err != nil {
		return mails, err
	}
	requests, err := p.forget(pages{of: atTop(layout.Intake), forget: dropRequests, due: func(_ *bolt.Tx, k, v []byte) (bool, error) {
		r, err := p.s.request(k, v)
		return err == nil && r.List == listID, apart.Skip(err)
	}})
	return mails + requests, err
}

// runsOf forgets who was in the audience of a list's issues.
func (p *purge) runsOf(listID string) error {
	names, err := view(p.s, func(b *bolt.Tx) (names []deliver.IssueName, err error) {
		runs := layout.List(b, listID, layout.Runs)
		if runs == nil {
			return nil, nil
		}
		err = runs.ForEachBucket(func(slug []byte) error {
			names = append(names, deliver.IssueName{List: listID, Slug: string(slug)})
			return nil
		})
		return names, err
	})
	for _, name := range names {
		if err == nil {
			err = p.runDetails(name)
		}
	}
	return err
}
