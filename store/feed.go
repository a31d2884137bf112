package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// feedBook is the key of the only record of a list's feed.
var feedBook = []byte("book")

// FeedBook is what is known of the feed of a list; zero: nothing.
func (s *Store) FeedBook(list string) (deliver.FeedBook, error) {
	return view(s, func(b *bolt.Tx) (deliver.FeedBook, error) { return s.feedBook(b, list) })
}

func (s *Store) feedBook(b *bolt.Tx, list string) (deliver.FeedBook, error) {
	bucket := layout.List(b, list, layout.Feed)
	if bucket == nil {
		return deliver.FeedBook{}, nil
	}
	// Without a book the feed would be read as for the first time, and what is new be lost.
	sealed := layout.Get(bucket, feedBook)
	plain, err := s.keys.Open(seal.Data, layout.FeedLabel, sealed, layout.Bound(list, string(feedBook)))
	if err == nil {
		var book deliver.FeedBook
		if book, err = record.DecodeFeed(plain); err == nil {
			return book, nil
		}
	}
	s.apart.Note(apart.Index, list+"/feed")
	return deliver.FeedBook{}, fmt.Errorf("what went out of it is not known, since its record is damaged; look at what readers have, and: kairan list feed %s --seen (%w)", list, err)
}

func (s *Store) putFeedBook(b *bolt.Tx, list string, book *deliver.FeedBook) error {
	book.Revision++
	if _, err := layout.EnsureList(b, list); err != nil {
		return err
	}
	sealed, err := s.keys.Seal(seal.Data, layout.FeedLabel, record.EncodeFeed(book), layout.Bound(list, string(feedBook)))
	if err != nil {
		return err
	}
	if err := layout.Put(b, list, layout.Feed, feedBook, sealed); err != nil {
		return err
	}
	var strays [][]byte
	bucket := layout.List(b, list, layout.Feed)
	err = bucket.ForEach(func(k, _ []byte) error {
		if !bytes.Equal(k, feedBook) {
			strays = append(strays, bytes.Clone(k))
		}
		return nil
	})
	return errors.Join(err, layout.DeleteAll(bucket, strays))
}

// ErrFeedChanged says that the book of a feed is not the one any more that a change was made
// of, or that there is an issue of that name already; nothing was changed.
var ErrFeedChanged = errors.New("the feed was dealt with in the meantime")

// PutFeed takes the book of a list's feed, of which lines are new, and the issue that was
// made of these, in one commit: neither is there without the other. The lines go into the
// journal, too, so that a copy of the database that is put back brings none of them again.
// made is nil where no issue was made.
func (s *Store) PutFeed(ctx context.Context, list string, book deliver.FeedBook, lines [][2]deliver.Print, made *deliver.Issue) error {
	return s.update(ctx, func(t *txn) error {
		// What cannot be read is written anew, as far as a person lets it.
		if stored, err := s.feedBook(t.Bolt, list); err == nil && stored.Revision != book.Revision {
			return ErrFeedChanged
		}
		if made != nil {
			if _, err := s.issue(t.Bolt, made.Name); !errors.Is(err, deliver.ErrNoIssue) {
				return errors.Join(ErrFeedChanged, err)
			}
			t.After(func() { s.live.note(made, false) })
			t.addDeeds(deliver.Deed{By: deliver.ByItself, What: "issue made", List: list, Issue: made.Name.Slug, Result: deliver.WasDone})
		}
		t.After(func() { s.apart.Forget(apart.Index, list+"/feed") })
		t.Stage(func(b *bolt.Tx) error {
			for _, prints := range lines {
				t.left = append(t.left, s.fedLine(list, t.Now(), prints))
			}
			err := s.putFeedBook(b, list, &book)
			if made != nil {
				err = errors.Join(err, s.putIssue(b, made))
			}
			return err
		})
		return nil
	})
}

func (s *Store) fedLine(list string, at time.Time, prints [2]deliver.Print) journal.Line {
	return journal.Line{Kind: journal.EntryFed, At: at, List: journal.ListHash(s.keys, list), Entry: subscribe.ID(prints[0]), Mark: prints[1]}
}

// fedLines are what the database knows of entries of feeds, as lines of the journal: two
// prints each, of whatever entries.
func (s *Store) fedLines(b *bolt.Tx) (all []journal.Line, err error) {
	for _, id := range layout.ListIDs(b) {
		book, fault := s.feedBook(b, id)
		err = errors.Join(err, apart.Skip(fault))
		for p, day := range book.Seen {
			all = append(all, s.fedLine(id, time.Unix(int64(day)*24*60*60, 0), [2]deliver.Print{p, p}))
		}
	}
	return all, err
}

// putFed puts the entries of feeds that the journal knows into the books of a database that
// was put back. If the books did not know some of them, or nobody knows what is missing, a
// person looks at it before anything goes out: a commit that a crash has lost may have left
// its lines.
func (a *applying) putFed() error {
	for _, id := range a.s.listIDs(a.b) {
		book, err := a.s.feedBook(a.b, id)
		if err != nil {
			continue // nothing goes out of it
		}
		lost := !a.hold.goesOn && !book.Since.IsZero() && (!a.hold.Unknown[1].IsZero() || a.hold.Damaged > 0)
		for _, l := range a.fed[id] {
			prints := []deliver.Print{deliver.Print(l.Entry), deliver.Print(l.Mark)}
			if !book.Knows(prints) {
				lost = true
			}
			book.Note(prints, deliver.DayOf(l.At))
		}
		if !lost {
			continue
		}
		if book.Since.IsZero() {
			book.Since = a.hold.Since
		}
		book.PutBack, book.ETag, book.Modified = true, "", ""
		if err := a.s.putFeedBook(a.b, id, &book); err != nil {
			return err
		}
	}
	return nil
}
