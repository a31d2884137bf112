package editor

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Farewell ends a list: the manuscript, its last issue, goes out to all readers after
// [Sending.Delay], and from the same commit on the list takes no sign-ups and no further
// issues. Said again with the same name, it sets right what has not begun.
func (e *Editor) Farewell(ctx context.Context, who, name string, m deliver.Manuscript) (Status, error) {
	added, err := e.Add(ctx, who, name, m)
	if err != nil {
		return Status{}, err
	}
	when := When{Soon: true, Last: true}
	p, err := e.ready(ctx, name, when)
	if err != nil {
		return Status{}, err
	}
	start := e.starting(p, who, when)
	err = e.Store.CloseList(ctx, added.Issue.Name, func(i *deliver.Issue, now time.Time) error {
		if err := e.refuseIfOthersGoOut(i.Name); err != nil {
			return err
		}
		return start(i, now)
	})
	if err != nil {
		return Status{}, e.noIssue(err, added.Issue.Name)
	}
	s, err := e.Status(ctx, name)
	s.Findings = p.found
	return s, err
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
			return refused("%s is %s, and a list ends with its last issue; wait for it, or: kairan issue cancel %[1]s", i.Name, i.State)
		}
	}
	return err
}
