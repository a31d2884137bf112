package deliver

import (
	"maps"
	"time"
)

// Print is what an entry of a feed is known by: the beginning of a hash of its id, or of what
// it says.
type Print [16]byte

// FeedBook is what is known of the feed that fills a list's issues. It changes in the commit
// that adds the issue, so that an entry is in the book if, and only if, it is in an issue or
// somebody has said that it need not be in one.
type FeedBook struct {
	Revision int       // rises with each change
	Since    time.Time // when it was first read, which sent nothing; zero: it never was
	Read     time.Time // when it was last read
	Slot     time.Time // the last that was dealt with: an issue was made for it, or nothing was new
	Source   Print     // of its address, to which ETag and Modified belong
	ETag     string    // RFC 9110 §8.8.3, of what is in the book already; "": none
	Modified string    // RFC 9110 §8.8.2, likewise
	Asks     string    // why nothing goes out until the feed is as before or a person decides; "": it does
	New      int       // entries that wait for that
	// PutBack says that the database was put back, and with how many entries that only the
	// journal knows, or that the journal has a gap: whatever the feed has, a person decides.
	PutBack bool
	// Seen are the entries that are no news, under all their prints, with the day on which the
	// feed last had them, in days since 1970.
	Seen map[Print]int
}

// unseenFor is how long an entry is known that the feed has no more, in days: some events
// come back each year.
const unseenFor = 400

// mostSeen is how many prints a book has at most.
const mostSeen = 50_000

// DayOf is a day as a book has it.
func DayOf(t time.Time) int { return int(t.Unix() / (24 * 60 * 60)) }

// Knows says whether an entry is no news, by any of its prints.
func (b *FeedBook) Knows(prints []Print) bool {
	for _, p := range prints {
		if _, known := b.Seen[p]; known {
			return true
		}
	}
	return false
}

// Note puts an entry into the book, as of a day.
func (b *FeedBook) Note(prints []Print, day int) {
	if b.Seen == nil {
		b.Seen = map[Print]int{}
	}
	for _, p := range prints {
		b.Seen[p] = max(b.Seen[p], day)
	}
}

// Clone is a copy that can be changed alone.
func (b FeedBook) Clone() FeedBook {
	b.Seen = maps.Clone(b.Seen)
	return b
}

// Forget takes out what the feed has not had for long, as of a day; and what is beyond all
// measure, the oldest first.
func (b *FeedBook) Forget(day int) {
	forget := func(before int) {
		maps.DeleteFunc(b.Seen, func(_ Print, last int) bool { return last < before })
	}
	if forget(day - unseenFor); len(b.Seen) <= mostSeen {
		return
	}
	on := map[int]int{} // how many the feed had last on each day
	for _, last := range b.Seen {
		on[last]++
	}
	kept, from := 0, day
	for ; from >= day-unseenFor && kept+on[from] <= mostSeen; from-- {
		kept += on[from]
	}
	forget(from + 1)
}

// Fed is what a feed has to do with an issue; zero: people made it.
type Fed struct {
	Slot    time.Time // for which it was made
	Entries int       // that it was made of
}
