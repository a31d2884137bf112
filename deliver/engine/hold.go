package engine

import (
	"fmt"
	"time"

	"example.jp/kairan/deliver"
)

// holdRelay holds a relay, because it does not take us or takes no more. The next one,
// if there is one that is not held, takes over by itself.
func (e *Engine) holdRelay(r *route, why string, b backoff) {
	now := e.now()
	b.most = e.longestWait(b, now)
	first, next := r.gate.hold(why, b, now)
	if !first {
		return
	}
	e.Log.Error("RelayHeld", "relay", r.Name, "why", why, "next", next)
	e.returnNotices(r.senders.release()) // another relay may take them
	for _, other := range e.routes {
		if other.works(now) {
			e.remarkAll(r.Name + ": " + why + "; " + other.Name + " is used meanwhile")
			return
		}
	}
	e.remark(func(run *run) string {
		return fmt.Sprintf("no mail goes out: %s; tried again every %s at the latest, and no copy loses an attempt; what is not out in %s is given up",
			why, deliver.Span(b.most), deliver.Span(run.expires.Sub(now)))
	})
}

// longestWait is the longest wait of a back-off that leaves the running issues more than
// one try before their copies are given up.
func (e *Engine) longestWait(b backoff, now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	most := b.most
	for _, run := range e.runs {
		if left := run.expires.Sub(now); left > 0 {
			most = min(most, max(left/2, b.first))
		}
	}
	return most
}

// relayWorks notes that a relay is at work. Only a probe opens the gate, since any other
// message may have begun before it closed.
func (e *Engine) relayWorks(r *route, probe bool) {
	if r.gate.reopen(probe, e.now()) {
		e.Log.Info("RelayBack", "relay", r.Name)
		r.rate.resume()
		e.remarkAll(e.of(r, "the relay takes mail again"))
	}
}

// of says of which relay something is, where there are several.
func (e *Engine) of(r *route, what string) string {
	if len(e.routes) > 1 {
		return r.Name + ": " + what
	}
	return what
}

// holdList holds one list, because the relay refuses its sender; it returns
// whether the relay refuses every sender that was tried.
func (e *Engine) holdList(r *route, j job, x deliver.Result) (every bool) {
	list := j.list()
	why := "the relay refuses the sender of this list (" + x.Stage.String() + ": " + x.Reply() + ")"
	first, every, next := r.senders.refuse(list, why, j.trial, e.now())
	if every {
		e.returnNotices(r.senders.clear())
		return true
	}
	if !first {
		return false
	}
	e.Log.Error("SenderHeld", "relay", r.Name, "list", list, "code", x.Code, "enhanced", x.Enhanced, "next", next)
	e.remark(func(run *run) string {
		if run.list != list {
			return ""
		}
		if other := e.standIn(r, list); other != "" {
			return fmt.Sprintf("%s: %s; %s is used for it meanwhile", r.Name, why, other)
		}
		return fmt.Sprintf("waits: %s, and no copy loses an attempt; have the relay take mail from `return_path` of [lists.%s], or correct it; "+
			"it is tried again by itself every %s at the latest, and other lists go on", why, list, deliver.Span(e.Policy.ProbeEvery))
	})
	return false
}

// standIn is the relay that takes over for a list; "": none does.
func (e *Engine) standIn(r *route, list string) string {
	for _, other := range e.routes {
		if why, _ := other.senders.of(list); other != r && other.works(e.now()) && why == "" {
			return other.Name
		}
	}
	return ""
}

// listTaken notes that a relay took the sender of a list. If the job was a trial the
// hold of that list ends.
func (e *Engine) listTaken(r *route, j job) {
	list := j.list()
	over, parked := r.senders.take(list, j.trial, e.now())
	if !over {
		return
	}
	e.Log.Info("SenderBack", "relay", r.Name, "list", list)
	e.returnNotices(parked)
	e.remark(func(run *run) string {
		if run.list != list {
			return ""
		}
		return "the relay takes mail of this list again"
	})
	e.Wake()
}

func (e *Engine) returnNotices(parked []deliver.QueuedNotice) {
	for _, o := range parked {
		e.Outbox.ReturnNotice(o)
	}
}
