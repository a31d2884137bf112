package compose

import (
	"context"
	"fmt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// Composer makes every message of an installation; it is a [deliver.Composer],
// safe for concurrent use.
type Composer struct {
	Notices
	Library Library

	open recent[deliver.IssueName, *openIssue]
}

// Library is where compiled issues are kept.
type Library interface {
	// Compiled returns what was stored of a run by [issue.Compiled.Marshal].
	Compiled(run deliver.IssueName) ([]byte, error)
	// Files returns the files of its issue, which stay the same once it has begun.
	Files(run deliver.IssueName) ([]deliver.File, error)
}

// openIssue is the issue of a run whose compiled form has been read. The form of a
// run never changes, so it need not be read again.
type openIssue struct {
	list           *subscribe.List
	splicer        *issue.Splicer
	verp           bool         // its return path says whose copy it was
	fields         []shownField // in the order of Splicer.Fields
	leave, correct string       // links; a token comes behind leave
}

// shownField is a field as an issue shows it.
type shownField struct {
	id     string            // "": not declared any more
	labels map[string]string // of the values of a choice
}

var _ deliver.Composer = (*Composer)(nil)

// Copy makes one reader's copy of the issue of a run, as it goes on the wire, see
// [issue.Copy.Append]. If buf has room, only the addresses of the envelope are allocated,
// as one.
func (c *Composer) Copy(buf []byte, run deliver.IssueName, r deliver.Reader) (deliver.Message, error) {
	o, err := c.open.get(context.Background(), run, c.read)
	if err != nil {
		return deliver.Message{}, err
	}
	cp := o.splicer.Begin()
	defer cp.End()
	cp.ID = r.ID
	cp.Leave = c.Tokens.AppendLeave(append(cp.Leave, o.leave...), o.list, r.ID)
	cp.Correct = append(cp.Correct, o.correct...)
	for i, f := range o.fields {
		cp.Fields[i] = append(cp.Fields[i], f.value(r.Fields)...)
	}
	if o.verp {
		cp.Return = c.Tokens.AppendReturn(cp.Return, subscribe.Return{List: o.list, Copy: true, Run: r.Run, ID: r.ID, Generation: r.Generation})
		cp.LeaveByMail = c.Tokens.AppendLeaveByMail(cp.LeaveByMail, o.list, r.ID)
	}
	envelope := cp.Address(r.Address)
	wire, err := cp.Append(buf)
	return deliver.Message{Envelope: envelope, Data: wire, Stuffed: true, Tail: o.splicer.Tail()}, err
}

// value is [subscribe.Field.Show] of a reader's value, or nothing.
func (s shownField) value(fields subscribe.Values) string {
	v := fields.Of(s.id)
	if label, ok := s.labels[v]; ok {
		return label
	}
	return v
}

// read opens what was compiled when a run began.
func (c *Composer) read(run deliver.IssueName) (*openIssue, error) {
	list := c.Lists[run.List]
	if list == nil {
		return nil, fmt.Errorf("%s cannot go out: its list is not declared any more", run)
	}
	stored, err := c.Library.Compiled(run)
	if err != nil {
		return nil, fmt.Errorf("the compiled issue %s cannot be loaded: %w", run, err)
	}
	form, err := issue.Unmarshal(stored)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", run, err)
	}
	if form.List != list.ID {
		return nil, fmt.Errorf("what is stored as %s was compiled for another list", run)
	}
	if len(form.Files) > 0 {
		files, err := c.Library.Files(run)
		if err == nil {
			err = form.Fill(files)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", run, err)
		}
	}
	o, err := newOpenIssue(list, form)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", run, err)
	}
	return o, nil
}

func newOpenIssue(list *subscribe.List, form *issue.Compiled) (*openIssue, error) {
	splicer, err := form.Splicer()
	if err != nil {
		return nil, err
	}
	o := &openIssue{
		list: list, splicer: splicer, verp: form.Delimiter != "",
		leave: list.URL(subscribe.ToLeave.Path(subscribe.Token{})), correct: correctURL(list),
	}
	for _, id := range splicer.Fields() {
		field, declared := list.Field(id)
		if !declared {
			o.fields = append(o.fields, shownField{})
			continue
		}
		s := shownField{id: id, labels: map[string]string{}}
		for _, choice := range field.Options() {
			s.labels[choice.ID] = field.Show(choice.ID, form.Lang)
		}
		o.fields = append(o.fields, s)
	}
	return o, nil
}
