package feed

import (
	"encoding/hex"
	"fmt"
	"time"

	"example.jp/kairan/deliver"
)

// MostTaken is how many entries one issue takes, even if a person wants them all: what is
// longer is cut off by mail programs.
const MostTaken = 200

// News is what a feed has that is in no issue yet.
type News struct {
	Entries []Entry         // the newest first, as in the feed
	Prints  []deliver.Print // of these, all of them; see [Entry.Prints]
	Lines   [][2]deliver.Print
	Asks    string // why a person decides; "": they may go out
	First   bool   // the feed is read for the first time, which sends nothing
}

// Judge says what is new, and whether it may go out by itself: not more than most entries,
// and not if hardly any entry is known, as when a site has moved and its entries have new
// ids. Then nobody knows which were read before, or how many nobody has seen.
func Judge(book *deliver.FeedBook, all []Entry, most int) (n News) {
	n.First = book.Since.IsZero()
	known := 0
	said := map[deliver.Print]bool{}
	for i, p := range prints(all) {
		switch {
		case book.Knows(p):
			known++
		case !said[p[0]] && !said[p[1]]: // a feed may have an entry twice
			n.Entries, n.Prints = append(n.Entries, all[i]), append(n.Prints, p...)
			n.Lines = append(n.Lines, [2]deliver.Print{p[0], p[1]})
			said[p[0]], said[p[1]] = true, true
		}
	}
	fresh := len(n.Entries)
	switch {
	case n.First:
	case book.PutBack:
		n.Asks = "the database was put back, and entries have gone out, or were about to, that it does not know"
	case fresh > most:
		n.Asks = fmt.Sprintf("%d entries are new, and %d may go out by themselves (most)", fresh, most)
	case fresh > 0 && len(book.Seen) > 0 && known*10 < len(all):
		n.Asks = fmt.Sprintf("%d of its %d entries are new, as if the web site had moved: nobody knows which of them readers have, and whether there were others", fresh, len(all))
	}
	return n
}

// Word tells apart what a person is shown of what is new: the titles and links, in their
// order. What a site changes in an entry at each reading, such as a summary with the time, is
// not shown, and not in it.
func (n News) Word() string {
	var shown []string
	for _, e := range n.Entries {
		shown = append(shown, e.Title, e.Link)
	}
	p := printOf(shown...)
	return hex.EncodeToString(p[:6])
}

// Take notes in the book that everything the feed has is in an issue now, or need not be.
func Take(book *deliver.FeedBook, all []Entry, now time.Time) {
	if book.Since.IsZero() {
		book.Since = now
	}
	for _, p := range prints(all) {
		book.Note(p, deliver.DayOf(now))
	}
	book.Forget(deliver.DayOf(now))
	book.Asks, book.New, book.PutBack = "", 0, false
}

// Touch notes in the book that the feed still has the entries that are known, with whatever
// was corrected in them.
func Touch(book *deliver.FeedBook, all []Entry, now time.Time) {
	for _, p := range prints(all) {
		if book.Knows(p) {
			book.Note(p, deliver.DayOf(now))
		}
	}
}
