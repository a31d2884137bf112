package editor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Rehearse asks the relays about the issues whose start is near, each issue an hour and ten
// minutes before, and keeps what they say. It is for a worker to call every few seconds. A
// relay that is held, or that is at work, is asked when it is not any more.
func (e *Editor) Rehearse(ctx context.Context) {
	if wrong, _ := e.Clock(); wrong { // nobody knows whether it is time to
		return
	}
	live, err := e.Store.Live()
	if err != nil {
		e.Log.Error("CalendarFault", "err", err)
		return
	}
	due, relays := map[string][]*deliver.Issue{}, []string(nil)
	for _, i := range live {
		if e.Lists[i.Name.List] == nil {
			continue
		}
		for _, r := range e.Engine.RelaysFor(i.Name.List) {
			if !i.TrialDue(r, e.Now()) {
				continue
			}
			if due[r.Name] == nil {
				relays = append(relays, r.Name)
			}
			due[r.Name] = append(due[r.Name], i)
		}
	}
	for _, r := range relays {
		e.rehearse(ctx, r, due[r])
	}
}

// rehearse asks one relay, over one connection.
func (e *Editor) rehearse(ctx context.Context, relay string, issues []*deliver.Issue) {
	trials := make([]deliver.Trial, len(issues))
	for n, i := range issues {
		l := e.Lists[i.Name.List]
		trials[n] = deliver.TrialOf(l)
		trials[n].Size = e.octets(ctx, l, i)
	}
	answers := e.Engine.Try(ctx, relay, trials)
	if answers == nil || ctx.Err() != nil {
		return
	}
	for n, i := range issues {
		t := deliver.TriedOf(relay, answers[n], e.Now())
		err := e.Store.ChangeIssue(ctx, i.Name, func(stored *deliver.Issue, _ time.Time) error {
			stored.NoteTried(t)
			return nil
		})
		switch {
		case errors.Is(err, deliver.ErrNoIssue): // it was removed meanwhile
		case err != nil:
			e.Log.Error("TimelineFault", "issue", i.Name, "err", err)
		case t.Stage == 0:
			e.Log.Info("IssueTried", "issue", i.Name, "relay", relay)
		default:
			e.Log.Warn("IssueTrialRefused", "issue", i.Name, "relay", relay, "stage", t.Stage, "code", t.Code, "enhanced", t.Enhanced, "text", t.Text)
		}
	}
}

// octets is how large a reader's copy of an issue is; 0: it cannot be composed.
func (e *Editor) octets(ctx context.Context, l *subscribe.List, i *deliver.Issue) int {
	m, err := e.manuscript(i)
	if err != nil {
		return 0
	}
	c, _, err := e.Compiler.CompileRun(ctx, l, i.Name.Slug, m, i.Due)
	if err != nil {
		return 0
	}
	s, err := e.Compiler.Specimen(l, c)
	if err != nil {
		return 0
	}
	return s.Octets
}

// Unready are the issues that are to begin within the hour, and with which not all is well.
func (e *Editor) Unready() (all []Stuck, err error) {
	live, err := e.Store.Live()
	if err != nil {
		return nil, err
	}
	for _, i := range live {
		l := e.Lists[i.Name.List]
		if l == nil || !i.Within(e.Now()) {
			continue
		}
		lacks, err := e.lacks(l, i)
		if err != nil {
			return nil, err
		}
		if len(lacks) > 0 {
			all = append(all, e.unready(l, i, lacks))
		}
	}
	return all, nil
}

// unready says what an issue lacks in one text.
func (e *Editor) unready(l *subscribe.List, i *deliver.Issue, lacks []deliver.Lack) Stuck {
	verdict := "begins " + clock(i.Due, l) + ", and not all is well"
	s := Stuck{Issue: i.Name}
	var says []string
	for _, x := range lacks {
		if x.Stops {
			verdict = "is to begin " + clock(i.Due, l) + ", and would not"
		}
		s.Kinds, says = append(s.Kinds, x.Kind), append(says, x.Says)
	}
	s.Kinds = slices.Compact(s.Kinds)
	s.Why = i.Name.String() + " " + verdict + ": " + strings.Join(says, ". Besides, ")
	return s
}

// lacks are what is not well with a scheduled issue, the gravest first.
func (e *Editor) lacks(l *subscribe.List, i *deliver.Issue) ([]deliver.Lack, error) {
	ctx := context.Background() // it waits for nobody
	s := deliver.Seen{Issue: i.Name, Release: e.Held(), Start: e.Store.RoomToStart(), Relays: e.Engine.RelaysFor(l.ID), Tried: i.Tried}
	if wrong, why := e.Clock(); wrong {
		s.Clock = why
	}
	if s.List = e.refuseIfEnded(l, i.Name); s.List == nil && l.EraseDue(i.Due) {
		s.List = refused("the list %s is to be erased on %s, before its start", l.ID, l.EraseDay())
	}
	if i.Embargo.After(i.Due) {
		s.Embargo = clock(i.Embargo, l)
	}
	readers, err := e.Store.Count(l.ID)
	if err != nil {
		return nil, err
	}
	s.Books = e.Store.RoomToRun(readers)
	err = e.seeText(ctx, l, i, readers, &s)
	return s.Lacks(), err
}

// seeText sees what depends on the text of an issue.
func (e *Editor) seeText(ctx context.Context, l *subscribe.List, i *deliver.Issue, readers int, s *deliver.Seen) (err error) {
	var m deliver.Manuscript
	if m, s.Text = e.manuscript(i); s.Text != nil {
		return nil //nolint:nilerr // it is what there is to tell
	}
	var draft *source.Draft
	if _, draft, s.Text = e.Compiler.CompileRun(ctx, l, i.Name.Slug, m, i.Due); s.Text != nil {
		return nil //nolint:nilerr // likewise
	}
	s.Approval = e.refuseUnapproved(ctx, l, i, m)
	p := plan{l, i.Name, i.Due, e.lifetime(draft), readers}
	var f deliver.Forecast
	if f, _, s.Window = e.judgePlan(p); s.Window == nil {
		var crowd phrase.Words
		crowd, err = e.crowd(p, f)
		s.Rate = crowd.EN
	}
	return err
}

// addReadiness says of an issue whose start is near what is not well.
func (e *Editor) addReadiness(s *Status) (err error) {
	if s.Near = s.Issue.Within(e.Now()); s.Near {
		s.Lacks, err = e.lacks(s.List, s.Issue)
	}
	return err
}
