package feed

import (
	"time"

	"example.jp/kairan/subscribe"
)

// Due is the slot of a list for which an issue is to be made now, and next the one that is
// to be made then; both zero: there is none. It is made from Before its slot on, and after it
// for as long as the list sends late; of several that were missed the last one counts. done is
// the last slot that was dealt with.
func Due(l *subscribe.List, done, now time.Time) (slot, next time.Time) {
	missed := now.Add(-l.LateWithin)
	if done.After(missed) {
		missed = done
	}
	for at := l.Slots.Next(missed, l.Zone); !at.IsZero(); at = l.Slots.Next(at, l.Zone) {
		if now.Before(at.Add(-l.Feed.Before)) {
			return slot, at
		}
		if !slot.IsZero() && at.After(now) { // its own turn comes when the one before is done
			return slot, at
		}
		slot = at
	}
	return slot, time.Time{}
}

// Following is the first slot for which no issue was made and whose time has not come; zero:
// none.
func Following(l *subscribe.List, done, now time.Time) time.Time {
	if done.Before(now) {
		done = now
	}
	return l.Slots.Next(done, l.Zone)
}

// Slug is the name of the issue of a slot, by the clock of the list's zone.
func Slug(slot time.Time, l *subscribe.List) string {
	return slot.In(l.Zone).Format("2006-01-02-1504")
}
