package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// limits is what is remembered of a relay's limits.
type limits struct {
	uneasy atomic.Bool // since holds something

	mu        sync.Mutex
	since     suspicions
	session   int       // messages that one connection is known to take; 0: not known
	sessionAt time.Time // when it was learnt
	ended     int       // messages after which the last 421 came
	again     bool      // a probe met one, of a copy that showed nothing new, and another copy was to show more
	everyAt   time.Time // when every sender was told what may be about one of them
	saidAt    time.Time // when the timelines were told last that it takes less
}

// suspicions are what was counted since a message was accepted.
type suspicions struct {
	cuts   int    // of the rate
	askers int    // copies that it was too high for, and had not been before
	pairs  int    // 4.7.1
	doubts int    // bare 452
	domain string // of the first of them
}

const (
	soonAgain  = 3 * time.Second  // a copy that the rate was too high for; doubles
	sparedMost = 6                // times; then it is the reader's own server that says so
	fullAgain  = 30 * time.Second // a copy whose mailbox may be full
	mostCuts   = 6                // without a message accepted: it is no rate, it is a quota
	leastAsks  = 3                // copies, of which none met it before
	mostDoubts = 4                // at one domain
	mostPairs  = 3                // before the rate is cut for them
	pairRate   = 60               // messages a minute: greylisting ends sooner the sooner everybody was tried
	learntFor  = time.Hour        // then more is tried again
	sayEvery   = time.Hour
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

// learn remembers after how many messages a connection had enough. A 421 may have
// other reasons, and counts when it comes twice after as many.
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

// forget ends what a limit was suspected for, since a message was accepted.
func (l *limits) forget() {
	if !l.uneasy.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.uneasy.Store(false)
	l.since = suspicions{}
}

// suspect locks what is suspected, until the caller unlocks it.
func (l *limits) suspect() *suspicions {
	l.mu.Lock()
	l.uneasy.Store(true)
	return &l.since
}

// ask counts a copy that the rate was too high for, and had not been before.
func (l *limits) ask() {
	defer l.mu.Unlock()
	l.suspect().askers++
}

// divisor is by what the rate is divided: by more when the last cut did not help.
func (l *limits) divisor() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since.cuts > 0 {
		return 4
	}
	return 2
}

// cut counts a cut of the rate; quota: so many did not help, and it is not a few
// readers whose own servers say so.
func (l *limits) cut(now time.Time) (quota, say bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	s.cuts++
	if say = l.saidAt.IsZero() || now.Sub(l.saidAt) >= sayEvery; say {
		l.saidAt = now
	}
	return s.cuts >= mostCuts && s.askers >= leastAsks, say
}

// pair counts a reply that is of one pair as a rule; many: it may be the rate after all.
func (l *limits) pair() (many bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	s.pairs++
	return s.pairs >= mostPairs
}

// doubt counts a bare 452 to the first message of a connection; quota: another
// domain had one too, or so many at one, and nothing was accepted in between.
func (l *limits) doubt(domain string) (quota bool) {
	defer l.mu.Unlock()
	s := l.suspect()
	if s.doubts++; s.doubts == 1 {
		s.domain = domain
	}
	return s.domain != domain || s.doubts > mostDoubts
}

// alternate says, of each two probes, whether it is the second.
func (l *limits) alternate() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.again = !l.again
	return !l.again
}

// noteEverybody notes that every sender was told that it was too much.
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
	end bool // it was refused at the end of its data
}

// count counts a copy, and says how often it was spared before. So many are not met
// by limits that forgetting them all would matter.
func (s *spared) count(key copyKey) (before int) {
	const most = 1 << 14
	if *s == nil || len(*s) >= most {
		*s = spared{}
	}
	before = (*s)[key]
	(*s)[key] = before + 1
	return before
}
