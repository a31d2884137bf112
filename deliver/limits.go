package deliver

import (
	"slices"
	"strings"
	"time"
)

// limits is what is remembered of a relay's limits.
type limits struct {
	session   int       // messages that one connection is known to take; 0: not known
	sessionAt time.Time // when it was learnt
	ended     int       // messages after which the last 421 came
	cuts      int       // of the rate, since a message was accepted
	askers    int       // copies that met it for the first time, since then
	pairs     int       // 4.7.1, since then
	doubts    int       // bare 452, since then
	domain    string    // of the first of them
	again     bool      // a probe met one, of a copy that showed nothing new, and another copy was to show more
	everyAt   time.Time // when every sender was told what may be about one of them
	saidAt    time.Time // when the timelines were told last that it takes less
}

const (
	soonAgain  = 3 * time.Second  // a copy that the rate was too high for; doubles
	sparedMost = 6                // times; then it is the reader's own server that says so
	fullAgain  = 30 * time.Second // a copy whose mailbox may be full
	mostCuts   = 6                // without a message accepted: it is no rate, it is a quota
	leastAsks  = 3                // copies, of which none met it before
	mostDoubts = 4                // at one domain
	mostPairs  = 3                // before the rate is cut for them
	pairPace   = 60               // messages a minute: greylisting ends sooner the sooner everybody was tried
	learntFor  = time.Hour        // then more is tried again
	sayEvery   = time.Hour
)

// perConnection is how many messages a new connection is given.
func (r *route) perConnection(now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.limits.session; n > 0 && now.Sub(r.limits.sessionAt) < learntFor {
		return min(n, r.PerConnection)
	}
	return r.PerConnection
}

// learn remembers after how many messages a connection had enough. A 421 may have
// other reasons, and counts when it comes twice after as many.
func (r *route) learn(n int, closing bool, now time.Time) (learnt bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.limits
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

// accepted ends what a limit was suspected for.
func (r *route) accepted() {
	if !r.uneasy.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uneasy.Store(false)
	r.limits.cuts, r.limits.askers, r.limits.pairs, r.limits.doubts, r.limits.domain = 0, 0, 0, 0, ""
}

// eager is by how much the rate is cut: more when the last cut did not help.
func (r *route) eager() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limits.cuts > 0 {
		return 4
	}
	return 2
}

// asks counts a copy that the rate was too high for, and had not been before.
func (r *route) asks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uneasy.Store(true)
	r.limits.askers++
}

// cut counts a cut of the rate; quota: so many did not help, and it is not a few
// readers whose own servers say so.
func (r *route) cut(now time.Time) (quota, say bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uneasy.Store(true)
	l := &r.limits
	l.cuts++
	if say = l.saidAt.IsZero() || now.Sub(l.saidAt) >= sayEvery; say {
		l.saidAt = now
	}
	return l.cuts >= mostCuts && l.askers >= leastAsks, say
}

// pair counts a reply that is of one pair as a rule; many: it may be the rate after all.
func (r *route) pair() (many bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uneasy.Store(true)
	r.limits.pairs++
	return r.limits.pairs >= mostPairs
}

// doubt counts a bare 452 to the first message of a connection; quota: another
// domain had one too, or so many at one, and nothing was accepted in between.
func (r *route) doubt(domain string) (quota bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uneasy.Store(true)
	l := &r.limits
	if l.doubts++; l.doubts == 1 {
		l.domain = domain
	}
	return l.domain != domain || l.doubts > mostDoubts
}

// again says, of each two probes, whether it is the second.
func (r *route) again() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limits.again = !r.limits.again
	return !r.limits.again
}

// copyKey is one copy, or one notice.
type copyKey struct {
	run IssueName // none: a notice
	n   uint64
	end bool // it was refused at the end of its data
}

func (j job) key() copyKey {
	if j.notice != nil {
		return copyKey{n: j.notice.N}
	}
	return copyKey{run: j.run.Name(), n: uint64(j.reader.Seq)}
}

// spare counts how often a copy was spared an attempt before. So many are not met
// by limits that forgetting them all would matter.
func (e *Engine) spare(key copyKey) (before int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	const most = 1 << 14
	if e.spared == nil || len(e.spared) >= most {
		e.spared = map[copyKey]int{}
	}
	before = e.spared[key]
	e.spared[key] = before + 1
	return before
}

// strange says whether a reply to MAIL that may ask for less is perhaps about the
// sender that was named: it says nothing but "policy", and mail of other lists is
// there to tell, or has told. If those are refused as well it was the rate.
func (w *worker) strange(r Result, j job) bool {
	if r.Stage != StageMail || r.Code == 421 || r.Enhanced != "4.7.0" && r.Enhanced != "4.7.1" {
		return false
	}
	why, _ := w.route.senders.of(j.list())
	return why != "" || w.e.others(j.list(), w.used) && !w.route.throttles(w.used)
}

// others says whether a run of another list has copies that can go out.
func (e *Engine) others(list string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.runs, func(a *active) bool { return a.list != list && !a.dry && !a.held(now) })
}

// throttles says whether the relay has lately told every sender that it was too much.
func (r *route) throttles(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.limits.everyAt.IsZero() && now.Sub(r.limits.everyAt) < learntFor
}

func (r *route) everybody(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limits.everyAt = now
}

// limited draws what a limit means, for the relay and for the copy that met it.
// Where a new connection could help, it has been tried.
func (w *worker) limited(r Result, j job) Result {
	before := w.sent - 1 // over this connection
	k := r.limit()
	switch {
	case k == limitRate, k == limitClosing && (strings.HasPrefix(r.Enhanced, "4.7.") || before == 0 && r.Stage > StageMail):
		return w.askedForLess(r, j)
	case before > 0: // its data was refused; the next connection shows more
		w.full = true
		if k != limitDoubt {
			w.learn(before, k == limitClosing)
		}
		key := j.key()
		key.end = true
		return w.soon(r, w.e.spare(key))
	case k == limitClosing:
		w.fault("the relay takes no mail now: "+r.Stage.String()+": "+r.reply(), w.e.Policy.ourPace())
		return r
	case k == limitDoubt:
		return w.mailboxOrQuota(r, j)
	}
	w.quota(r)
	return r
}

// mailboxOrQuota looks at a bare 452 to the first message of a connection. A copy
// that met it before shows nothing new: its mailbox is full.
func (w *worker) mailboxOrQuota(r Result, j job) Result {
	n := w.e.spare(j.key())
	if w.held() {
		return w.still(r, n)
	}
	if n == 0 && w.route.doubt(j.domain()) {
		w.quota(r)
		return r
	}
	r.soon = fullAgain
	if n > 0 {
		r.Blame = BlameNobody
	}
	return r
}

// askedForLess cuts the rate for all connections, and lets the copy be tried again
// soon, each time later, without an attempt; but not for ever, because it may be
// its reader's own server that has the limit.
func (w *worker) askedForLess(r Result, j job) Result {
	n := 0
	if r.Stage > StageMail {
		n = w.e.spare(j.key())
	}
	if w.held() {
		return w.still(r, n)
	}
	if n == 0 {
		w.route.asks()
	}
	now := w.e.now()
	if perMinute, cut := w.route.rate.cut(now, w.route.eager(), leastPace); cut {
		quota, say := w.route.cut(now)
		w.e.Log.Warn("RelayThrottles", "relay", w.route.Name, "stage", r.Stage, "code", r.Code, "enhanced", r.Enhanced, "messages_per_minute", perMinute)
		if quota {
			w.quota(r)
			return r
		}
		if say {
			w.e.remarkAll("the relay asks for less (" + r.Stage.String() + ": " + r.reply() + "): it is given less, and slowly more again; no copy loses an attempt")
		}
	}
	return w.soon(r, n)
}

// soon spares a copy an attempt, the first few times.
func (w *worker) soon(r Result, n int) Result {
	if n >= sparedMost {
		r.Blame = BlameNobody
	}
	r.soon = time.Duration(float64(soonAgain<<min(n, sparedMost)) * (1 + w.e.jitter()/2))
	return r
}

// held says whether the relay is, so that this was a probe or was under way before.
func (w *worker) held() bool {
	held, _, _ := w.route.gate.state()
	return held
}

// still draws what a copy that met a limit n times before means while the relay is
// held. Its own server may say so, and then another copy shows more; but only one
// is tried at a time.
func (w *worker) still(r Result, n int) Result {
	if n > 0 { // behind the next probe, which another copy is to be
		r.soon = max(soonAgain, 2*w.route.gate.waiting())
	}
	if n == 0 || w.route.again() {
		w.quota(r)
	}
	return r
}

// quota holds the relay, because it takes no more for a time that nobody knows.
func (w *worker) quota(r Result) {
	w.full = true
	w.fault("the relay takes no more for now ("+r.Stage.String()+": "+r.reply()+"); a limit of its own, or of our account, is used up", w.e.Policy.limitPace())
}

// spent says whether this connection has had enough, and not the relay, or was
// closed while it was idle: nothing of the message was sent, and a new one gets it
// at once.
func (w *worker) spent(r Result) bool {
	if w.sent <= 1 || w.kill.Err() != nil {
		return false
	}
	switch r.limit() {
	case limitSession, limitDoubt, limitClosing:
		return r.Stage <= StageData
	}
	return r.Stage == StageMail && r.Code == 0 && r.Broken
}

// renew closes a connection that is spent, and learns from it. What may have been
// a full mailbox is known when the next connection has taken the message.
func (w *worker) renew(r Result) {
	n := w.sent - 1
	switch r.limit() {
	case limitDoubt:
		w.proves = n
	case limitSession:
		w.learn(n, false)
	case limitClosing:
		if w.e.now().Sub(w.used) < time.Second { // or it was the silence that was too long
			w.learn(n, true)
		}
	}
	w.closeConn()
}

func (w *worker) learn(n int, closing bool) {
	if w.route.learn(n, closing, w.e.now()) {
		w.e.Log.Info("SessionLimit", "relay", w.route.Name, "messages", n)
	}
}
