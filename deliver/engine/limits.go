package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// limits is what is remembered of a relay's limits.
type limits struct {
	uneasy atomic.Bool // since holds something; without it forget takes no lock

	mu        sync.Mutex
	since     suspicions
	session   int       // messages that one connection is known to take; 0: not known
	sessionAt time.Time // when it was learnt
	ended     int       // after so many messages the last 421 came
	second    bool      // the next probe whose copy met a limit before counts; see alternate
	everyAt   time.Time // when mail of every list met a reply that might have been about one sender
	saidAt    time.Time // when the timelines were last told that the relay asks for less
}

// suspicions are what was counted since the relay last accepted a message.
type suspicions struct {
	cuts       int    // how often the rate was cut
	askers     int    // copies that met LimitRate for the first time
	greylisted int    // replies of LimitGreylisting
	doubts     int    // replies of LimitDoubt to the first message of a connection
	domain     string // of the first of the doubts
}

const (
	soonAgain      = 3 * time.Second  // until a copy is tried again that met a limit; twice as long each time
	sparedMost     = 6                // so often a copy is spared its attempt; after that its reader's own server has the limit
	fullAgain      = 30 * time.Second // until a copy is tried again whose mailbox may be full
	mostCuts       = 6                // so many cuts without a message accepted show a quota, and no rate,
	leastAsks      = 3                // if so many copies met the limit: one or two may have a server that always says so
	mostDoubts     = 4                // so many doubts at one domain are full mailboxes; more show a quota
	mostGreylisted = 3                // so many replies of LimitGreylisting cut the rate
	greylistRate   = 60               // messages a minute that they leave: greylisting ends sooner the sooner everybody was tried
	learntFor      = time.Hour        // what was learnt of a relay holds so long
	sayEvery       = time.Hour        // how often a timeline hears that the relay asks for less
)

// perConnection is how many messages a new connection is given, most at the most.
func (l *limits) perConnection(most int, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session > 0 && now.Sub(l.sessionAt) < learntFor {
		return min(l.session, most)
	}
	return most
}

// learn remembers after how many messages a connection had enough; closing: a 421 says
// so. That may have other reasons, and counts when it comes twice after as many.
func (l *limits) learn(n int, closing bool, now time.Time) (learnt bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.ended == n
	if closing {
		l.ended = n
	}
	if n < 1 || closing && !again {
		return false
	}
	learnt = l.session != n || now.Sub(l.sessionAt) >= learntFor
	l.session, l.sessionAt = n, now
	return learnt
}

// forget drops what was suspected, because a message was accepted.
func (l *limits) forget() {
	if !l.uneasy.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.uneasy.Store(false)
	l.since = suspicions{}
}

// suspect gives what is suspected, under the lock, which the caller must release.
func (l *limits) suspect() *suspicions {
	l.mu.Lock()
	l.uneasy.Store(true)
	return &l.since
}

// ask counts a copy that met LimitRate for the first time.
func (l *limits) ask() {
	defer l.mu.Unlock()
	l.suspect().askers++
}

// divisor says by what to divide the rate: by more when the last cut did not help.
func (l *limits) divisor() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since.cuts > 0 {
		return 4
	}
	return 2
}

// cut counts a cut of the rate. quota: so many did not help that a quota is used up;
// say: it is time to tell the timelines again.
func (l *limits) cut(now time.Time) (quota, say bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	s.cuts++
	if say = l.saidAt.IsZero() || now.Sub(l.saidAt) >= sayEvery; say {
		l.saidAt = now
	}
	return s.cuts >= mostCuts && s.askers >= leastAsks, say
}

// greylisted counts a reply of LimitGreylisting; many: it may be the rate after all.
func (l *limits) greylisted() (many bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	s.greylisted++
	return s.greylisted >= mostGreylisted
}

// doubt counts a LimitDoubt that met the first message of a connection. quota: there
// were some at two domains, or many at one, and nothing was accepted in between.
func (l *limits) doubt(domain string) (quota bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	if s.doubts++; s.doubts == 1 {
		s.domain = domain
	}
	return s.domain != domain || s.doubts > mostDoubts
}

// alternate says no and yes in turn. It is asked of probes whose copy met a limit
// before, which may be of that reader's own server: only each second one counts.
func (l *limits) alternate() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.second = !l.second
	return !l.second
}

// noteEverybody notes that mail of every list met a reply that might have been about
// one sender: for an hour it is taken for a limit.
func (l *limits) noteEverybody(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.everyAt = now
}

func (l *limits) toldEverybody(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.everyAt.IsZero() && now.Sub(l.everyAt) < learntFor
}

// spared is how often copies were spared an attempt because of a limit.
type spared map[copyKey]int

// copyKey is one copy, or one notice.
type copyKey struct {
	run deliver.IssueName // none: a notice
	n   uint64
	end bool // counts what it met at the end of its data, apart from the rest
}

// count counts a copy, and says how often it was spared before. When there are very
// many it begins anew: the limits are then met by so many that no single copy matters.
func (s *spared) count(key copyKey) (before int) {
	const most = 1 << 14
	if *s == nil || len(*s) >= most {
		*s = spared{}
	}
	before = (*s)[key]
	(*s)[key] = before + 1
	return before
}
