package editor

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/lint"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// Lint says what is found in a manuscript, and stores nothing. Its dates are judged
// from now, or from the start of the issue of that slug, if it is scheduled; slug may
// be empty.
func (e *Editor) Lint(ctx context.Context, list, slug string, m deliver.Manuscript) (finding.List, error) {
	l, err := e.list(list)
	if err != nil {
		return nil, err
	}
	return e.lint(ctx, l, slug, m, e.startOf(deliver.IssueName{List: list, Slug: slug}))
}

// LintStored does the same for an issue as it was added.
func (e *Editor) LintStored(ctx context.Context, name string) (finding.List, error) {
	l, i, err := e.find(name)
	if err != nil {
		return nil, err
	}
	m, err := e.manuscript(i)
	if err != nil {
		return nil, err
	}
	return e.lint(ctx, l, i.Name.Slug, m, starts(i, e.Now()))
}

func (e *Editor) lint(ctx context.Context, l *subscribe.List, slug string, m deliver.Manuscript, at time.Time) (finding.List, error) {
	c, d, err := e.Compiler.Compile(ctx, l, slug, m, at)
	return e.foundIn(l, c, d, m, err, at)
}

// foundIn is all that is found in a manuscript that was compiled, what keeps it from
// being sent among it. The error is another.
func (e *Editor) foundIn(l *subscribe.List, c *issue.Compiled, d *source.Draft, m deliver.Manuscript, fault error, at time.Time) (finding.List, error) {
	if fault == nil {
		m.Files = d.Named(m.Files)
		return e.look(l, c, d, m.Enclosures(), at), nil
	}
	found, is := errors.AsType[finding.List](fault)
	if !is {
		return nil, fault
	}
	if d != nil {
		found = append(slices.Clone(found), lint.Check(lint.Issue{Draft: d, Now: at.In(l.Zone)})...)
	}
	return found.Sorted().Bounded(), nil
}

// look is all that is found in a text, and its files, that readers get at an instant.
func (e *Editor) look(l *subscribe.List, c *issue.Compiled, d *source.Draft, files []deliver.Enclosure, at time.Time) finding.List {
	found := slices.Clone(d.Findings)
	if says := e.tooLarge(files); says.EN != "" {
		found.Fail(0, "size", "%s", says)
	}
	found = append(found, lint.Check(lint.Issue{Draft: d, HTML: c.HTML.Size(), Now: at.In(l.Zone)})...)
	return found.Sorted().Bounded()
}

// startOf is when readers get the issue of that name, if there is one, or now.
func (e *Editor) startOf(name deliver.IssueName) time.Time {
	i, err := e.Store.Issue(name)
	if err != nil {
		return e.Now()
	}
	return starts(i, e.Now())
}

// starts is when readers get an issue: at its due time, or now.
func starts(i *deliver.Issue, now time.Time) time.Time {
	if i.State == deliver.Scheduled && i.Due.After(now) {
		return i.Due
	}
	return now
}
