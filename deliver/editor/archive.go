package editor

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Withdraw takes the back number of an issue out of the archive, for everybody at once;
// with undo it puts it back.
func (e *Editor) Withdraw(ctx context.Context, who, name string, undo bool) (Status, error) {
	_, called, err := e.lookUp(name)
	if err != nil {
		return Status{}, err
	}
	err = e.Store.ChangeBackNumber(ctx, called, func(i *deliver.Issue, back *subscribe.BackNumber, now time.Time) error {
		if undo {
			return i.Republish(back, who, now)
		}
		return i.Withdraw(back, who, now)
	})
	if err != nil {
		return Status{}, e.noIssue(err, called)
	}
	return e.Status(ctx, name)
}

// addPage adds where anybody can read the issue, or will be able to once it has begun.
func (e *Editor) addPage(s *Status) error {
	if !s.List.Archived {
		return nil
	}
	i := s.Issue
	back := subscribe.BackNumber{List: i.Name.List, Slug: i.Name.Slug}
	if !i.Started.IsZero() {
		stored, err := e.Store.BackNumber(back.List, back.Slug)
		if errors.Is(err, subscribe.ErrNoBackNumber) {
			return nil
		}
		if err != nil {
			return err
		}
		s.Withdrawn = stored.Withdrawn
	}
	s.Page = s.List.URL(back.Path())
	return nil
}
