package store

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
)

// printed are the prints of an entry for a test.
func printed(n byte) [2]deliver.Print {
	return [2]deliver.Print{{n, 1}, {n, 2}}
}

// feeds puts entries of a feed into an issue.
func (w *town) feeds(slug string, entries ...byte) error {
	w.t.Helper()
	book, err := w.FeedBook(townList)
	w.must(err)
	book = book.Clone()
	if book.Since.IsZero() {
		book.Since = w.now
	}
	book.ETag = "of " + slug
	var lines [][2]deliver.Print
	for _, n := range entries {
		lines = append(lines, printed(n))
		p := printed(n)
		book.Note(p[:], deliver.DayOf(w.now))
	}
	made := &deliver.Issue{Name: named(townList, slug), Subject: slug, State: deliver.Scheduled, Due: w.now.Add(time.Hour), Fed: deliver.Fed{Slot: w.now.Add(time.Hour), Entries: len(entries)}}
	return w.PutFeed(w.t.Context(), townList, book, lines, made)
}

// TestFeedAndItsIssueAreOneCommit: neither is there without the other, and of two that deal
// with a feed at one time the second does nothing.
func TestFeedAndItsIssueAreOneCommit(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.must(w.feeds("first", 1, 2))
	w.stop()
	w.start()
	book, err := w.FeedBook(townList)
	i, fault := w.Issue(named(townList, "first"))
	if err != nil || fault != nil || book.Revision != 1 || len(book.Seen) != 4 || book.ETag != "of first" || i.Fed.Entries != 2 || !i.Fed.Slot.Equal(w.now.Add(time.Hour)) {
		t.Fatalf("%+v, %v; %+v, %v", book, err, i, fault)
	}
	if live, err := w.Live(); err != nil || len(live) != 1 {
		t.Errorf("%v, %v", live, err)
	}
	if err := w.feeds("first", 3); !errors.Is(err, ErrFeedChanged) {
		t.Errorf("a second issue of one slot: %v", err)
	}
	old := book
	w.must(w.feeds("second", 3))
	if err := w.PutFeed(t.Context(), townList, old, nil, nil); !errors.Is(err, ErrFeedChanged) {
		t.Errorf("over what was dealt with in the meantime: %v", err)
	}
	if _, err := w.Issue(named(townList, "third")); !errors.Is(err, deliver.ErrNoIssue) {
		t.Error(err)
	}
	if book, err := w.FeedBook(townList); err != nil || book.Revision != 2 || len(book.Seen) != 6 {
		t.Errorf("%+v, %v", book, err)
	}
	deeds, err := w.Deeds(time.Time{}, townList)
	if err != nil || len(deeds) != 2 || deeds[0].What != "issue made" {
		t.Errorf("%+v, %v", deeds, err)
	}
	w.stop()
}

// TestPutBackKnowsWhatWent: of a copy of last week that is put back no entry goes out a
// second time, and a person is asked, since a commit that was lost may have left its lines.
func TestPutBackKnowsWhatWent(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.must(w.feeds("first", 1))
	copied := backup(t, w.Store)
	w.must(w.feeds("second", 2, 3))
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	book, err := w.FeedBook(townList)
	if err != nil || w.Held() == nil || !book.PutBack || book.ETag != "" {
		t.Fatalf("%+v, %v", book, err)
	}
	for n := range byte(3) {
		if p := printed(n + 1); !book.Knows(p[:1]) || !book.Knows(p[1:]) {
			t.Errorf("entry %d would go out again", n+1)
		}
	}
	if p := printed(4); book.Knows(p[:]) {
		t.Error("an entry is known that nobody knows")
	}
	if _, err := w.Issue(named(townList, "second")); !errors.Is(err, deliver.ErrNoIssue) {
		t.Error(err)
	}
}

// TestPutBackWithNothingLost asks nobody.
func TestPutBackWithNothingLost(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.must(w.feeds("first", 1))
	copied := backup(t, w.Store)
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	if book, err := w.FeedBook(townList); err != nil || w.Held() == nil || book.PutBack {
		t.Errorf("%+v, %v", book, err)
	}
	w.stop()
	// Without the journal nobody knows what is missing.
	w.must(os.RemoveAll(w.opt.Journal))
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if book, err := w.FeedBook(townList); err != nil || !book.PutBack {
		t.Errorf("%+v, %v", book, err)
	}
}

// TestJournalMadeAnewKnowsWhatWent: also one that was lost while the database was not.
func TestJournalMadeAnewKnowsWhatWent(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	copied := backup(t, w.Store)
	w.must(w.feeds("first", 1, 2))
	w.stop()
	w.must(os.Remove(w.opt.Journal + "/leavings"))
	w.start()
	if w.Held() != nil {
		t.Fatal("held")
	}
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	book, err := w.FeedBook(townList)
	if p := printed(2); err != nil || !book.Knows(p[1:]) {
		t.Errorf("%+v, %v", book, err)
	}
}

// TestLostCommitOfAFeed: a line whose commit a crash has lost says nothing of the database
// that is in use; its entry goes out.
func TestLostCommitOfAFeed(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.must(w.feeds("first", 1))
	_, wait := w.journal.Add([]journal.Line{w.fedLine(townList, w.now, printed(2))})
	w.must(wait())
	w.stop()
	w.start()
	defer w.stop()
	book, err := w.FeedBook(townList)
	if p := printed(2); err != nil || w.Held() != nil || book.PutBack || book.Knows(p[:]) {
		t.Errorf("%+v, %v", book, err)
	}
}

// TestDamagedFeedBook: nothing is taken for unknown, and a person may begin anew.
func TestDamagedFeedBook(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	w.must(w.feeds("first", 1))
	w.must(w.write(t.Context(), func(b *bolt.Tx) error {
		bucket := layout.List(b, townList, layout.Feed)
		v := bytes.Clone(bucket.Get(feedBook))
		v[len(v)/2] ^= 1
		return bucket.Put(feedBook, v)
	}))
	if book, err := w.FeedBook(townList); err == nil {
		t.Errorf("%+v", book)
	}
	w.must(w.write(t.Context(), func(b *bolt.Tx) error {
		bucket := layout.List(b, townList, layout.Feed)
		return errors.Join(bucket.Put([]byte("elsewhere"), bytes.Clone(bucket.Get(feedBook))), bucket.Delete(feedBook))
	}))
	if book, err := w.FeedBook(townList); err == nil {
		t.Errorf("one that is gone: %+v", book)
	}
	w.must(w.PutFeed(t.Context(), townList, deliver.FeedBook{Since: w.now}, nil, nil))
	if book, err := w.FeedBook(townList); err != nil || !book.Since.Equal(w.now) || w.Unreadable().Sum() > 0 {
		t.Errorf("%+v, %v", book, err)
	}
}
