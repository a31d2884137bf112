package editor

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// contentDate is printed in what approvals are of, since nobody knows yet on which day the
// issue begins. It is no part of what is approved.
func contentDate() time.Time { return time.Unix(0, 0) }

// contentOf is what readers would get of an issue now, with today's layout and declaration.
func (e *Editor) contentOf(ctx context.Context, l *subscribe.List, i *deliver.Issue) (deliver.Content, error) {
	c, _, err := e.compile(ctx, l, i, contentDate())
	if err != nil {
		return deliver.Content{}, err
	}
	return c.Content(), nil
}

// Approve lets an account stand for an issue as it was shown: shown is the beginning of
// its [deliver.Content], and anything else is refused.
func (e *Editor) Approve(ctx context.Context, who, name, shown string) (Status, error) {
	l, i, err := e.find(name)
	if err != nil {
		return Status{}, err
	}
	if l.Approvals < 2 {
		return Status{}, refused("the list %s asks for no approval (approval = 2 in its section); schedule %s", l.ID, i.Name)
	}
	may := func(i *deliver.Issue, content deliver.Content, at time.Time) error {
		if err := i.Approve(who, content, at); err != nil {
			return refused("%s cannot be approved by %s: %s", i.Name, who, err)
		}
		return nil
	}
	try := *i
	if err := may(&try, deliver.Content{}, e.Now()); err != nil { // whatever they were shown
		return Status{}, err
	}
	content, err := e.contentOf(ctx, l, i)
	if err != nil {
		return Status{}, err
	}
	if content.String() != shown {
		return Status{}, refused("%s is not what was shown any more; look at it again: kairan issue approve %s", i.Name, i.Name)
	}
	return e.change(ctx, name, func(now *deliver.Issue, at time.Time) error {
		if !now.SameText(i) {
			return refused("%s has just been replaced; look at it again: kairan issue approve %s", i.Name, i.Name)
		}
		return may(now, content, at)
	})
}

// prepareApproval refuses to begin at once what nobody has approved, and finds out what an
// account stands for that goes alone.
func (e *Editor) prepareApproval(ctx context.Context, p *prepared, when When) (err error) {
	if p.list.Approvals < 2 {
		if when.Alone != "" {
			return refused("the list %s asks for no approval, so there is none to go without; leave --alone out", p.list.ID)
		}
		return nil
	}
	if p.content, err = e.contentOf(ctx, p.list, p.issue); err != nil {
		return err
	}
	if _, approved := p.issue.ApprovalOf(p.content); !approved && when.Soon && when.Alone == "" {
		if when.Last { // a list is not ended alone
			return refused("the list %s cannot end with %s yet: %s; then close the list again", p.list.ID, p.issue.Name, p.issue.Unapproved())
		}
		return refused("%s cannot begin at once: %s; or go alone: --alone REASON", p.issue.Name, p.issue.Unapproved())
	}
	return nil
}

// refuseUnapproved is asked when a run begins.
func (e *Editor) refuseUnapproved(ctx context.Context, l *subscribe.List, i *deliver.Issue, m deliver.Manuscript) error {
	if l.Approvals < 2 {
		return nil
	}
	c, _, err := e.Compiler.CompileRun(ctx, l, i.Name.Slug, m, contentDate())
	if err != nil {
		return err
	}
	if _, approved := i.ApprovalOf(c.Content()); !approved {
		return i.Unapproved()
	}
	return nil
}

// sentOf is what stands about the run of an issue that begins.
func (e *Editor) sentOf(ctx context.Context, l *subscribe.List, i *deliver.Issue, m deliver.Manuscript) (s deliver.Sent, err error) {
	c, _, err := e.Compiler.CompileRun(ctx, l, i.Name.Slug, m, contentDate())
	if err != nil {
		return s, err
	}
	s = deliver.Sent{Content: c.Content(), Relays: e.Sending.Relays}
	for _, x := range l.Slots.Of {
		if (subscribe.Slots{Of: []subscribe.Slot{x}}).Next(i.Due.Add(-time.Nanosecond), l.Zone).Equal(i.Due) {
			s.Slot = x.Text
		}
	}
	return s, nil
}

// addApproval says whether an issue that has not begun is approved as it is.
func (e *Editor) addApproval(ctx context.Context, s *Status) {
	if s.List.Approvals < 2 {
		return
	}
	switch s.Issue.State {
	case deliver.Draft, deliver.Scheduled, deliver.Held:
	default:
		if n := len(s.Issue.Approvals); n > 0 { // it could not have begun with another
			s.Approval = s.Issue.Approvals[n-1]
		}
		return
	}
	s.NeedsApproval = true
	content, err := e.contentOf(ctx, s.List, s.Issue)
	if err != nil {
		return // what cannot be composed is said elsewhere, and is approved by nobody
	}
	s.Content = content
	approved := false
	if s.Approval, approved = s.Issue.ApprovalOf(content); !approved && s.Issue.State == deliver.Scheduled {
		s.Warnings = append(s.Warnings, phrase.Say("it will not start: %s", s.Issue.Unapproved()))
	}
}
