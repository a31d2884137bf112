package editor

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Farewell ends a list: the manuscript, its last issue, goes out to all readers after
// [Sending.Delay], and from the same commit on the list takes no sign-ups and no further
// issues. Said again with the same name, it sets right what has not begun. Where the list
// asks for two accounts, who ends it is not the one who adds the text.
func (e *Editor) Farewell(ctx context.Context, who, name string, m deliver.Manuscript) (Status, error) {
	l, called, err := e.lookUp(name)
	switch {
	case err != nil:
	case l.Approvals < 2:
		_, err = e.Add(ctx, who, name, m)
	default:
		err = e.refuseOtherText(ctx, l, called, m)
	}
	if err != nil {
		return Status{}, err
	}
	when := When{Soon: true, Last: true}
	p, err := e.ready(ctx, name, when)
	if err != nil {
		return Status{}, err
	}
	start := e.starting(p, who, when)
	err = e.Store.CloseList(ctx, called, func(i *deliver.Issue, now time.Time) error {
		if err := e.refuseIfOthersGoOut(i.Name); err != nil {
			return err
		}
		return start(i, now)
	})
	if err != nil {
		return Status{}, e.noIssue(err, called)
	}
	s, err := e.Status(ctx, name)
	s.Findings = p.found
	return s, err
}

// refuseOtherText refuses a last issue that nobody has added as it is given now: who gives
// it would become its author, and could not approve it.
func (e *Editor) refuseOtherText(ctx context.Context, l *subscribe.List, name deliver.IssueName, m deliver.Manuscript) error {
	_, draft, err := e.Compiler.Compile(ctx, l, name.Slug, m, e.Now())
	if err != nil {
		return err
	}
	m.Files = draft.Named(m.Files)
	there, err := e.Store.Issue(name)
	what := phrase.Key("is not there yet")
	switch {
	case err == nil && there.SameText(&deliver.Issue{Source: m.Source, Files: m.Enclosures()}):
		return nil
	case err == nil:
		what = "is not the text that was added"
	case !errors.Is(err, deliver.ErrNoIssue):
		return err
	}
	return refused("the list %s asks for two accounts, and %s %s: let its author add it with `kairan issue add`, approve it with `kairan issue approve %[2]s`, and close the list again", l.ID, name, what)
}

// refuseIfEnded refuses an issue of a list that has ended, but for its last one, and of
// one whose day of erasure has begun: nothing of it shall come back.
func (e *Editor) refuseIfEnded(l *subscribe.List, name deliver.IssueName) error {
	if l.EraseDue(e.Now()) {
		return refused("the list %s was to be erased on %s, and has no issues any more", l.ID, l.EraseDay())
	}
	since, farewell, err := e.Store.ListEnding(name.List)
	if err != nil || since.IsZero() || farewell == name.Slug {
		return err
	}
	return refused("the list %s has ended with %[1]s/%[2]s, and has no further issues; if that is wrong: kairan list close %[1]s --reopen", name.List, farewell)
}

// refuseIfOthersGoOut refuses to end a list of which something else is to go out.
func (e *Editor) refuseIfOthersGoOut(farewell deliver.IssueName) error {
	live, err := e.Store.Live()
	for _, i := range live {
		if i.Name.List == farewell.List && i.Name != farewell && (i.State == deliver.Scheduled || i.State == deliver.Running || i.State == deliver.Paused) {
			return refused("%s is %s, and a list ends with its last issue; wait for it, or: kairan issue cancel %[1]s", i.Name, i.State.Words())
		}
	}
	return err
}
