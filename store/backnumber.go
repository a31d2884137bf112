package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// publish stages the back number of an issue that starts; nil: it has none.
func (t *txn) publish(i *deliver.Issue, back *subscribe.BackNumber) {
	if back == nil {
		return
	}
	b := *back
	b.List, b.Slug, b.At, b.Withdrawn = i.Name.List, i.Name.Slug, i.Started, time.Time{}
	t.After(t.s.archiveChanged)
	t.Stage(func(tx *bolt.Tx) error {
		text, err := t.s.keys.Seal(seal.Data, layout.BackTextLabel, record.EncodeBackText(&b), layout.Bound(b.List, b.Slug))
		if err != nil {
			return err
		}
		return errors.Join(t.s.putBackHead(tx, &b), layout.Put(tx, b.List, layout.BackTexts, []byte(b.Slug), text))
	})
}

func (s *Store) putBackHead(tx *bolt.Tx, b *subscribe.BackNumber) error {
	head, err := s.keys.Seal(seal.Data, layout.BackHeadLabel, record.EncodeBackHead(b), layout.Bound(b.List, b.Slug))
	if err != nil {
		return err
	}
	return layout.Put(tx, b.List, layout.BackHeads, []byte(b.Slug), head)
}

// removeBackNumber deletes an issue's back number, if it has one.
func removeBackNumber(b *bolt.Tx, of deliver.IssueName) (err error) {
	for _, name := range [][]byte{layout.BackHeads, layout.BackTexts} {
		if in := layout.List(b, of.List, name); in != nil {
			err = errors.Join(err, in.Delete([]byte(of.Slug)))
		}
	}
	return err
}

// archiveChanged is told when what changed can be seen, and before whoever asked for it
// is answered: what was read before has an older number.
func (s *Store) archiveChanged() { s.archived.Add(1) }

// ArchiveVersion is how often what anybody may read has changed since the store was
// opened. It is another one, soon after a change can be seen and before whoever made it
// is told: ask it before reading what is to be kept.
func (s *Store) ArchiveVersion() uint64 { return s.archived.Load() }

// BackNumbers are the heads of a list's back numbers, those that were withdrawn too,
// latest first. One that cannot be read is left out.
func (s *Store) BackNumbers(list string) (all []subscribe.BackNumber, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		return layout.Each(layout.List(b, list, layout.BackHeads), func(slug, _ []byte) error {
			head, err := s.backHead(b, list, string(slug))
			if err == nil {
				all = append(all, head)
			}
			return apart.Skip(err)
		})
	})
	slices.SortFunc(all, func(a, b subscribe.BackNumber) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return bytes.Compare([]byte(a.Slug), []byte(b.Slug))
	})
	return all, err
}

// BackNumber is one of a list's, whole, unless it was withdrawn. The error is
// [subscribe.ErrNoBackNumber] if there is none of that name.
func (s *Store) BackNumber(list, slug string) (subscribe.BackNumber, error) {
	return view(s, func(b *bolt.Tx) (subscribe.BackNumber, error) { return s.backNumber(b, list, slug) })
}

// BackNumberFile is a file of a back number. The error is [subscribe.ErrNoBackNumber] if
// it has none of that name, or was withdrawn.
func (s *Store) BackNumberFile(list, slug, name string) ([]byte, error) {
	return view(s, func(b *bolt.Tx) ([]byte, error) {
		back, err := s.backNumber(b, list, slug)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(back.Files, func(f subscribe.BackNumberFile) bool { return f.Name == name }) {
			return nil, subscribe.ErrNoBackNumber
		}
		i, err := s.issue(b, deliver.IssueName{List: list, Slug: slug})
		if err != nil {
			return nil, err
		}
		n := slices.IndexFunc(i.Files, func(e deliver.Enclosure) bool { return e.Name == name })
		if n < 0 {
			return nil, subscribe.ErrNoBackNumber
		}
		f, err := s.enclosed(b, i, n)
		return f.Data, err
	})
}

// backNumber reads a back number, whole unless it was withdrawn.
func (s *Store) backNumber(b *bolt.Tx, list, slug string) (subscribe.BackNumber, error) {
	back, err := s.backHead(b, list, slug)
	if err != nil || !back.Withdrawn.IsZero() {
		return back, err
	}
	return back, s.openBackText(b, &back)
}

// openBackText reads the text that belongs to a head. Where none is, the record is damaged.
func (s *Store) openBackText(b *bolt.Tx, into *subscribe.BackNumber) error {
	err := s.openBack(b, layout.BackTexts, layout.BackTextLabel, into, record.DecodeBackText)
	if errors.Is(err, subscribe.ErrNoBackNumber) {
		return s.noteBack(into, record.ErrDamaged)
	}
	return err
}

func (s *Store) backHead(b *bolt.Tx, list, slug string) (subscribe.BackNumber, error) {
	back := subscribe.BackNumber{List: list, Slug: slug}
	return back, s.openBack(b, layout.BackHeads, layout.BackHeadLabel, &back, record.DecodeBackHead)
}

// openBack reads one of the two records of a back number into it.
func (s *Store) openBack(b *bolt.Tx, from []byte, label string, into *subscribe.BackNumber, decode func([]byte, *subscribe.BackNumber) error) error {
	sealed := layout.Get(layout.List(b, into.List, from), []byte(into.Slug))
	if sealed == nil {
		return subscribe.ErrNoBackNumber
	}
	plain, err := s.keys.Open(seal.Data, label, sealed, layout.Bound(into.List, into.Slug))
	if err == nil {
		err = decode(plain, into)
	}
	if err == nil {
		return nil
	}
	return s.noteBack(into, err)
}

// noteBack says that a back number is damaged.
func (s *Store) noteBack(of *subscribe.BackNumber, err error) error {
	s.apart.Note(apart.Issue, of.List+"/"+of.Slug+" (back number)")
	return fmt.Errorf("the back number %s/%s cannot be read: its record is damaged, and everything else goes on; put the last backup back (%w)", of.List, of.Slug, err)
}

// examineBackNumbers reads all back numbers of a list, those that were withdrawn too.
func (s *Store) examineBackNumbers(list string) error {
	all, err := s.BackNumbers(list)
	for _, head := range all {
		if err == nil {
			err = apart.Skip(s.file.View(func(b *bolt.Tx) error {
				return s.openBackText(b, &head)
			}))
		}
	}
	return err
}

// ChangeBackNumber changes when the back number of an issue was withdrawn, and the issue's
// timeline, in one commit. back is nil where there is none; nothing else of it is kept.
func (s *Store) ChangeBackNumber(ctx context.Context, name deliver.IssueName, change func(i *deliver.Issue, back *subscribe.BackNumber, now time.Time) error) error {
	return s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
		var back *subscribe.BackNumber
		switch head, err := s.backHead(t.Bolt, name.List, name.Slug); {
		case err == nil:
			back = &head
		case !errors.Is(err, subscribe.ErrNoBackNumber):
			return err
		}
		if err := change(i, back, t.Now()); err != nil || back == nil {
			return err
		}
		t.After(s.archiveChanged)
		t.Stage(func(b *bolt.Tx) error { return errors.Join(s.putIssue(b, i), s.putBackHead(b, back)) })
		return nil
	})
}
