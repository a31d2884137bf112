package engine

import (
	"strings"
	"time"

	"example.jp/kairan/deliver"
)

// consequence is what an attempt means for its copy.
type consequence struct {
	deliver.Result
	wait time.Duration // until a copy is tried again that is spared its attempt
}

// after decides when a copy is tried again; zero: never. once: it was uncertain before,
// and this attempt was the one more.
func (p Policy) after(v consequence, attempt int, once bool, now, expires time.Time, jitter float64) time.Time {
	var next time.Time
	switch r := v.Result; {
	case r.Outcome == deliver.Uncertain && (once || p.UncertainAfter < 0):
		return time.Time{}
	case r.Outcome == deliver.Uncertain:
		next = now.Add(p.UncertainAfter)
	case r.Outcome == deliver.Deferred && r.Blame.Spares():
		next = now.Add(v.wait) // a gate decides when
	case r.Outcome == deliver.Deferred:
		next = now.Add(p.Retry.Wait(attempt, jitter))
	default:
		return time.Time{}
	}
	if !next.Before(expires) {
		return time.Time{}
	}
	return next
}

// judgeReply decides what an attempt means for the connection, for the relay, for the
// list and for the copy.
func (w *worker) judgeReply(r deliver.Result, j job) consequence {
	w.used = w.e.now()
	w.learnFromFirst(r)
	if r.Broken {
		w.close()
	}
	switch {
	case r.Blame == deliver.BlameList && r.Stage > deliver.StageMail:
		return w.senderRefusedAtRCPT(r, j)
	case r.Blame == deliver.BlameList, r.Blame == deliver.BlameLimit && w.maybeSender(r, j):
		return w.senderRefused(r, j)
	case r.Blame == deliver.BlameLimit:
		return w.limitMet(r, j)
	}
	if r.Stage >= deliver.StageRcpt && !r.Blame.Spares() && !r.Broken {
		w.relayWorks()
	}
	if w.route.senders.anyHeld() && r.Stage >= deliver.StageRcpt && r.Code != 0 {
		w.e.listTaken(w.route, j)
	}
	switch {
	case r.Outcome == deliver.Accepted:
		w.rest = 0
		w.route.limits.forget()
	case r.Blame.Spares(): // nothing else has taken it: who spares the copy must hold somebody
		w.close()
		w.holdRelay((&deliver.Refusal{Result: r}).Error(), w.e.Policy.ourBackoff())
	case r.Broken && w.kill.Err() == nil && w.route.gate.countDrop():
		w.holdRelay((&deliver.Refusal{Result: r}).Error(), w.e.Policy.ourBackoff())
	case r.Limit() == deliver.LimitGreylisting && w.route.limits.greylisted():
		w.route.rate.cut(w.used, 2, greylistRate)
	}
	return consequence{Result: r}
}

// holdRelay holds everything, and relayWorks ends a hold. After either a probe has shown
// what it was for.
func (w *worker) holdRelay(why string, b backoff) {
	w.e.holdRelay(w.route, why, b)
	w.probe = false
}

func (w *worker) relayWorks() {
	w.e.relayWorks(w.route, w.probe)
	w.probe = false
}

// senderRefused decides what a refusal of the sender means.
func (w *worker) senderRefused(r deliver.Result, j job) consequence {
	rate := r.Blame == deliver.BlameLimit
	r.Blame = deliver.BlameList
	switch every := w.route.gate.isHeld() || w.e.holdList(w.route, j, r); {
	case every && rate:
		w.route.limits.noteEverybody(w.used)
		r.Blame = deliver.BlameLimit
		return w.limitMet(r, j)
	case every:
		w.holdRelay("every sender is refused: "+r.Stage.String()+": "+r.Reply(), w.e.Policy.ourBackoff())
	case rate:
		w.route.rate.resume() // what was cut while that list was alone
	}
	return consequence{Result: r}
}

// senderRefusedAtRCPT decides what a refusal of the sender means that came with a
// recipient. It may be that reader's own server that says so: a copy that met it
// before waits, so that the next trial is another one's, and holds nothing by itself.
func (w *worker) senderRefusedAtRCPT(r deliver.Result, j job) consequence {
	n := w.e.countSpared(j.key())
	if n == 0 {
		return w.senderRefused(r, j)
	}
	if why, _ := w.route.senders.of(j.list()); why != "" {
		w.senderRefused(r, j)
	}
	r.Blame = deliver.BlameLimit
	return w.postpone(r, n)
}

// maybeSender says whether a reply to MAIL that may ask for less is perhaps about
// the sender that was named: it says nothing but "policy", and mail of other lists
// is there to tell, or has told. If those are refused as well it was the rate.
func (w *worker) maybeSender(r deliver.Result, j job) bool {
	if r.Stage != deliver.StageMail || r.Code == 421 || r.Enhanced != "4.7.0" && r.Enhanced != "4.7.1" {
		return false
	}
	why, _ := w.route.senders.of(j.list())
	return why != "" || w.e.otherListDue(j.list(), w.used) && !w.route.limits.toldEverybody(w.used)
}

// limitMet decides what a limit means, for the relay and for the copy that met it.
// Up to DATA on a connection that was used before, a new one has been tried
// ([connection.isSpent]). A 421 4.7.x, or one behind MAIL on a first message, asks for
// less; any other to a first message holds the relay.
func (w *worker) limitMet(r deliver.Result, j job) consequence {
	before := w.sent - 1 // over this connection
	k := r.Limit()
	switch {
	case k == deliver.LimitRate, k == deliver.LimitClosing && (strings.HasPrefix(r.Enhanced, "4.7.") || before == 0 && r.Stage > deliver.StageMail):
		return w.askedForLess(r, j)
	case before > 0: // its data was refused; the next connection shows more
		w.most = 0
		if k != deliver.LimitDoubt {
			w.learn(before, k == deliver.LimitClosing)
		}
		key := j.key()
		key.end = true
		return w.postpone(r, w.e.countSpared(key))
	case k == deliver.LimitClosing:
		w.holdRelay("the relay takes no mail now: "+r.Stage.String()+": "+r.Reply(), w.e.Policy.ourBackoff())
		return consequence{Result: r}
	case k == deliver.LimitDoubt:
		return w.mailboxOrQuota(r, j)
	}
	return w.quotaUsedUp(r)
}

// mailboxOrQuota looks at a bare 452 to the first message of a connection. A copy
// that met it before shows nothing new: its mailbox is full.
func (w *worker) mailboxOrQuota(r deliver.Result, j job) consequence {
	n := w.e.countSpared(j.key())
	if w.route.gate.isHeld() {
		return w.limitWhileHeld(r, n)
	}
	if n == 0 && w.route.limits.doubt(j.domain()) {
		return w.quotaUsedUp(r)
	}
	if n > 0 {
		r.Blame = deliver.BlameNobody
	}
	return consequence{r, fullAgain}
}

// askedForLess cuts the rate for all connections, and lets the copy be tried again
// soon, each time later, without an attempt; but not for ever, because it may be
// its reader's own server that has the limit.
func (w *worker) askedForLess(r deliver.Result, j job) consequence {
	n := 0
	if r.Stage > deliver.StageMail {
		n = w.e.countSpared(j.key())
	}
	if w.route.gate.isHeld() {
		return w.limitWhileHeld(r, n)
	}
	limits := &w.route.limits
	if n == 0 {
		limits.ask()
	}
	now := w.e.now()
	if perMinute, cut := w.route.rate.cut(now, limits.divisor(), leastRate); cut {
		quota, say := limits.cut(now)
		w.e.Log.Warn("RelayThrottles", "relay", w.route.Name, "stage", r.Stage, "code", r.Code, "enhanced", r.Enhanced, "messages_per_minute", perMinute)
		if quota {
			return w.quotaUsedUp(r)
		}
		if say {
			w.e.remarkAll(w.e.of(w.route, "the relay asks for less ("+r.Stage.String()+": "+r.Reply()+"): it is given less, and slowly more again; no copy loses an attempt"))
		}
	}
	return w.postpone(r, n)
}

// postpone spares a copy an attempt that was spared n before, the first few times.
func (w *worker) postpone(r deliver.Result, n int) consequence {
	if n >= sparedMost {
		r.Blame = deliver.BlameNobody
	}
	return consequence{r, time.Duration(float64(soonAgain<<min(n, sparedMost)) * (1 + w.e.jitter()/2))}
}

// limitWhileHeld decides what a copy that met a limit n times before means while the
// relay is held. Its own server may say so, and then another copy shows more; but
// only one is tried at a time.
func (w *worker) limitWhileHeld(r deliver.Result, n int) consequence {
	v := consequence{Result: r}
	if n > 0 { // behind the next probe, which another copy is to be
		v.wait = max(soonAgain, 2*w.route.gate.waiting())
	}
	if n == 0 || w.route.limits.alternate() {
		w.quotaUsedUp(r)
	}
	return v
}

// quotaUsedUp holds the relay, because it takes no more for a time that nobody knows.
func (w *worker) quotaUsedUp(r deliver.Result) consequence {
	w.most = 0
	w.holdRelay("the relay takes no more for now ("+r.Stage.String()+": "+r.Reply()+"); a limit of its own, or of our account, is used up", w.e.Policy.limitBackoff())
	return consequence{Result: r}
}

// countSpared counts how often a copy was spared an attempt before.
func (e *Engine) countSpared(key copyKey) (before int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.spared.count(key)
}
