package editor

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/deliver/fetch"
	"example.jp/kairan/subscribe"
)

// Feeds makes the issues of lists that are fed, one at each slot in which something is new.
type Feeds struct {
	Editor *Editor
	Store  FeedStore
	// Get gets what an address of the web has, unless that is what is known.
	Get func(ctx context.Context, address string, known fetch.Known) (fetch.Answer, error)

	dealing sync.Mutex // one feed is dealt with at a time

	mu    sync.Mutex
	tries map[string]tries // by list
}

// FeedStore keeps what is known of feeds.
type FeedStore interface {
	FeedBook(list string) (deliver.FeedBook, error)
	// PutFeed takes the book of a list's feed with the issue that was made of what was new, in
	// one commit, and notes what is new in it where a restore does not reach; made may be nil.
	PutFeed(ctx context.Context, list string, book deliver.FeedBook, lines [][2]deliver.Print, made *deliver.Issue) error
}

// FeedAuthor is the author of issues that were made of a feed.
const FeedAuthor = "feed"

// tries are what this process has tried of a feed.
type tries struct {
	failed int       // times in a row
	why    string    // the last of these
	next   time.Time // when there is something to do again; zero: at once
}

const (
	// unreadableAfter so many failures in a row somebody is told.
	unreadableAfter = 3
	// A feed that could not be read is tried again after a minute, and then after twice as
	// long each time, up to the longest; outside of the time before a slot, each hour.
	firstAgain, longestAgain, seldomAgain = time.Minute, 16 * time.Minute, time.Hour
	// askAgain is how often a feed about which a person is asked is looked at.
	askAgain = 10 * time.Minute
)

// Tick does what is to be done for each list. What goes wrong is in the log.
func (f *Feeds) Tick(ctx context.Context) {
	e := f.Editor
	if wrong, _ := e.Clock(); wrong || e.Held() != "" {
		return
	}
	for _, id := range e.Order {
		l, now := e.Lists[id], e.Now()
		if l.Feed == nil || now.Before(f.tried(id).next) || e.refuseIfEnded(l, anyIssue(id)) != nil {
			continue
		}
		if err := f.look(ctx, l); err != nil && ctx.Err() == nil {
			e.Log.Error("FeedFault", "list", id, "err", err)
			f.wait(id, func(t *tries) { t.next = now.Add(firstAgain) })
		}
	}
}

// anyIssue is an issue of a list that is not its last one, whatever that is called.
func anyIssue(list string) deliver.IssueName { return deliver.IssueName{List: list, Slug: "?"} }

func (f *Feeds) tried(list string) tries {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tries[list]
}

func (f *Feeds) wait(list string, change func(*tries)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tries == nil {
		f.tries = map[string]tries{}
	}
	t := f.tries[list]
	change(&t)
	f.tries[list] = t
}

// look deals with a feed if it is time to.
func (f *Feeds) look(ctx context.Context, l *subscribe.List) error {
	f.dealing.Lock()
	defer f.dealing.Unlock()
	book, err := f.Store.FeedBook(l.ID)
	if err != nil {
		return err
	}
	now := f.Editor.Now()
	slot, next := feed.Due(l, book.Slot, now)
	if slot.IsZero() && !book.Since.IsZero() && f.tried(l.ID).failed == 0 {
		f.sleep(l, now, next)
		return nil
	}
	r, err := f.read(ctx, l, &book, true)
	if err != nil {
		return f.failed(ctx, l, err, now, slot)
	}
	f.wait(l.ID, func(t *tries) { *t = tries{} })
	if slot.IsZero() && !book.Since.IsZero() {
		f.sleep(l, now, next)
		return nil
	}
	return f.deal(ctx, l, book, r, slot, now)
}

// sleep lets a feed alone until the next slot's issue is to be made, or for an hour.
func (f *Feeds) sleep(l *subscribe.List, now, next time.Time) {
	wake := now.Add(time.Hour) // a clock that was set may have come nearer
	if at := next.Add(-l.Feed.Before); !next.IsZero() && at.Before(wake) {
		wake = at
	}
	f.wait(l.ID, func(t *tries) { t.next = wake })
}

// failed notes that a feed could not be read. slot is that for which it was; zero: none.
func (f *Feeds) failed(ctx context.Context, l *subscribe.List, why error, now, slot time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.wait(l.ID, func(t *tries) {
		again := min(firstAgain<<min(t.failed, 10), longestAgain)
		if slot.IsZero() && t.failed > 0 {
			again = seldomAgain
		}
		t.failed, t.why, t.next = t.failed+1, why.Error(), now.Add(again)
	})
	f.Editor.Log.Warn("FeedUnreadable", "list", l.ID, "err", why)
	return nil
}

// edition is a feed as it was read.
type edition struct {
	all  []feed.Entry
	same bool // it is as it was when the book was written; all is nil then
	fetch.Known
}

// read gets a feed and reads it. asNew says whether what is known already need not come.
func (f *Feeds) read(ctx context.Context, l *subscribe.List, book *deliver.FeedBook, asNew bool) (r edition, err error) {
	var known fetch.Known
	if asNew && book.Source == feed.PrintOfURL(l.Feed.URL) && !book.PutBack {
		known = fetch.Known{ETag: book.ETag, Modified: book.Modified}
	}
	from, err := url.Parse(l.Feed.URL)
	if err != nil {
		return r, err
	}
	a, err := f.Get(ctx, l.Feed.URL, known)
	if err != nil {
		return r, err
	}
	r.Known, r.same = a.Known, a.Same
	if !a.Same {
		r.all, err = feed.Read(a.Body, a.Type, from)
	}
	return r, err
}

// deal makes the issue of a slot, or finds that there is none to be made.
func (f *Feeds) deal(ctx context.Context, l *subscribe.List, book deliver.FeedBook, r edition, slot, now time.Time) error {
	book = book.Clone()
	n := feed.Judge(&book, r.all, l.Feed.Most)
	switch {
	case r.same:
		book.Slot, book.Read = slot, now
		return f.put(ctx, l, book, nil, nil)
	case n.First:
		feed.Take(&book, r.all, now)
		f.Editor.Log.Info("FeedBegun", "list", l.ID, "entries", len(r.all))
	case n.Asks != "":
		return f.ask(ctx, l, book, n.Asks, len(n.Entries), now)
	case len(n.Entries) > 0:
		return f.fill(ctx, l, book, r, n, slot, nil)
	}
	feed.Touch(&book, r.all, now)
	book.Asks, book.New = "", 0
	book.Slot = laterOf(book.Slot, slot)
	f.stamp(&book, l, r, now)
	return f.put(ctx, l, book, n.Lines, nil)
}

// stamp notes in a book which edition of the feed it has dealt with.
func (f *Feeds) stamp(book *deliver.FeedBook, l *subscribe.List, r edition, now time.Time) {
	book.Read, book.Source, book.ETag, book.Modified = now, feed.PrintOfURL(l.Feed.URL), r.ETag, r.Modified
}

func (f *Feeds) put(ctx context.Context, l *subscribe.List, book deliver.FeedBook, lines [][2]deliver.Print, made *deliver.Issue) error {
	err := f.Store.PutFeed(ctx, l.ID, book, lines, made)
	if err == nil {
		f.wait(l.ID, func(t *tries) { *t = tries{} }) // what is next is looked up
	}
	return err
}

// ask notes that a person is asked, and why. The feed is looked at again meanwhile: it may
// become what it was.
func (f *Feeds) ask(ctx context.Context, l *subscribe.List, book deliver.FeedBook, why string, fresh int, now time.Time) error {
	if book.Asks != why || book.New != fresh {
		f.Editor.Log.Warn("FeedAsks", "list", l.ID, "why", why)
		book.Asks, book.New, book.Read, book.ETag, book.Modified = why, fresh, now, "", ""
		if err := f.put(ctx, l, book, nil, nil); err != nil {
			return err
		}
	}
	f.wait(l.ID, func(t *tries) { *t = tries{next: now.Add(askAgain)} })
	return nil
}

// fill makes the issue of a slot, and has it scheduled for then; if it is made late, for now.
// by is what stands in its timeline beside.
func (f *Feeds) fill(ctx context.Context, l *subscribe.List, book deliver.FeedBook, r edition, n feed.News, slot time.Time, by []deliver.Event) error {
	e, now := f.Editor, f.Editor.Now()
	name := deliver.IssueName{List: l.ID, Slug: feed.Slug(slot, l)}
	if _, err := e.Store.Issue(name); err == nil {
		return f.ask(ctx, l, book, fmt.Sprintf("there is an issue %s already, which is no work of the feed; remove it, or let what is new wait for the next slot", name), len(n.Entries), now)
	}
	m := deliver.Manuscript{Source: feed.Source(l, n.Entries, slot)}
	c, draft, err := e.Compiler.Compile(ctx, l, name.Slug, m, laterOf(slot, now))
	if err == nil {
		err = e.look(l, c, draft, nil, laterOf(slot, now)).Err()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return f.ask(ctx, l, book, fmt.Sprintf("no issue can be made of what is new: %s", err), len(n.Entries), now)
	}
	made := &deliver.Issue{
		Name: name, Source: m.Source, Subject: c.Subject, State: deliver.Draft, Fed: deliver.Fed{Slot: slot, Entries: len(n.Entries)},
		Timeline: append([]deliver.Event{deliver.Added(FeedAuthor, now)}, by...),
	}
	if err := made.Schedule(laterOf(slot, now), FeedAuthor, l.Zone, now); err != nil {
		return err
	}
	feed.Take(&book, r.all, now)
	book.Slot = slot
	f.stamp(&book, l, r, now)
	if err := f.put(ctx, l, book, n.Lines, made); err != nil {
		return err
	}
	e.Log.Info("IssueMade", "issue", name, "entries", len(n.Entries))
	return nil
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Unreadable are the lists whose feed could not be read again and again.
func (f *Feeds) Unreadable() (all []FeedTrouble, err error) {
	for _, id := range f.Editor.Order {
		if l, t := f.Editor.Lists[id], f.tried(id); l.Feed != nil && t.failed >= unreadableAfter {
			all = append(all, FeedTrouble{id, fmt.Sprintf("the feed of %s, %s, could not be read %d times in a row: %s", id, l.Feed.URL, t.failed, t.why)})
		}
	}
	return all, nil
}

// FeedTrouble is a feed of which nothing goes out.
type FeedTrouble struct{ List, Why string }

// Asking are the lists about whose feed a person is to decide.
func (f *Feeds) Asking() (all []FeedTrouble, err error) {
	for _, id := range f.Editor.Order {
		if f.Editor.Lists[id].Feed == nil {
			continue
		}
		book, err := f.Store.FeedBook(id)
		why := book.Asks
		if book.PutBack {
			why = cmp.Or(why, "the database was put back, and what went out since its copy is not sent again")
		}
		if err != nil {
			why = err.Error()
		}
		if why != "" {
			all = append(all, FeedTrouble{id, fmt.Sprintf("nothing of the feed of %s goes out: %s", id, why)})
		}
	}
	return all, nil
}
