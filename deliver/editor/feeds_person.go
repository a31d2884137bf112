package editor

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/subscribe"
)

// FeedState is where the feed of a list stands.
type FeedState struct {
	List   *subscribe.List
	Since  time.Time // when it was first read; zero: it never was
	Read   time.Time // when it was last dealt with
	Asks   string    // why nothing goes out until a person decides; "": it does
	Fault  string    // why it cannot be read now; "": it can
	New    []feed.Entry
	Word   string    // of what is new, by which a person decides about just this; "": it cannot be read
	Next   time.Time // the slot for which the next issue is made; zero: there is none any more
	MadeAt time.Time // when that is made
}

// State says where a feed stands. It asks the site, and changes nothing.
func (f *Feeds) State(ctx context.Context, list string) (FeedState, error) {
	l, err := f.fed(list)
	if err != nil {
		return FeedState{}, err
	}
	book, broken := f.Store.FeedBook(list)
	if broken != nil {
		book = deliver.FeedBook{} // as for who decides
	}
	s := f.state(l, book)
	if broken != nil {
		s.Asks = broken.Error()
	}
	r, err := f.read(ctx, l, &book, false)
	if err != nil {
		s.Fault = err.Error()
		return s, ctx.Err()
	}
	n := feed.Judge(&book, r.all, l.Feed.Most)
	if broken == nil {
		s.Asks = n.Asks
	}
	if s.Word = n.Word(); !n.First {
		s.New = n.Entries
	}
	return s, nil
}

func (f *Feeds) state(l *subscribe.List, book deliver.FeedBook) FeedState {
	s := FeedState{List: l, Since: book.Since, Read: book.Read, Asks: book.Asks}
	now := f.Editor.Now()
	slot, next := feed.Due(l, book.Slot, now)
	if s.Next = slot; slot.IsZero() {
		s.Next = next
	}
	if !s.Next.IsZero() {
		s.MadeAt = laterOf(s.Next.Add(-l.Feed.Before), now)
	}
	return s
}

// fed is a list that has a feed.
func (f *Feeds) fed(list string) (*subscribe.List, error) {
	l, err := f.Editor.list(list)
	if err == nil && l.Feed == nil {
		err = refused("the list %s has no feed; declare one in a section [lists.%[1]s.feed]", list)
	}
	return l, err
}

// Take makes an issue of all that is new for the next slot, however much it is; shown is the
// [FeedState.Word] of what a person who says so has looked at, and if anything else is new by
// now it is refused. What was put back goes on with that, too. The name is that of the issue;
// "" if nothing was new.
func (f *Feeds) Take(ctx context.Context, who, list, shown string) (name string, err error) {
	l, book, r, err := f.decide(ctx, list)
	if err != nil {
		return "", err
	}
	defer f.dealing.Unlock()
	now, putBack := f.Editor.Now(), book.PutBack
	book.PutBack = false
	n := feed.Judge(&book, r.all, len(r.all))
	if err := changed(list, n, shown); err != nil {
		return "", err
	}
	slot := feed.Following(l, book.Slot, now)
	switch {
	case n.First:
		return "", refused("the feed of %s has not been read before, and what it has counts as sent: kairan list feed %[1]s --seen", list)
	case len(n.Entries) == 0 && !putBack && book.Asks == "":
		return "", refused("nothing of the feed of %s is new", list)
	case len(n.Entries) > feed.MostTaken:
		return "", refused("%d entries are more than one mail holds (%d); write an issue about them yourself, and: kairan list feed %s --seen", len(n.Entries), feed.MostTaken, list)
	case len(n.Entries) > 0 && slot.IsZero():
		return "", refused("the list %s has no slot any more", list)
	case len(n.Entries) == 0:
		feed.Take(&book, r.all, now)
		f.stamp(&book, l, r, now)
		return "", f.put(ctx, l, book, nil, nil)
	}
	by := []deliver.Event{{At: now, Actor: who, What: "asked for, with all that was new"}}
	if err := f.fill(ctx, l, book, r, n, slot, by); err != nil {
		return "", err
	}
	after, err := f.Store.FeedBook(list)
	if err == nil && after.Asks != "" {
		err = refused("%s", after.Asks)
	}
	return (deliver.IssueName{List: list, Slug: feed.Slug(slot, l)}).String(), err
}

// changed refuses what is new where it is not what a person was shown.
func changed(list string, n feed.News, shown string) error {
	if n.Word() == shown {
		return nil
	}
	return refused("what is new in the feed of %s is not what was shown; nothing was changed; look at it: kairan list feed %[1]s", list)
}

// Seen notes that all that a feed has now need not go out, and says how many entries of it
// were new. shown is as for [Feeds.Take].
func (f *Feeds) Seen(ctx context.Context, list, shown string) (fresh int, err error) {
	l, book, r, err := f.decide(ctx, list)
	if err != nil {
		return 0, err
	}
	defer f.dealing.Unlock()
	now := f.Editor.Now()
	n := feed.Judge(&book, r.all, len(r.all))
	if err := changed(list, n, shown); err != nil {
		return 0, err
	}
	feed.Take(&book, r.all, now)
	f.stamp(&book, l, r, now)
	return len(n.Entries), f.put(ctx, l, book, n.Lines, nil)
}

// decide reads a feed for a person who decides about it, and keeps others from dealing with
// it until they have. A book that cannot be read is begun anew.
func (f *Feeds) decide(ctx context.Context, list string) (l *subscribe.List, book deliver.FeedBook, r edition, err error) {
	if l, err = f.fed(list); err != nil {
		return l, book, r, err
	}
	if err = f.Editor.RefuseIfHeld(); err == nil {
		err = f.Editor.refuseIfEnded(l, anyIssue(list))
	}
	if err != nil {
		return l, book, r, err
	}
	f.dealing.Lock()
	stored, err := f.Store.FeedBook(list)
	if err == nil {
		book = stored.Clone()
	}
	if r, err = f.read(ctx, l, &book, false); err != nil {
		f.dealing.Unlock()
		err = refused("the feed of %s cannot be read: %s", list, err)
	}
	return l, book, r, err
}
