package storetest

import (
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// pendingModel is a failed copy of a run that is not judged yet.
type pendingModel struct {
	deliver.Settlement
	at time.Time
}

// notUs is a refusal for what we are, with which the copy waits.
var notUs = deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameSender, Stage: deliver.StageRcpt, Code: 550, Enhanced: "5.7.1"}

// forget drops all that is held against an entry.
func (w *world) forget(seq subscribe.Seq) {
	delete(w.strikes, seq)
	delete(w.pending, seq)
}

// strike notes what is held against the entry, if it still has the address.
func (w *world) strike(s deliver.Settlement) {
	seq := s.Reader.Seq
	if s.Result.Outcome == deliver.Accepted {
		w.took(seq)
		return
	}
	e := w.entries[seq-1]
	if !s.Struck() || w.taken || e.State != subscribe.Active || e.Address.Identity() != s.Reader.Address.Identity() {
		return
	}
	w.pending[seq] = pendingModel{s, w.b.clock.now()}
}

// judge applies what is pending at the end of the run, or drops it.
func (w *world) judge(excused bool) {
	for seq, p := range w.pending {
		delete(w.pending, seq)
		if excused {
			continue
		}
		e := w.entries[seq-1]
		next, suspend := w.strikes[seq].After(p.Settlement, w.slug, p.at, deliver.DefaultSuspendPolicy())
		w.strikes[seq] = next
		if suspend {
			w.forget(seq)
			w.marks[e.Address.Clear()] = e.Suspend(w.b.clock.now())
		}
	}
}

// trip pauses the run because of refusals.
func (w *world) trip(t *rapid.T) {
	if w.state != deliver.Running || w.final != nil || w.run == nil || rapid.IntRange(0, 2).Draw(t, "really") > 0 {
		t.Skip("not now")
	}
	w.b.must(w.b.TakeBack(t.Context(), named(w.slug), func(i *deliver.Issue, now time.Time) error { return i.Pause(deliver.Self, "", now) }))
	w.takeBack()
}

// takeBack is what becomes of a run that is paused for refusals.
func (w *world) takeBack() {
	w.state, w.pausedAt, w.taken = deliver.Paused, w.b.clock.now(), true
	clear(w.pending)
	for _, x := range w.back.all {
		x.judged = x.judged || x.slug == w.slug
	}
	for _, c := range w.copies {
		if w.again != 0 {
			break // it is for nobody else
		}
		if c.state == isRefused || c.state == isDeferred && c.ours {
			c.state, c.due = isDeferred, w.b.clock.now()
		}
	}
}
