package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// waitOut is what an issue waits for.
type waitOut struct {
	Why  string     `json:"why"`            // a sentence without its full stop
	Next *time.Time `json:"next,omitempty"` // when it goes on, or is tried again
	Sure bool       `json:"sure,omitempty"` // it goes on at Next, and is not only tried
}

// pace is how a list's issues go out at best.
func (h *service) pace(l *subscribe.List) deliver.Pace {
	return deliver.Pace{
		PerMinute: float64(h.cfg.Relay.PerMinute), Hours: l.Hours, Zone: l.Zone, Slow: l.StartSlow, SlowFor: l.StartSlowFor,
	}
}

// plan is a schedule to be judged before anything is stored.
type plan struct {
	list    *subscribe.List
	issue   deliver.IssueName
	due     time.Time
	live    time.Duration // of a copy, from the start
	readers int
}

// judge refuses a plan under which copies would be given up although nothing goes
// wrong, and warns of one that leaves little room for what may.
func (h *service) judge(p plan) (f deliver.Forecast, warning string, err error) {
	gone := p.due.Add(p.live)
	f = h.pace(p.list).Forecast(p.due, p.readers, 0, gone)
	const layout = "Mon 2006-01-02 15:04 MST"
	say := func(t time.Time) string { return t.In(p.list.Zone).Format(layout) }
	ends := "take longer than a year"
	if !f.Last.IsZero() {
		ends = "take until about " + say(f.Last)
	}
	switch {
	case !f.First.Before(gone):
		return f, "", refused("%s would reach nobody: %s sends from %s only (send_between), next from %s, and the copies of an issue that starts %s are given up %s. Schedule it within those hours, such as --at %q, or raise `expires` (%s now), or change send_between",
			p.issue, p.list.ID, between(p.list.Hours), say(f.First), say(p.due), say(gone), f.First.In(p.list.Zone).Format("2006-01-02 15:04"), span(p.live))
	case f.InTime < p.readers:
		more := ""
		if p.list.Hours != (subscribe.Hours{}) {
			more += ", or widen send_between"
		}
		if p.list.StartSlow > 0 && p.readers > p.list.StartSlow {
			more += fmt.Sprintf(", or shorten start_slow_for (%s now)", span(p.list.StartSlowFor))
		}
		return f, "", refused("%s would reach only about %s of %s: at %s a minute they %s, and copies are given up %s, %s after the start. Raise messages_per_minute or `expires`%s",
			p.issue, thousands(f.InTime), count(p.readers, "reader"), count(h.cfg.Relay.PerMinute, "message"), ends, say(gone), span(p.live), more)
	case p.readers > 0 && f.Shut(p.live):
		return f, fmt.Sprintf("the copies %s, and %s sends from %s only (send_between): what the relay defers then is given up %s, before it can be tried much more. Raise `expires` (%s now), or start earlier",
			ends, p.list.ID, between(p.list.Hours), say(gone), span(p.live)), nil
	case p.readers > 0 && f.Narrow(p.live):
		return f, fmt.Sprintf("the copies %s, and are given up %s: what the relay defers then may not go out. Raise `expires` (%s now), or messages_per_minute, or start earlier",
			ends, say(gone), span(p.live)), nil
	}
	return f, "", nil
}

// crowd warns of other issues that go out at the same time and share the rate.
func (h *service) crowd(p plan, f deliver.Forecast) (string, error) {
	live, err := h.store.Live()
	if err != nil {
		return "", err
	}
	others := 0
	for _, i := range live {
		n, from, err := h.toSend(i)
		if err != nil {
			return "", err
		}
		if n == 0 || i.Name == p.issue || f.Last.IsZero() || from.After(f.Last) {
			continue
		}
		others += n - h.pace(h.cfg.Lists[i.Name.List]).Forecast(from, n, 0, p.due).InTime // those are out when it starts
	}
	if others == 0 {
		return "", nil
	}
	gone := p.due.Add(p.live)
	if all := h.pace(p.list).Forecast(p.due, p.readers+others, 0, gone); all.Narrow(p.live) {
		return fmt.Sprintf("%s of other issues go out at about the same time, at %s a minute together: copies may be given up before their turn. Schedule it at another time, or raise messages_per_minute",
			count(others, "message"), count(h.cfg.Relay.PerMinute, "message")), nil
	}
	return "", nil
}

// toSend is how many copies an issue has still to send, and from when.
func (h *service) toSend(i *deliver.Issue) (n int, from time.Time, err error) {
	switch {
	case h.cfg.Lists[i.Name.List] == nil:
		return 0, from, nil
	case i.State == deliver.Running:
		b, err := h.store.Balance(i.Name)
		return b.Pending, h.now(), err
	case i.State == deliver.Scheduled:
		n, err := h.store.Count(i.Name.List)
		return n, i.Due, err
	}
	return 0, from, nil
}

// between says hours as people do.
func between(h subscribe.Hours) string {
	from, to, _ := strings.Cut(h.String(), "-")
	return from + " to " + to
}

// live is how long the copies of an issue are tried, from its start.
func (h *service) live(d *source.Draft) time.Duration {
	return cmp.Or(d.Expires, h.cfg.Sending.Expires)
}

// outlook adds to an issue's state how it goes on: when it ends, and what it
// waits for.
func (h *service) outlook(out *issueOut, l *subscribe.List, i *deliver.Issue) error {
	if l.Hours != (subscribe.Hours{}) {
		out.Hours = l.Hours.String()
	}
	if out.Copy != "" && (i.State == deliver.Scheduled || i.State == deliver.Running) {
		return nil // when it goes on, if it does, is not known
	}
	switch i.State {
	case deliver.Scheduled:
		draft, err := source.Parse(l, i.Source)
		if err != nil {
			out.Warnings = append(out.Warnings, "it cannot be composed any more: "+err.Error())
			return nil //nolint:nilerr // it is what there is to tell
		}
		p := plan{l, i.Name, i.Due, h.live(draft), out.Readers}
		f, warning, err := h.judge(p)
		if err != nil {
			warning = err.Error() // the readers have become more, or the configuration another
		}
		if warning == "" {
			if warning, err = h.crowd(p, f); err != nil {
				return err
			}
		}
		if warning != "" {
			out.Warnings = append(out.Warnings, warning)
		}
		out.PerMinute = float64(h.cfg.Relay.PerMinute)
		out.First, out.Ends = instant(f.First, l.Zone), instant(f.Last, l.Zone)
	case deliver.Running:
		out.Waits = h.waits(l, i, out.Books)
		h.ahead(out, l, i)
	case deliver.Paused, deliver.Held:
		word := i.State.String()
		for n := len(i.Timeline) - 1; n >= 0 && out.Waits == nil; n-- {
			if e := i.Timeline[n]; strings.HasPrefix(e.What, word) {
				out.Waits = &waitOut{Why: fmt.Sprintf("%s (%s, %s)", e.What, e.Actor, clock(&e.At, l.Zone.String()))}
			}
		}
	}
	return nil
}

// waits says what a running issue waits for; nil if only for the relay's rate.
func (h *service) waits(l *subscribe.List, i *deliver.Issue, b deliver.Balance) *waitOut {
	if !h.serving {
		return &waitOut{Why: "no server is running; start it with: kairan serve"}
	}
	w := h.engine.Waits(i.Name)
	if w.Why == "" {
		return h.waitsForTries(b)
	}
	out := &waitOut{Why: w.Why, Next: instant(w.Next, l.Zone), Sure: w.Sure}
	if now := h.now().In(l.Zone); w.Next.IsZero() && !l.Hours.Include(now) {
		out.Why = fmt.Sprintf("the list sends from %s only (send_between)", between(l.Hours))
		out.Next, out.Sure = instant(l.Hours.Change(now), l.Zone), true
	}
	return out
}

// waitsForTries speaks of a run in which every copy has had its first attempt.
func (h *service) waitsForTries(b deliver.Balance) *waitOut {
	var parts []string
	if b.Deferred > 0 {
		parts = append(parts, fmt.Sprintf("the relay has put off %s, tried %s", count(b.Deferred, "message"), h.cfg.Sending.Retry))
	}
	if b.Uncertain > 0 && h.cfg.Sending.Uncertain != config.UncertainHold {
		parts = append(parts, fmt.Sprintf("%s uncertain, sent once more after %s", thousands(b.Uncertain), span(h.cfg.Sending.UncertainAfter)))
	}
	if b.Pending+b.InFlight > 0 || parts == nil {
		return nil
	}
	return &waitOut{Why: strings.Join(parts, "; ")}
}

// ahead is when the rest of a running issue goes out, at the rate seen so far.
func (h *service) ahead(out *issueOut, l *subscribe.List, i *deliver.Issue) {
	if h.heldWhy() != "" {
		return // nothing goes out until somebody has looked
	}
	now := h.now()
	pace := h.pace(l)
	seen := min(h.meters.note(i, now, out.Books.Begun(), out.Waits != nil), h.most())
	if seen > 0 {
		pace.PerMinute = seen
		out.PerMinute = math.Round(seen*10) / 10
	}
	from := now
	if w := out.Waits; w != nil && w.Sure {
		from = *w.Next
		pace.Slow = 0 // that wait is known
	} else if w != nil && (w.Next != nil || seen == 0 || !h.serving) {
		return // nobody knows when the relay takes mail again, or how much of it
	}
	if out.Books.Pending == 0 {
		return
	}
	f := pace.Forecast(from, out.Books.Pending, out.Books.Begun(), i.Expires)
	out.Ends = instant(f.Last, l.Zone)
	if lost := out.Books.Pending - f.InTime; lost > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("about %s will be given up %s, before their turn comes",
			count(lost, "message"), clock(&i.Expires, l.Zone.String())))
	}
}

// most is the highest rate that any relay is given, in messages a minute. What is
// saved up while nothing went out goes at once, so that for a moment more is seen.
func (h *service) most() float64 {
	n := h.cfg.Relay.PerMinute
	for _, r := range h.cfg.Fallback {
		n = max(n, r.PerMinute)
	}
	return float64(n)
}

// meters sees the rates of the running issues.
type meters struct {
	mu sync.Mutex
	of map[deliver.IssueName]*deliver.Meter
}

// note adds a look at an issue, and returns its rate in messages a minute.
func (m *meters) note(i *deliver.Issue, now time.Time, begun int, waits bool) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[deliver.IssueName]*deliver.Meter{}
	}
	meter := m.of[i.Name]
	if meter == nil {
		meter = &deliver.Meter{}
		m.of[i.Name] = meter
		if now.Sub(i.Started) < time.Minute { // it is as good as seen from its start
			meter.Note(i.Started, 0, false)
		}
	}
	meter.Note(now, begun, waits)
	return meter.PerMinute()
}

// keep forgets the issues that no longer run.
func (m *meters) keep(running map[deliver.IssueName]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.of {
		if !running[name] {
			delete(m.of, name)
		}
	}
}

// meter looks at every running issue, so that whoever asks for its status hears
// a rate at once.
func (h *service) meter(context.Context) {
	live, err := h.store.Live()
	running := map[deliver.IssueName]bool{}
	for _, i := range live {
		if i.State != deliver.Running {
			continue
		}
		running[i.Name] = true
		b, fault := h.store.Balance(i.Name)
		if err = errors.Join(err, fault); fault == nil {
			h.meters.note(i, h.now(), b.Begun(), h.engine.Waits(i.Name).Why != "")
		}
	}
	h.meters.keep(running)
	if err != nil {
		h.log.Error("MeterFault", "err", err)
	}
}
