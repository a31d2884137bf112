package editor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
)

// Stuck is an issue that does not go on as was promised.
type Stuck struct {
	Issue deliver.IssueName
	Why   string // in words, with its name
	// Kinds are those of what it lacks, for [Editor.Unready] alone.
	Kinds []string
}

const (
	// lateStart is how long after its time an issue that has not begun is late.
	lateStart = 2 * time.Minute
	// lateEnd is how long after what was foretold one is late whose last copy had no
	// attempt yet, at least: a forecast knows neither the relay nor what goes out beside.
	lateEnd = 15 * time.Minute
	// forgotten is how long after somebody paused an issue that is remembered.
	forgotten = time.Hour
)

// Late are the issues that have not begun in time, and those that were to be out by now.
func (e *Editor) Late() (all []Stuck, err error) {
	live, err := e.Store.Live()
	if err != nil {
		return nil, err
	}
	now, books, together := e.Now(), map[deliver.IssueName]deliver.Balance{}, 0
	for _, i := range live {
		if i.State == deliver.Running {
			if books[i.Name], err = e.Store.Balance(i.Name); err != nil {
				return nil, err
			}
			together += books[i.Name].Audience
		}
	}
	for _, i := range live {
		switch b := books[i.Name]; i.State {
		case deliver.Scheduled:
			if by := now.Sub(i.Due); by >= lateStart {
				all = append(all, Stuck{Issue: i.Name, Why: fmt.Sprintf("%s was due %s ago and has not begun", i.Name, deliver.Span(by))})
			}
		case deliver.Running:
			if end := e.foretold(i, together); b.Pending > 0 && !end.IsZero() && now.After(end) {
				all = append(all, Stuck{Issue: i.Name, Why: fmt.Sprintf("%s was to be out by %s, and %s still wait for a first attempt",
					i.Name, clock(end, e.Lists[i.Name.List]), deliver.Count(b.Pending, "reader"))})
			}
		}
	}
	return all, nil
}

// foretold is when so many copies, those of a running issue and of those beside it, were
// to have their first attempts, and some time more; zero: not known.
func (e *Editor) foretold(i *deliver.Issue, copies int) time.Time {
	l := e.Lists[i.Name.List]
	if l == nil {
		return time.Time{}
	}
	from := i.Started
	if n := lastOf(i, "resumed"); n >= 0 {
		from = i.Timeline[n].At
	}
	if n := len(i.Again); n > 0 && from.Before(i.Again[n-1].At) {
		from = i.Again[n-1].At
	}
	last := e.pace(l, i.Started).Forecast(from, copies, 0, i.Expires).Last
	if last.IsZero() {
		return last
	}
	return last.Add(max(lateEnd, last.Sub(from)/4))
}

// Paused are the issues that paused themselves, and those that somebody paused and may
// have forgotten.
func (e *Editor) Paused() (all []Stuck, err error) {
	live, err := e.Store.Live()
	for _, i := range live {
		if n := lastOf(i, "paused"); i.State == deliver.Paused && (n < 0 || i.Timeline[n].Actor == deliver.Self || e.Now().Sub(i.PausedAt) >= forgotten) {
			all = append(all, stuck(i, n, "paused"))
		}
	}
	return all, err
}

// NotStarted are the issues that were due and are held.
func (e *Editor) NotStarted() (all []Stuck, err error) {
	held, err := e.Store.HeldIssues()
	for _, i := range held {
		all = append(all, stuck(i, lastOf(i, "held"), "held"))
	}
	return all, err
}

func stuck(i *deliver.Issue, n int, what string) Stuck {
	if n >= 0 {
		what = i.Timeline[n].What
		if by := i.Timeline[n].Actor; by != deliver.Self {
			what += " by " + by
		}
	}
	return Stuck{Issue: i.Name, Why: fmt.Sprintf("%s is %s", i.Name, what)}
}

// lastOf is where the last event of a timeline stands that begins so; -1: nowhere.
func lastOf(i *deliver.Issue, word string) int {
	for n, x := range slices.Backward(i.Timeline) {
		if strings.HasPrefix(x.What, word) {
			return n
		}
	}
	return -1
}
