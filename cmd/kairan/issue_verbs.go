package main

import (
	"context"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
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
	waitOut struct {
		Why  string     `json:"why"`            // a sentence without its full stop
		Next *time.Time `json:"next,omitempty"` // when it goes on, or is tried again
		Sure bool       `json:"sure,omitempty"` // it goes on at Next, and is not only tried
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

// issueAnswer is an issue's status as it goes over the socket.
func issueAnswer(s editor.Status, err error) (issueOut, error) {
	if err != nil {
		return issueOut{}, err
	}
	i, zone := s.Issue, s.List.Zone
	out := issueOut{
		Issue: i.Name.String(), Subject: i.Subject, State: i.State.String(), Zone: zone.String(), Readers: s.Readers,
		Due: instant(i.Due, zone), Started: instant(i.Started, zone), Ended: instant(i.Ended, zone), Expires: instant(i.Expires, zone),
		Books: s.Books, Balance: s.Books.Balances(), Relay: s.Relay, Copy: s.Copy, Clock: s.Clock,
		First: instant(s.First, zone), Ends: instant(s.Ends, zone), PerMinute: s.PerMinute, Hours: s.Hours,
		Tested: i.WasTested(), Testers: len(s.List.Testers), Warnings: s.Warnings,
	}
	if w := s.Wait; w.Why != "" {
		out.Waits = &waitOut{w.Why, instant(w.Next, zone), w.Sure}
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

func (h *service) issueAdd(ctx context.Context, in addIn) (issueOut, error) {
	return issueAnswer(h.editor.Add(ctx, control.Actor(ctx), in.Issue, in.Source))
}

func (h *service) issueShow(_ context.Context, in named) (issueOut, error) {
	s, err := h.editor.Status(in.Issue)
	out, err := issueAnswer(s, err)
	if err != nil {
		return out, err
	}
	for _, e := range s.Issue.Timeline {
		out.Events = append(out.Events, eventOut{e.At.In(s.List.Zone), e.Actor, e.What})
	}
	return out, nil
}

func (h *service) issueStatus(_ context.Context, in named) (issueOut, error) {
	return issueAnswer(h.editor.Status(in.Issue))
}

func (h *service) issueLs(_ context.Context, in lsIn) ([]issueOut, error) {
	all, err := h.editor.Statuses(in.List)
	out := []issueOut{}
	for _, s := range all {
		o, _ := issueAnswer(s, nil)
		out = append(out, o)
	}
	return out, err
}

func (h *service) issuePreview(_ context.Context, in named) (previewOut, error) {
	c, err := h.editor.Preview(in.Issue)
	if err != nil {
		return previewOut{}, err
	}
	return previewOut{c.Subject, c.TrialHTML, c.TrialText}, nil
}

func (h *service) issueTest(ctx context.Context, in named) (out testOut, err error) {
	copies, err := h.editor.Test(ctx, control.Actor(ctx), in.Issue)
	for _, c := range copies {
		out.Testers = append(out.Testers, testerOut{c.Tester, c.Outcome.String(), c.Reply})
	}
	return out, err
}

func (h *service) issueSchedule(ctx context.Context, in scheduleIn) (issueOut, error) {
	return issueAnswer(h.editor.Schedule(ctx, control.Actor(ctx), in.Issue, in.At, in.Now))
}

func (h *service) issuePause(ctx context.Context, in named) (issueOut, error) {
	return issueAnswer(h.editor.Pause(ctx, control.Actor(ctx), in.Issue))
}

func (h *service) issueResume(ctx context.Context, in named) (issueOut, error) {
	return issueAnswer(h.editor.Resume(ctx, control.Actor(ctx), in.Issue))
}

func (h *service) issueCancel(ctx context.Context, in cancelIn) (issueOut, error) {
	return issueAnswer(h.editor.Cancel(ctx, control.Actor(ctx), in.Issue, in.Lose))
}

func (h *service) issueRm(ctx context.Context, in named) (doneOut, error) {
	return doneOut{}, h.editor.Remove(ctx, control.Actor(ctx), in.Issue)
}
