package editor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Status is where an issue stands. Nothing of it is about a reader.
type Status struct {
	List    *subscribe.List
	Issue   *deliver.Issue
	Readers int // of the list now
	Books   deliver.Balance

	Relay string // why no mail goes out; "": it does
	Copy  string // why nothing goes out, since the database is a copy that was put back; "": it is not
	Clock string // why a scheduled issue does not start, since the clock is wrong; "": it is right

	// Of [Editor.Status] alone:
	Hours string       // of the list, as declared; "": it sends always
	Wait  deliver.Wait // what keeps it, if not only the rate does
	First time.Time    // about when the first copy of a scheduled one goes out; zero: not known
	Ends  time.Time    // about when the last copy has its first attempt; zero: not known
	// PerMinute is the rate of a running issue as seen so far; of a scheduled one, the
	// relay's, or the sum of those that share; 0: not known.
	PerMinute float64
	Warnings  []phrase.Words // of how the issue goes out
	// Page is where anybody can read it from its start on; "": nowhere. Withdrawn is since
	// when its page says no more than that it is; zero: it says what the issue does.
	Page      string
	Withdrawn time.Time

	// Near: it begins within the hour, and this is not well by then, the gravest first.
	Near  bool
	Lacks []deliver.Lack

	// Where the list asks for another account's approval:
	NeedsApproval bool             // it has not begun
	Approval      deliver.Approval // of what it is now, or was when it began; zero: none
	Content       deliver.Content  // what would be approved now

	Findings finding.List // in its text, from [Editor.Add], [Editor.Schedule] and [Editor.Foresee] alone

	// Of [Editor.Schedule] and [Editor.Foresee]:
	Instead time.Time // when it was to start before; zero: it had no time
	Seen    string    // the word of what was shown
}

// Status says where an issue stands, how it goes on, when it ends and what it waits for.
func (e *Editor) Status(ctx context.Context, name string) (Status, error) {
	l, i, err := e.find(name)
	if err != nil {
		return Status{}, err
	}
	s, err := e.describe(l, i)
	if err == nil {
		err = e.addPage(&s)
	}
	if err == nil {
		err = e.addReadiness(&s)
	}
	if err != nil {
		return s, err
	}
	e.addApproval(ctx, &s)
	return s, e.outlook(ctx, &s)
}

// Statuses say where the issues of a list stand; "": those of all.
func (e *Editor) Statuses(ctx context.Context, list string) (all []Status, err error) {
	lists := e.Order
	if list != "" {
		if _, err := e.list(list); err != nil {
			return nil, err
		}
		lists = []string{list}
	}
	for _, id := range lists {
		issues, err := e.Store.Issues(id)
		if err != nil {
			return nil, err
		}
		for _, i := range issues {
			s, err := e.describe(e.Lists[id], i)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func (e *Editor) describe(l *subscribe.List, i *deliver.Issue) (s Status, err error) {
	s = Status{List: l, Issue: i, Copy: e.Held()}
	if s.Books, err = e.Store.Balance(i.Name); err != nil {
		return s, err
	}
	if s.Readers, err = e.Store.Count(l.ID); err != nil {
		return s, err
	}
	if stopped, why, _ := e.Engine.Stopped(); stopped {
		s.Relay = why
	}
	if wrong, why := e.Clock(); wrong && i.State == deliver.Scheduled {
		s.Clock = "the clock is wrong: " + why
	}
	return s, nil
}

// outlook adds how the issue goes on.
func (e *Editor) outlook(ctx context.Context, s *Status) error {
	l, i := s.List, s.Issue
	if l.Hours != (subscribe.Hours{}) {
		s.Hours = l.Hours.String()
	}
	if s.Copy != "" && (i.State == deliver.Scheduled || i.State == deliver.Running) {
		return nil // when it goes on, if it does, is not known
	}
	switch i.State {
	case deliver.Scheduled:
		return e.promise(ctx, s)
	case deliver.Running:
		s.Wait = e.wait(s)
		e.ahead(s)
	case deliver.Paused, deliver.Held:
		word := i.State.String()
		for n := len(i.Timeline) - 1; n >= 0 && s.Wait.Why == ""; n-- {
			if x := i.Timeline[n]; strings.HasPrefix(x.What, word) {
				s.Wait.Why = fmt.Sprintf("%s (%s, %s)", x.What, x.Actor, clock(x.At, l))
			}
		}
	}
	return nil
}

// promise adds when a scheduled issue begins and ends.
func (e *Editor) promise(ctx context.Context, s *Status) error {
	m, err := e.manuscript(s.Issue)
	if err != nil {
		return err
	}
	draft, err := e.Compiler.Draft(ctx, s.List, m)
	if err != nil {
		s.Warnings = append(s.Warnings, phrase.Say("it cannot be composed any more: %s", err))
		return nil // it is what there is to tell
	}
	p := plan{s.List, s.Issue.Name, s.Issue.Due, e.lifetime(draft), s.Readers}
	f, warning, err := e.judgePlan(p)
	if err != nil {
		warning = phrase.Of(err) // the readers have become more, or the configuration another
	}
	if warning.EN == "" {
		if warning, err = e.crowd(p, f); err != nil {
			return err
		}
	}
	if warning.EN != "" {
		s.Warnings = append(s.Warnings, warning)
	}
	if pace := e.pace(s.List, p.due); s.List.StartSlow == 0 && pace.Slow > 0 && p.readers > pace.Slow {
		s.Warnings = append(s.Warnings, phrase.Say("readers were imported onto %s within a week before it: after %s it waits %s once, for a look at the refusals",
			s.List.ID, phrase.Number(deliver.Count(pace.Slow, "message")), phrase.Number(deliver.Span(pace.SlowFor))))
	}
	s.First, s.Ends, s.PerMinute = f.First, f.Last, e.full()
	return nil
}

// wait is what a running issue waits for; none if only for the relay's rate.
func (e *Editor) wait(s *Status) deliver.Wait {
	if !e.Serving {
		return deliver.Wait{Why: "no server is running; start it with: kairan serve"}
	}
	w, l := e.Engine.Waits(s.Issue.Name), s.List
	if w.Why == "" {
		if s.Issue.IsAgain() {
			again := s.Issue.Again[len(s.Issue.Again)-1]
			return deliver.Wait{Why: fmt.Sprintf("it goes once more to %s (%s)", deliver.Count(again.Copies, "reader"), again.To)}
		}
		return e.tries(s.Books)
	}
	if now := e.Now().In(l.Zone); w.Next.IsZero() && !l.Hours.Include(now) {
		return deliver.Wait{Why: fmt.Sprintf("the list sends from %s only (send_between)", between(l.Hours)), Next: l.Hours.Change(now), Sure: true}
	}
	return w
}

// tries is what a run waits for in which every copy has had its first attempt.
func (e *Editor) tries(b deliver.Balance) (w deliver.Wait) {
	if b.Pending+b.InFlight > 0 {
		return w
	}
	var parts []string
	if b.Deferred > 0 {
		parts = append(parts, fmt.Sprintf("the relay has put off %s, tried %s", deliver.Count(b.Deferred, "message"), e.Sending.Retry))
	}
	if b.Uncertain > 0 && e.Sending.UncertainAfter >= 0 {
		parts = append(parts, fmt.Sprintf("%s uncertain, sent once more after %s", deliver.Thousands(b.Uncertain), deliver.Span(e.Sending.UncertainAfter)))
	}
	w.Why = strings.Join(parts, "; ")
	return w
}

// ahead adds when the rest of a running issue goes out, at the rate seen so far.
func (e *Editor) ahead(s *Status) {
	now, w := e.Now(), s.Wait
	pace := e.pace(s.List, s.Issue.Started)
	seen := min(e.rates.note(s.Issue, now, s.Books.Begun(), w.Why != ""), e.most())
	if seen > 0 {
		pace = pace.AtRate(seen, now)
		s.PerMinute = math.Round(seen*10) / 10
	}
	from := now
	if w.Sure {
		from = w.Next
		pace.Slow = 0 // that wait is known
	} else if w.Why != "" && (!w.Next.IsZero() || seen == 0 || !e.Serving) {
		return // nobody knows when the relay takes mail again, or how much of it
	}
	if s.Books.Pending == 0 {
		return
	}
	f := pace.Forecast(from, s.Books.Pending, s.Books.Begun(), s.Issue.Expires)
	s.Ends = f.Last
	if lost := s.Books.Pending - f.InTime; lost > 0 {
		s.Warnings = append(s.Warnings, phrase.Say("about %s will be given up %s, before their turn comes",
			phrase.Number(deliver.Count(lost, "message")), clock(s.Issue.Expires, s.List)))
	}
}

// Measure looks at every running issue, so that whoever asks for its status hears a
// rate at once, and writes down how far it has got, for the report. It is for a worker to call every few seconds.
func (e *Editor) Measure(ctx context.Context) {
	live, err := e.Store.Live()
	running := map[deliver.IssueName]bool{}
	for _, i := range live {
		if i.State != deliver.Running {
			continue
		}
		running[i.Name] = true
		b, fault := e.Store.Balance(i.Name)
		if err = errors.Join(err, fault); fault == nil {
			e.rates.note(i, e.Now(), b.Begun(), e.Engine.Waits(i.Name).Why != "")
			err = errors.Join(err, e.read(ctx, i, b))
		}
	}
	e.rates.keep(running)
	if err != nil {
		e.Log.Error("MeterFault", "err", err)
	}
}

// read keeps how far a run has got, if a step has passed since that was last kept.
func (e *Editor) read(ctx context.Context, i *deliver.Issue, b deliver.Balance) error {
	now := e.Now()
	more := i.ReadAgain(b, e.rates.look(i.Name, deliver.ReadingOf(b, now)), now)
	if len(more) == 0 {
		return nil
	}
	return e.Store.ChangeIssue(ctx, i.Name, func(i *deliver.Issue, _ time.Time) error {
		if i.State == deliver.Running {
			i.Note(more...)
		}
		return nil
	})
}
