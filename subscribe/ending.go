package subscribe

import (
	"errors"
	"time"
)

// ErrClosed says that a list takes no sign-ups any more. It depends on the list and the
// clock alone, so it tells nothing about an address.
var ErrClosed = errors.New("the list takes no sign-ups any more")

// Endings tells since when a list has ended by the operator's word; zero: it has not. nil:
// none has.
type Endings func(list string) time.Time

// of is since when a list has ended.
func (e Endings) of(l *List) time.Time {
	if e == nil {
		return time.Time{}
	}
	return e(l.ID)
}

// Closed says since when a list takes no sign-ups: from the end of its last day, from the
// day on which it is erased, or since the operator ended it, whichever came first; zero:
// it takes them.
func (e Endings) Closed(l *List, now time.Time) (since time.Time) {
	if l.Closed(now) {
		since = l.EraseBy
		if day := l.Closes; !day.IsZero() {
			since = day.AddDate(0, 0, 1)
		}
		since = l.begin(since)
	}
	if at := e.of(l); !at.IsZero() && (since.IsZero() || at.Before(since)) {
		since = at
	}
	return since
}

// Over says that nobody is let in any more, not even by a link from before the list was
// closed: the operator has ended it, or everything of it is erased. Until then, who asked
// on the last day is let in as long as the link lives; after that day no link is made.
func (e Endings) Over(l *List, now time.Time) bool { return !e.of(l).IsZero() || l.EraseDue(now) }
