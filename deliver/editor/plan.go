package editor

import (
	"cmp"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// plan is a schedule to be judged before anything is stored.
type plan struct {
	list     *subscribe.List
	issue    deliver.IssueName
	due      time.Time
	lifetime time.Duration // of its copies, from the start
	readers  int
}

// checkFeasible refuses a due time from which the issue cannot reach its readers. If
// its state does not allow it, or the time has passed, that is said first.
func (e *Editor) checkFeasible(l *subscribe.List, i *deliver.Issue, due time.Time, draft *source.Draft) error {
	try := *i
	try.Timeline = nil
	if err := try.Schedule(due, "", l.Zone, e.Now()); err != nil {
		return err
	}
	readers, err := e.Store.Count(l.ID)
	if err != nil {
		return err
	}
	_, _, err = e.judgePlan(plan{l, i.Name, due, e.lifetime(draft), readers})
	return err
}

// lifetime is how long the copies of an issue are tried, from its start.
func (e *Editor) lifetime(d *source.Draft) time.Duration { return cmp.Or(d.Expires, e.Sending.Expires) }

// pace is how an issue of a list that starts at from goes out at best.
func (e *Editor) pace(l *subscribe.List, from time.Time) deliver.Pace {
	p := paceOf(e.Store, l, from)
	p.Relays = e.Sending.Pace
	return p
}

// full is how many messages a minute the first relay is given, with those that share with
// it, while none of them rests.
func (e *Editor) full() float64 { return deliver.Pace{Relays: e.Sending.Pace}.Full() }

// most is the highest rate that relays are given which share the load, in messages a
// minute. What is saved up while nothing went out goes at once, so that for a moment more
// is seen.
func (e *Editor) most() (most float64) {
	for n, r := range e.Sending.Pace {
		if n == 0 || !r.Beside {
			most = max(most, deliver.Pace{Relays: e.Sending.Pace[n:]}.Full())
		}
	}
	return most
}

// narrows says what lets a list send at some hours only.
func narrows(l *subscribe.List) phrase.Words {
	if l.Hours == (subscribe.Hours{}) {
		return phrase.Say("the relays rest at other hours (`rest`)")
	}
	return phrase.Say("%s sends from %s only (send_between)", l.ID, phrase.Words{EN: between(l.Hours), JA: strings.Replace(between(l.Hours), " to ", "〜", 1)})
}

// judgePlan refuses a plan under which copies would be given up although nothing goes
// wrong, and warns of one that leaves little room for what may.
func (e *Editor) judgePlan(p plan) (f deliver.Forecast, warning phrase.Words, err error) {
	gone := p.due.Add(p.lifetime)
	f = e.pace(p.list, p.due).Forecast(p.due, p.readers, 0, gone)
	say := func(t time.Time) string { return clock(t, p.list) }
	ends, lifetime := phrase.Say("take longer than a year"), phrase.Number(deliver.Span(p.lifetime))
	if !f.Last.IsZero() {
		ends = phrase.Say("take until about %s", say(f.Last))
	}
	switch {
	case !f.First.Before(gone):
		return f, warning, refused("%s would reach nobody: %s, next from %s, and the copies of an issue that starts %s are given up %s. Schedule it within those hours, such as --at %q, or raise `expires` (%s now), or change these hours",
			p.issue, narrows(p.list), say(f.First), say(p.due), say(gone), f.First.In(p.list.Zone).Format("2006-01-02 15:04"), lifetime)
	case f.InTime < p.readers:
		hours, slow := phrase.Words{}, phrase.Words{}
		if p.list.Hours != (subscribe.Hours{}) {
			hours = phrase.Say(", or widen send_between")
		}
		if p.list.StartSlow > 0 && p.readers > p.list.StartSlow {
			slow = phrase.Say(", or shorten start_slow_for (%s now)", phrase.Number(deliver.Span(p.list.StartSlowFor)))
		}
		return f, warning, refused("%s would reach only about %s of %s: at %s a minute they %s, and copies are given up %s, %s after the start. Raise messages_per_minute or `expires`%s%s",
			p.issue, deliver.Thousands(f.InTime), phrase.Number(deliver.Count(p.readers, "reader")), phrase.Number(deliver.Count(int(e.full()), "message")), ends, say(gone), lifetime, hours, slow)
	case p.readers > 0 && f.Shut(p.lifetime):
		return f, phrase.Say("the copies %s, and %s: what the relay defers then is given up %s, before it can be tried much more. Raise `expires` (%s now), or start earlier",
			ends, narrows(p.list), say(gone), lifetime), nil
	case p.readers > 0 && f.Narrow(p.lifetime):
		return f, phrase.Say("the copies %s, and are given up %s: what the relay defers then may not go out. Raise `expires` (%s now), or messages_per_minute, or start earlier",
			ends, say(gone), lifetime), nil
	}
	return f, warning, nil
}

// crowd warns of other issues that go out at the same time and share the rate.
func (e *Editor) crowd(p plan, f deliver.Forecast) (warning phrase.Words, err error) {
	live, err := e.Store.Live()
	if err != nil {
		return warning, err
	}
	others := 0
	for _, i := range live {
		n, from, err := e.toSend(i)
		if err != nil {
			return warning, err
		}
		if n == 0 || i.Name == p.issue || f.Last.IsZero() || from.After(f.Last) {
			continue
		}
		others += n - e.pace(e.Lists[i.Name.List], from).Forecast(from, n, 0, p.due).InTime // those are out when it starts
	}
	if others == 0 {
		return warning, nil
	}
	gone := p.due.Add(p.lifetime)
	if all := e.pace(p.list, p.due).Forecast(p.due, p.readers+others, 0, gone); all.Narrow(p.lifetime) {
		return phrase.Say("%s of other issues go out at about the same time, at %s a minute together: copies may be given up before their turn. Schedule it at another time, or raise messages_per_minute",
			phrase.Number(deliver.Count(others, "message")), phrase.Number(deliver.Count(int(e.full()), "message"))), nil
	}
	return warning, nil
}

// toSend is how many copies an issue has still to send, and from when.
func (e *Editor) toSend(i *deliver.Issue) (n int, from time.Time, err error) {
	switch {
	case e.Lists[i.Name.List] == nil:
		return 0, from, nil
	case i.State == deliver.Running:
		b, err := e.Store.Balance(i.Name)
		return b.Pending, e.Now(), err
	case i.State == deliver.Scheduled:
		n, err := e.Store.Count(i.Name.List)
		return n, i.Due, err
	}
	return 0, from, nil
}

// clock prints an instant as people of the list's zone read it.
func clock(t time.Time, l *subscribe.List) string {
	return t.In(l.Zone).Format("Mon 2006-01-02 15:04 MST")
}

// between says hours as people do.
func between(h subscribe.Hours) string {
	from, to, _ := strings.Cut(h.String(), "-")
	return from + " to " + to
}
