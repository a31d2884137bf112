package editor

import (
	"context"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// Preview is an issue made to be looked at; nothing of it is stored.
type Preview struct {
	List       *subscribe.List
	Issue      deliver.IssueName
	Manuscript deliver.Manuscript
	Readers    int          // of the list now
	Findings   finding.List // errors and warnings

	Draft *source.Draft // if it could be read

	// Of an issue that can be sent; else nil and empty:
	Compiled *issue.Compiled
	Specimen issue.Specimen
	Content  deliver.Content // what would be approved; zero: the list asks for no approval
}

// Preview makes an issue as its readers would get it today: of the manuscript that is
// given, or nil, of the stored one. What keeps it from being sent is among its findings.
func (e *Editor) Preview(ctx context.Context, name string, given *deliver.Manuscript) (p Preview, err error) {
	if p.List, p.Issue, err = e.lookUp(name); err != nil {
		return p, err
	}
	if given != nil {
		p.Manuscript = *given
	} else {
		_, i, err := e.find(name)
		if err != nil {
			return p, err
		}
		if p.Manuscript, err = e.manuscript(i); err != nil {
			return p, err
		}
	}
	if p.Readers, err = e.Store.Count(p.List.ID); err != nil {
		return p, err
	}
	p.Compiled, p.Draft, err = e.Compiler.Compile(ctx, p.List, p.Issue.Slug, p.Manuscript, e.Now())
	if p.Findings, err = e.foundIn(p.List, p.Compiled, p.Draft, p.Manuscript, err, e.startOf(p.Issue)); err != nil || p.Compiled == nil {
		return p, err
	}
	if p.List.Approvals > 1 {
		undated, _, err := e.Compiler.Compile(ctx, p.List, p.Issue.Slug, p.Manuscript, contentDate())
		if err != nil {
			return p, err
		}
		p.Content = undated.Content()
	}
	p.Specimen, err = e.Compiler.Specimen(p.List, p.Compiled)
	return p, err
}
