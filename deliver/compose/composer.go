package compose

import (
	"fmt"
	"slices"
	"sync"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// Composer makes every message of an installation; it is a [deliver.Composer],
// safe for concurrent use.
type Composer struct {
	Notices
	Library Library

	mu   sync.Mutex
	open []*openIssue // most recently used last
}

// Library is where compiled issues are kept.
type Library interface {
	// Compiled returns what was stored of a run by [issue.Compiled.Marshal].
	Compiled(run deliver.IssueName) ([]byte, error)
}

// openIssue is the issue of a run whose compiled form has been read. The form of a
// run never changes, so it need not be read again.
type openIssue struct {
	run            deliver.IssueName
	list           *subscribe.List
	splicer        *issue.Splicer
	from           string       // the return path
	fields         []shownField // in the order of Splicer.Fields
	leave, correct string       // links; a token comes behind leave
}

// shownField is a field as an issue shows it.
type shownField struct {
	id     string            // "": not declared any more
	labels map[string]string // of the values of a choice
}

// maxOpen is how many issues are kept in memory: few go out at one time.
const maxOpen = 8

var _ deliver.Composer = (*Composer)(nil)

// Copy makes one reader's copy of the issue of a run, as it goes on the wire, see
// [issue.Copy.Append]. If buf has room, only the address of the envelope is allocated.
func (c *Composer) Copy(buf []byte, run deliver.IssueName, r deliver.Reader) (deliver.Message, error) {
	o, err := c.issue(run)
	if err != nil {
		return deliver.Message{}, err
	}
	cp := o.splicer.Begin()
	defer cp.End()
	cp.To, cp.ID = r.Address.Envelope(), r.ID
	cp.Leave = c.Tokens.AppendLeave(append(cp.Leave, o.leave...), o.list, r.ID)
	cp.Correct = append(cp.Correct, o.correct...)
	for i, f := range o.fields {
		cp.Fields[i] = append(cp.Fields[i], f.value(r.Fields)...)
	}
	envelope := deliver.Envelope{From: o.from, To: cp.To}
	wire, err := cp.Append(buf)
	return deliver.Message{Envelope: envelope, Data: wire, Stuffed: true}, err
}

// value is [subscribe.Field.Show] of a reader's value, or nothing.
func (s shownField) value(fields subscribe.Fields) string {
	v := fields[s.id]
	if label, ok := s.labels[v]; ok {
		return label
	}
	return v
}

// issue reads the form of a run once; whoever comes meanwhile waits for it.
func (c *Composer) issue(run deliver.IssueName) (*openIssue, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.open, func(o *openIssue) bool { return o.run == run }); i >= 0 {
		o := c.open[i]
		if i < len(c.open)-1 {
			c.open = append(slices.Delete(c.open, i, i+1), o)
		}
		return o, nil
	}
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
	o, err := newOpenIssue(list, run, form)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", run, err)
	}
	if len(c.open) >= maxOpen {
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, o)
	return o, nil
}

func newOpenIssue(list *subscribe.List, run deliver.IssueName, form *issue.Compiled) (*openIssue, error) {
	splicer, err := form.Splicer()
	if err != nil {
		return nil, err
	}
	o := &openIssue{
		run: run, list: list, splicer: splicer, from: form.ReturnPath,
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
