package relaylog

import (
	"bytes"
	"time"

	"example.jp/kairan/deliver"
)

// source is how much a log holds of one relay.
type source struct {
	deliver.LogSource
	n       int
	stopped bool        // it said that it stops, in this piece
	starts  []time.Time // with which a piece begins, so that only the others show what was before
}

const (
	// backwards is how far a stamp may lie before the last one: lines of several processes,
	// or hosts, are put together, and clocks are set. Further back another piece begins.
	backwards = 5 * time.Minute
	// mostStretches bounds what is kept of a log in pieces.
	mostStretches = 1024
)

// wrote notes that there is a line of that time.
func (s *source) wrote(l line, program string) {
	last := s.goesOn(l.at)
	if last == nil {
		s.stopped = false
	}
	switch {
	case program == "master" && bytes.HasPrefix(l.text, []byte("terminating on signal")),
		program == "postfix-script" && bytes.HasPrefix(l.text, []byte("stopping the Postfix")):
		s.stopped = true
	case program == "master" && bytes.HasPrefix(l.text, []byte("daemon started")):
		switch {
		case last == nil && len(s.starts) < mostStretches:
			s.starts = append(s.starts, l.at)
		case !s.stopped:
			s.lost(l.at)
		}
		s.stopped = false
	}
	if last != nil {
		if l.at.After(last.Last) {
			last.Last = l.at
		}
		if l.at.Before(last.First) {
			last.First = l.at
		}
		return
	}
	s.Written = append(s.Written, deliver.Stretch{First: l.at, Last: l.at})
	if len(s.Written) >= mostStretches {
		if s.Written = deliver.Joined(s.Written, deliver.LongestSilence); len(s.Written) >= mostStretches/2 {
			s.Lost = []deliver.Stretch{{First: s.Written[0].First, Last: s.Written[len(s.Written)-1].Last}}
			s.Written = s.Written[:1]
		}
	}
}

// goesOn is the piece that a line of that time belongs to; nil if another begins with it.
func (s *source) goesOn(at time.Time) *deliver.Stretch {
	if n := len(s.Written); n > 0 {
		last := &s.Written[n-1]
		if d := at.Sub(last.Last); d >= -backwards && d <= deliver.LongestSilence {
			return last
		}
	}
	return nil
}

// lostBefore notes what is missing before the starts with which pieces begin: nobody knows
// whether the relay had stopped with a word, if the piece before was read after it.
func (s *source) lostBefore() {
	for _, at := range s.starts {
		gap, before := deliver.Stretch{First: at, Last: at}, time.Time{}
		for _, w := range s.Written {
			if w.First.Before(at) && (before.IsZero() || w.Last.After(before)) {
				before = w.Last
			}
		}
		if before.IsZero() {
			continue // it is where the log begins
		}
		if before.Before(at) {
			gap.First = before
		} else {
			gap.First = at.Add(-backwards) // a piece has its other lines
		}
		s.Lost = append(s.Lost, gap)
	}
	s.starts = nil
}

// lost notes that lines are missing between the last one and that time.
func (s *source) lost(at time.Time) {
	last := at
	if n := len(s.Written); n > 0 {
		last = s.Written[n-1].Last
	}
	gap := deliver.Stretch{First: last, Last: at}
	if last.After(at) {
		gap = deliver.Stretch{First: at, Last: last}
	}
	if len(s.Lost) >= mostStretches { // then it is one
		all := deliver.Joined(s.Lost, 1<<62)
		s.Lost = all
	}
	s.Lost = append(s.Lost, gap)
}

// lacks notes a message whose Message-ID the log has not.
func (s *source) lacks(n nameless) {
	at := n.arrived
	if at.IsZero() {
		at = n.seen
	}
	if at.After(s.Nameless) {
		s.Nameless = at
	}
}

func (s *source) summary() deliver.LogSource {
	s.lostBefore()
	s.Written = deliver.Joined(s.Written, deliver.LongestSilence)
	return s.LogSource
}
