package main

import "time"

// limits script a relay that takes only so much, and says so. They are about the
// relay: whom they meet is by chance, and nobody may lose a copy by them.
type limits struct {
	Session int     // messages a connection; then 452 or 421. 0: any number
	Rate    int     // messages a slice of time; more get 454 at their end. 0: any number
	Shut    float64 // per cent of the slices in which nothing is taken: a quota, or our sender is refused
	Bare    bool    // replies are codes alone (RFC 5321 §4.2)
}

const slice = 50 * time.Millisecond

// any says whether there is a limit. (Of faults.any it is no part: that is about
// recipients.)
func (l limits) any() bool { return l != limits{} }

// refusal is a reply, and the command that gets it.
type refusal struct {
	verb  string // MAIL, RCPT; DOT: the end of the data
	reply string // one that begins with 421 ends the connection
}

var (
	sessionEnds = []refusal{
		{"MAIL", "452 4.5.3 Too many messages in this session\r\n"},
		{"RCPT", "452 Too many recipients\r\n"},
		{"MAIL", "421 4.7.0 Too many messages in this session\r\n"},
		{"RCPT", "421 Enough\r\n"},
	}
	shuts = []refusal{
		{"MAIL", "452 Daily limit reached\r\n"},
		{"RCPT", "452 4.5.3 Daily limit reached\r\n"},
		{"MAIL", "553 5.7.1 Sender address rejected\r\n"},
		{"MAIL", "450 4.1.8 Sender address rejected\r\n"},
	}
	tooFast = refusal{"DOT", "454 Throttling failure: Maximum sending rate exceeded.\r\n"}
)

// refuses is what a command gets, on a connection that has taken so many messages
// and at a time when so many of the slice are taken; "": it is done.
func (f faults) refuses(verb string, taken, inSlice int, at time.Time) string {
	n := at.UnixNano() / int64(slice)
	dice := mix(uint64(n) ^ f.Salt)
	var r refusal
	switch {
	case float64(dice%10_000) < 100*f.Shut:
		r = shuts[dice>>32%uint64(len(shuts))]
	case f.Session > 0 && taken >= f.Session:
		r = sessionEnds[f.Salt%uint64(len(sessionEnds))]
	case f.Rate > 0 && inSlice >= f.Rate:
		r = tooFast
	}
	if r.verb != verb {
		return ""
	}
	return r.reply
}

// limit is what a command of a session gets now, and counts what is taken in this
// slice of time.
func (s *sink) limit(verb string, taken int64) string {
	f := s.spec.Faults
	if !f.limits.any() {
		return ""
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := now.UnixNano() / int64(slice); n != s.slice {
		s.slice, s.inSlice = n, 0
	}
	no := f.refuses(verb, int(taken), s.inSlice, now)
	if no == "" && verb == "DOT" {
		s.inSlice++
	}
	return no
}
