package deliver

import (
	"slices"
	"time"
)

// Sent is what stands in the record of an issue about its run from its start on.
type Sent struct {
	Content Content  // of what went out; zero: it began under an older version
	Slot    string   // the list's slot in which it was due, as declared; "": none
	Relays  []string // the hosts that it was to go out by, in the order of their use
}

// Reading is how far a run had got at an instant.
type Reading struct {
	At       time.Time
	Accepted int // copies that a relay had taken
	Failed   int // refused, or given up
}

// ReadingOf is a reading of the books.
func ReadingOf(b Balance, at time.Time) Reading {
	return Reading{at, b.Accepted, b.Refused + b.Expired}
}

func (r Reading) same(o Reading) bool { return r.Accepted == o.Accepted && r.Failed == o.Failed }

// mostReadings bounds how many are kept of a run, about.
const mostReadings = 150

// steps are how far readings lie apart, and how wide the bars of a chart are.
var steps = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, day}

const day = 24 * time.Hour

// stepFor is the first step of which no more than most make up the span.
func stepFor(span time.Duration, most int) time.Duration {
	for _, s := range steps {
		if span <= s*time.Duration(most) {
			return s
		}
	}
	return day * time.Duration(1+int(span/day)/most)
}

// ReadAgain says whether what the books say now is to be kept: a step has passed since the
// last reading, and something was sent. idle is the last look at the run before; if nothing
// was sent until then, it is to be kept as well, so that the pause is one.
func (i *Issue) ReadAgain(b Balance, idle Reading, now time.Time) (more []Reading) {
	n := len(i.Readings)
	if n == 0 {
		return nil // it began under an older version
	}
	last, next := i.Readings[n-1], ReadingOf(b, now)
	step := stepFor(now.Sub(i.Readings[0].At), mostReadings)
	if next.same(last) || now.Sub(last.At) < step {
		return nil
	}
	if idle.same(last) && idle.At.Sub(last.At) >= step {
		more = append(more, idle)
	}
	return append(more, next)
}

// Note keeps readings, and of all of them so many as have their step between them.
func (i *Issue) Note(more ...Reading) {
	all := append(i.Readings, more...)
	if len(more) == 0 {
		return
	}
	step := stepFor(all[len(all)-1].At.Sub(all[0].At), mostReadings)
	kept := all[:1:1]
	for n, r := range all[1:] {
		pause := n+2 < len(all) && (r.same(all[n]) || all[n+2].same(r)) // the end of one, or its beginning
		if last := kept[len(kept)-1]; r.At.Sub(last.At) >= step || pause || n+2 == len(all) {
			kept = append(kept, r)
		}
	}
	if len(kept) > 2*mostReadings { // of a run that pauses all the time
		kept = slices.Concat(kept[:1], kept[len(kept)-mostReadings:])
	}
	i.Readings = kept
}

// NoteEnd keeps the reading with which a run ends.
func (i *Issue) NoteEnd(b Balance, now time.Time) {
	if len(i.Readings) > 0 {
		i.Note(ReadingOf(b, now))
	}
}

// Bar is what was sent in a stretch of a run.
type Bar struct {
	From     time.Time `json:"from"`
	Accepted int       `json:"accepted"`
	Failed   int       `json:"failed"` // refused, or given up
}

// mostBars is how many bars a chart has at most, about: so many hours make up a day.
const mostBars = 26

// Bars are what was sent of a run, stretch by stretch, by the clock of a zone: by the hour,
// or by less or more where the run was short or long. What lies between two readings is
// spread over the bars between them. Their sums are the last reading.
func Bars(all []Reading, zone *time.Location) (step time.Duration, bars []Bar) {
	if len(all) < 2 {
		return 0, nil
	}
	first, last := all[0], all[len(all)-1]
	step = stepFor(last.At.Sub(first.At), mostBars)
	at := barOf(first.At.In(zone), step)
	for !at.After(last.At) {
		bars = append(bars, Bar{From: at})
		if at = barOf(at.Add(step+step/2), step); step > day {
			y, m, d := bars[len(bars)-1].From.Date()
			at = time.Date(y, m, d+int(step/day), 0, 0, 0, 0, zone)
		}
	}
	for n, r := range all[1:] {
		spread(bars, all[n], r, step)
	}
	return step, bars
}

// barOf is the beginning of the bar in which an instant lies.
func barOf(t time.Time, step time.Duration) time.Time {
	_, offset := t.Zone()
	shift := time.Duration(offset) * time.Second
	return t.Add(shift).Truncate(min(step, day)).Add(-shift)
}

// spread adds what was sent between two readings to the bars, each its share of the time. Of
// a stretch that is longer than a bar nobody knows when, but that it began with it.
func spread(bars []Bar, from, to Reading, step time.Duration) {
	span := to.At.Sub(from.At)
	share := func(until time.Time, n int) int {
		if span <= 0 || !until.Before(to.At) || span > step+step/2 {
			return n
		}
		return int(int64(n) * int64(max(until.Sub(from.At), 0)) / int64(span))
	}
	doneAccepted, doneFailed := 0, 0
	for n := range bars {
		until := to.At
		if n+1 < len(bars) {
			until = bars[n+1].From
		}
		if !until.After(from.At) && n+1 < len(bars) {
			continue
		}
		accepted, failed := share(until, to.Accepted-from.Accepted), share(until, to.Failed-from.Failed)
		bars[n].Accepted += accepted - doneAccepted
		bars[n].Failed += failed - doneFailed
		doneAccepted, doneFailed = accepted, failed
		if !until.Before(to.At) || doneAccepted == to.Accepted-from.Accepted && doneFailed == to.Failed-from.Failed {
			return
		}
	}
}
