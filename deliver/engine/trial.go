package engine

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
)

// RelaysFor say how each relay is for the mail of a list, in the order in which they are
// used; none before Run.
func (e *Engine) RelaysFor(list string) (all []deliver.RelayNow) {
	for _, r := range e.allRoutes() {
		x := deliver.RelayNow{Name: r.Name, Back: r.backFor(list), Beside: r.Beside, Rests: r.rests(e.now())}
		if _, x.Why, _ = e.stateOf(r); x.Why == "" {
			x.Why, _ = r.senders.of(list)
			x.OfList = x.Why != ""
		}
		all = append(all, x)
	}
	return all
}

// backFor is when a relay last took mail of a list again, having been held; zero: it was not.
func (r *route) backFor(list string) time.Time {
	opened := r.gate.lastOpened()
	if taken := r.senders.lastTaken(list); taken.After(opened) {
		return taken
	}
	return opened
}

// Try asks a relay whether it would take these, over a connection of its own, and sends
// nothing. A login that fails is the answer to all. The answers are nil where the relay is
// not asked: it is held or rests, or mail goes out over it, and one more connection might be one too
// many. Whatever it says holds nothing and counts for nothing: only a message can tell.
func (e *Engine) Try(ctx context.Context, relay string, trials []deliver.Trial) []*deliver.Refusal {
	for _, r := range e.allRoutes() {
		asks, can := r.trier()
		if r.Name != relay || !can || !r.works(e.now()) || r.countOpen(0) > 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, loginPatience)
		defer cancel()
		answers, err := asks.Try(ctx, trials)
		if err != nil {
			answers = make([]*deliver.Refusal, len(trials))
			for n := range answers {
				answers[n] = deliver.RefusalOf(err)
			}
		}
		return answers
	}
	return nil
}

// trier is the relay's transport, if it can ask.
func (r *route) trier() (deliver.Trier, bool) {
	t := r.Transport
	if w, is := t.(*watched); is {
		t = w.Transport // what is asked here says nothing of how the last login for mail went
	}
	asks, can := t.(deliver.Trier)
	return asks, can
}
