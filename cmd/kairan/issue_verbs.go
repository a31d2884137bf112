package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// What the issue verbs take and give over the socket. None of it is about a reader.
type (
	named struct {
		Issue string `json:"issue"`
	}
	cancelIn struct {
		Issue string `json:"issue"`
		Lose  bool   `json:"lose"` // also if it is under way, and the rest of it is lost
	}
	addIn struct {
		Issue  string `json:"issue"`
		Source []byte `json:"source"`
	}
	issueOut struct {
		Issue   string          `json:"issue"`
		Subject string          `json:"subject"`
		State   string          `json:"state"`
		Zone    string          `json:"zone"`
		Due     *time.Time      `json:"due,omitempty"`
		Started *time.Time      `json:"started,omitempty"`
		Ended   *time.Time      `json:"ended,omitempty"`
		Expires *time.Time      `json:"expires,omitempty"` // when no copy is tried any more
		Readers int             `json:"readers"`           // of the list now
		Books   deliver.Balance `json:"balance"`
		Balance bool            `json:"balances"`
		Relay   string          `json:"relay,omitempty"` // why no mail goes out, if none does
		Copy    string          `json:"copy,omitempty"`  // why nothing goes out, if the database is a copy that was put back
		Clock   string          `json:"clock,omitempty"` // why a scheduled issue does not start, if the clock is wrong
		Waits   *waitOut        `json:"waits,omitempty"` // what keeps it, if not only the rate does
		First   *time.Time      `json:"first,omitempty"` // about when the first copy of a scheduled one goes out
		Ends    *time.Time      `json:"ends,omitempty"`  // about when the last copy has its first attempt
		// PerMinute is the rate of a running issue as seen so far; of a scheduled one, the relay's.
		PerMinute float64    `json:"per_minute,omitempty"`
		Hours     string     `json:"send_between,omitempty"` // of the list
		Tested    bool       `json:"tested"`                 // this very text was sent to a tester
		Testers   int        `json:"testers"`                // that the list has
		Events    []eventOut `json:"timeline,omitempty"`

		Warnings []string `json:"warnings,omitempty"` // of the source just added, or of how the issue goes out
	}
	eventOut struct {
		At    time.Time `json:"at"`
		Actor string    `json:"actor"`
		What  string    `json:"what"`
	}
	lsIn struct {
		List string `json:"list"` // "": all
	}
	scheduleIn struct {
		Issue string `json:"issue"`
		At    string `json:"at"`  // in the list's zone
		Now   bool   `json:"now"` // after the delay of the configuration
	}
	previewOut struct {
		Subject, HTML, Text string
	}
	testOut struct {
		Testers []testerOut `json:"testers"`
	}
	testerOut struct {
		Tester  int    `json:"tester"` // by its place in the configuration; never the address
		Outcome string `json:"outcome"`
		Reply   string `json:"reply,omitempty"`
	}
)

// lookUp parses the name and finds its list.
func (h *service) lookUp(s string) (l *subscribe.List, name deliver.IssueName, err error) {
	if name, err = deliver.ParseIssueName(s); err != nil {
		return nil, name, usage("%w", err)
	}
	if l = h.cfg.Lists[name.List]; l == nil {
		return nil, name, usage("there is no list %q; `kairan list ls` shows the lists", name.List)
	}
	return l, name, nil
}

// stored finds an issue, or says what to do.
func (h *service) stored(s string) (l *subscribe.List, i *deliver.Issue, err error) {
	l, name, err := h.lookUp(s)
	if err != nil {
		return nil, nil, err
	}
	i, err = h.store.Issue(name)
	return l, i, noIssue(err, s)
}

func noIssue(err error, name string) error {
	if errors.Is(err, store.ErrNoIssue) {
		return usage("there is no issue %s; add it with `kairan issue add`, or see `kairan issue ls`", name)
	}
	return err
}

func (h *service) issueAdd(ctx context.Context, in addIn) (issueOut, error) {
	l, name, err := h.lookUp(in.Issue)
	if err != nil {
		return issueOut{}, err
	}
	c, source, err := h.compiled(l.ID, in.Source, h.now())
	if err != nil {
		return issueOut{}, err
	}
	who, now := control.Actor(ctx), h.now()
	if old, err := h.store.Issue(name); err == nil && old.State == deliver.Scheduled && old.Due.After(now) {
		if err := h.feasible(l, old, old.Due, source); err != nil { // by its own `expires`
			return issueOut{}, err
		}
	}
	draft := deliver.Issue{
		Name: name, Source: in.Source, Subject: c.Subject, State: deliver.Draft,
		Timeline: []deliver.Event{{At: now, Actor: who, What: "added"}},
	}
	err = h.store.AddIssue(ctx, draft, func(i *deliver.Issue, now time.Time) error {
		return i.Replace(in.Source, c.Subject, who, now)
	})
	if err != nil {
		return issueOut{}, err
	}
	out, err := h.issueShow(ctx, named{in.Issue})
	out.Warnings = append(warnings(source), out.Warnings...)
	return out, err
}

func (h *service) issueShow(_ context.Context, in named) (issueOut, error) {
	l, i, err := h.stored(in.Issue)
	if err != nil {
		return issueOut{}, err
	}
	out, err := h.describe(l, i)
	if err != nil {
		return out, err
	}
	return out, h.outlook(&out, l, i)
}

func (h *service) describe(l *subscribe.List, i *deliver.Issue) (issueOut, error) {
	books, err := h.store.Balance(i.Name)
	if err != nil {
		return issueOut{}, err
	}
	readers, err := h.store.Count(l.ID)
	if err != nil {
		return issueOut{}, err
	}
	out := issueOut{
		Issue: i.Name.String(), Subject: i.Subject, State: i.State.String(), Zone: l.Zone.String(), Readers: readers,
		Due: instant(i.Due, l.Zone), Started: instant(i.Started, l.Zone), Ended: instant(i.Ended, l.Zone), Expires: instant(i.Expires, l.Zone),
		Books: books, Balance: books.Balances(), Tested: i.WasTested(), Testers: len(l.Testers),
	}
	if stopped, why, _ := h.engine.Stopped(); stopped {
		out.Relay = why
	}
	out.Copy = h.heldWhy()
	if wrong, why := h.scheduler.Clock(); wrong && i.State == deliver.Scheduled {
		out.Clock = "the clock is wrong: " + why
	}
	for _, e := range i.Timeline {
		out.Events = append(out.Events, eventOut{e.At.In(l.Zone), e.Actor, e.What})
	}
	return out, nil
}

func instant(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

func (h *service) issueStatus(ctx context.Context, in named) (issueOut, error) {
	out, err := h.issueShow(ctx, in)
	out.Events = nil
	return out, err
}

func (h *service) issueLs(_ context.Context, in lsIn) ([]issueOut, error) {
	lists := h.cfg.Order
	if in.List != "" {
		if h.cfg.Lists[in.List] == nil {
			return nil, usage("there is no list %q; `kairan list ls` shows the lists", in.List)
		}
		lists = []string{in.List}
	}
	out := []issueOut{}
	for _, id := range lists {
		issues, err := h.store.Issues(id)
		if err != nil {
			return nil, err
		}
		for _, i := range issues {
			o, err := h.describe(h.cfg.Lists[id], i)
			if err != nil {
				return nil, err
			}
			o.Events = nil
			out = append(out, o)
		}
	}
	return out, nil
}

func (h *service) issuePreview(_ context.Context, in named) (previewOut, error) {
	_, i, err := h.stored(in.Issue)
	if err != nil {
		return previewOut{}, err
	}
	c, _, err := h.compiled(i.Name.List, i.Source, h.now())
	if err != nil {
		return previewOut{}, err
	}
	return previewOut{c.Subject, c.TrialHTML, c.TrialText}, nil
}

// issueTest sends one marked copy to each declared tester, at once, over a
// connection of its own.
func (h *service) issueTest(ctx context.Context, in named) (testOut, error) {
	l, i, err := h.stored(in.Issue)
	if err = errors.Join(err, h.mayGoOut()); err != nil {
		return testOut{}, err
	}
	if len(l.Testers) == 0 {
		return testOut{}, refused("the list %s has no testers; write their addresses into `testers` of [lists.%s] and restart", l.ID, l.ID)
	}
	c, _, err := h.compiled(i.Name.List, i.Source, h.now())
	if err != nil {
		return testOut{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := h.transport.Dial(ctx)
	if err != nil {
		return testOut{}, inItsWords(err)
	}
	defer conn.Close()
	out, reached := testOut{}, 0
	for n, to := range l.Testers {
		m, err := c.Test(h.templates, to)
		if err != nil {
			return out, err
		}
		r := conn.Send(ctx, m)
		t := testerOut{Tester: n + 1, Outcome: r.Outcome.String()}
		if r.Outcome == deliver.Accepted {
			reached++
		} else {
			said := cmp.Or(r.Words.Disclose(), r.Text)
			if r.Enhanced != "" && !strings.HasPrefix(said, r.Enhanced) {
				said = r.Enhanced + " " + said
			}
			t.Reply = fmt.Sprintf("%s: %d %s", r.Stage, r.Code, said)
		}
		out.Testers = append(out.Testers, t)
		if r.Broken {
			break
		}
	}
	return out, h.store.ChangeIssue(ctx, i.Name, func(i *deliver.Issue, now time.Time) error {
		i.Tested(reached, control.Actor(ctx), now)
		return nil
	})
}

func (h *service) issueSchedule(ctx context.Context, in scheduleIn) (issueOut, error) {
	l, i, err := h.stored(in.Issue)
	if err = errors.Join(err, h.mayGoOut()); err != nil {
		return issueOut{}, err
	}
	now := h.now()
	due := now.Add(h.cfg.Sending.NowDelay)
	if !in.Now {
		if due, err = deliver.ParseDue(in.At, l.Zone, now); err != nil {
			return issueOut{}, usage("%w", err)
		}
	}
	if in.Now && !h.serving {
		return issueOut{}, refused("no server is running that could start %s now; start it with: kairan serve", i.Name)
	}
	_, draft, err := h.compiled(i.Name.List, i.Source, now)
	if err != nil {
		return issueOut{}, err // the declaration may have changed since it was added
	}
	if err := h.feasible(l, i, due, draft); err != nil {
		return issueOut{}, err
	}
	err = h.store.ChangeIssue(ctx, i.Name, func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(due, control.Actor(ctx), l.Zone, now)
	})
	if err != nil {
		return issueOut{}, err
	}
	return h.issueStatus(ctx, named{in.Issue})
}

// feasible refuses a due time from which the issue cannot reach its readers. Of
// one that is refused for its state, or for the past, that is said first.
func (h *service) feasible(l *subscribe.List, i *deliver.Issue, due time.Time, draft *source.Draft) error {
	try := *i
	try.Timeline = nil
	if err := try.Schedule(due, "", l.Zone, h.now()); err != nil {
		return err
	}
	readers, err := h.store.Count(l.ID)
	if err != nil {
		return err
	}
	_, _, err = h.judge(plan{l, i.Name, due, h.live(draft), readers})
	return err
}

func (h *service) issuePause(ctx context.Context, in named) (issueOut, error) {
	return h.change(ctx, in.Issue, func(i *deliver.Issue, who string, now time.Time) error { return i.Pause(who, "", now) })
}

func (h *service) issueResume(ctx context.Context, in named) (issueOut, error) {
	if err := h.mayGoOut(); err != nil {
		return issueOut{}, err
	}
	return h.change(ctx, in.Issue, (*deliver.Issue).Resume)
}

// issueCancel stops the rest of a running issue only for who knows that it is one.
func (h *service) issueCancel(ctx context.Context, in cancelIn) (issueOut, error) {
	_, i, err := h.stored(in.Issue)
	if err != nil {
		return issueOut{}, err
	}
	books, err := h.store.Balance(i.Name)
	if err != nil {
		return issueOut{}, err
	}
	return h.change(ctx, in.Issue, func(i *deliver.Issue, who string, now time.Time) error {
		if (i.State == deliver.Running || i.State == deliver.Paused) && !in.Lose {
			return refused("%s; to go on: kairan issue cancel %s --yes", losing(i.Name.String(), i.State.String(), books), i.Name)
		}
		return i.Cancel(who, now)
	})
}

// losing says what it means to cancel an issue under way.
func losing(issue, state string, b deliver.Balance) string {
	return fmt.Sprintf("%s is %s: %s of %s would never get it, and it cannot be begun again",
		issue, state, count(b.Pending+b.Deferred+b.Uncertain, "reader"), thousands(b.Audience))
}

// issueRm removes an issue that was never begun. Its timeline goes with it, so
// who did it is in the log.
func (h *service) issueRm(ctx context.Context, in named) (doneOut, error) {
	_, i, err := h.stored(in.Issue)
	if err != nil {
		return doneOut{}, err
	}
	if err := h.store.RemoveIssue(ctx, i.Name, (*deliver.Issue).Removable); err != nil {
		return doneOut{}, noIssue(err, in.Issue)
	}
	h.log.Info("IssueRemoved", "issue", i.Name, "was", i.State.String(), "by", control.Actor(ctx))
	return doneOut{}, nil
}

// change makes one of an issue's transitions, and answers with its status.
func (h *service) change(ctx context.Context, name string, do func(i *deliver.Issue, who string, now time.Time) error) (issueOut, error) {
	_, i, err := h.stored(name)
	if err != nil {
		return issueOut{}, err
	}
	err = h.store.ChangeIssue(ctx, i.Name, func(i *deliver.Issue, now time.Time) error {
		return do(i, control.Actor(ctx), now)
	})
	if err != nil {
		return issueOut{}, err
	}
	return h.issueStatus(ctx, named{name})
}
