package editor

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// Store keeps the issues and the books of their runs.
type Store interface {
	Shelf
	Issues(list string) ([]*deliver.Issue, error) // that can be read, by slug
	Live() ([]*deliver.Issue, error)              // of all lists: scheduled, or not ended
	HeldIssues() ([]*deliver.Issue, error)        // of all lists: due, and not started
	Count(list string) (readers int, err error)
	// RoomToStart says that there is no room for the books of a run; nil: there is.
	RoomToStart() error
	// CountAgain is how many readers of an issue that has ended would get it once more;
	// [deliver.ErrForgotten] if its books no longer tell.
	CountAgain(name deliver.IssueName, to deliver.Whom) (int, error)
	// SendAgain lets an issue that has ended go on for these readers and nobody else, from due
	// on, in one commit.
	SendAgain(ctx context.Context, name deliver.IssueName, to deliver.Whom, change func(i *deliver.Issue, copies int, now time.Time) (due time.Time, err error)) error
	// RoomToRun says that the books of a run to so many readers may have no room; nil: they
	// have it, whatever becomes of its copies.
	RoomToRun(readers int) error
	// AddIssue stores a new draft and its files, or gives the stored issue to replace, in
	// one commit.
	AddIssue(ctx context.Context, draft deliver.Issue, files []deliver.File, replace func(stored *deliver.Issue, now time.Time) error) error
	// CloseList ends a list with an issue, of which change is made in the same commit.
	CloseList(ctx context.Context, farewell deliver.IssueName, change func(*deliver.Issue, time.Time) error) error
	// ListEnding says since when a list has ended, and with which issue; zero: it has not.
	ListEnding(list string) (since time.Time, farewell string, err error)
	// Files returns the files of an issue, in their order.
	Files(name deliver.IssueName) ([]deliver.File, error)
	// BackNumber is what anybody may read of an issue; [subscribe.ErrNoBackNumber] if nothing.
	BackNumber(list, slug string) (subscribe.BackNumber, error)
	// ChangeBackNumber changes an issue and since when its back number is withdrawn, in one
	// commit; back is nil where there is none.
	ChangeBackNumber(ctx context.Context, name deliver.IssueName, change func(i *deliver.Issue, back *subscribe.BackNumber, now time.Time) error) error
	// RemoveIssue deletes an issue and its files, if may lets it.
	RemoveIssue(ctx context.Context, name deliver.IssueName, may func(*deliver.Issue) error) error
}

// Shelf holds the stored issues, each by its name. The error is [deliver.ErrNoIssue] where
// there is none of that name.
type Shelf interface {
	Issue(name deliver.IssueName) (*deliver.Issue, error)
	Balance(name deliver.IssueName) (deliver.Balance, error)
	// Imported is when readers were last imported onto a list; zero: not lately.
	Imported(list string) (time.Time, error)
	ChangeIssue(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error
	// TakeBack changes an issue that is paused because of refusals: nothing of the run is
	// held against its readers, and who was refused is tried again when it goes on.
	TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error
}

// Compiler turns the source of an issue into the issue.
type Compiler interface {
	// Draft reads a source, and says what is wrong with it.
	Draft(ctx context.Context, l *subscribe.List, m deliver.Manuscript) (*source.Draft, error)
	// Compile makes the issue of a source, dated, under that slug. Beside a finding.List as error stands the
	// draft, if the source could be read.
	Compile(ctx context.Context, l *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error)
	// CompileRun is Compile for a run that begins, which waits for no editor.
	CompileRun(ctx context.Context, l *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error)
	// BackNumber makes what anybody may read of an issue once its run has begun.
	BackNumber(l *subscribe.List, name deliver.IssueName, d *source.Draft) (*subscribe.BackNumber, error)
	// Specimen is what a reader of the issue gets.
	Specimen(l *subscribe.List, i *issue.Compiled) (issue.Specimen, error)
	// Test makes a tester's copy.
	Test(i *issue.Compiled, to subscribe.Address) (deliver.Message, error)
}

// sizer is a transport that knows how large a message its relay takes, in octets; 0: it
// has not said.
type sizer interface{ Largest() int64 }

// Engine is what sends the runs, as far as an editor hears of it.
type Engine interface {
	// Waits says what a running issue waits for.
	Waits(run deliver.IssueName) deliver.Wait
	// RelaysFor say how each relay is for the mail of a list, in the order in which they are
	// used; none where this process sends nothing.
	RelaysFor(list string) []deliver.RelayNow
	// Try asks a relay whether it would take these, and sends nothing; nil: it is not asked,
	// since it is at work, or held.
	Try(ctx context.Context, relay string, trials []deliver.Trial) []*deliver.Refusal
	// Stopped says whether no mail goes out, and why.
	Stopped() (stopped bool, why string, next time.Time)
}
