package compose

import (
	"fmt"
	"slices"
	"sync"

	"example.jp/kairan/deliver"
)

// Library is where compiled issues are kept.
type Library interface {
	// Compiled returns what was stored of the run list/slug by [Compiled.Marshal].
	Compiled(run string) ([]byte, error)
}

// Composer makes every message of an installation; it is a [deliver.Composer],
// safe for concurrent use.
type Composer struct {
	Notices
	Library Library

	mu   sync.Mutex
	open []opened // most recently used last
}

// opened is a run whose compiled form has been read. The form of a run never
// changes, so it need not be read again.
type opened struct {
	run  string
	form *Compiled
}

// maxOpen is how many runs are kept in memory: few go out at one time.
const maxOpen = 8

var _ deliver.Composer = (*Composer)(nil)

// Copy makes one reader's copy of the issue of a run.
func (c *Composer) Copy(run string, r deliver.Reader) (deliver.Message, error) {
	name, _, err := deliver.ParseName(run)
	if err != nil {
		return deliver.Message{}, err
	}
	list := c.Lists[name]
	if list == nil {
		return deliver.Message{}, fmt.Errorf("%s cannot go out: its list is not declared any more", run)
	}
	form, err := c.compiled(list.ID, run)
	if err != nil {
		return deliver.Message{}, err
	}
	shown := make(map[string]string, len(r.Fields))
	for _, f := range list.Fields {
		if v := r.Fields[f.ID]; v != "" {
			shown[f.ID] = f.Show(v, form.Lang())
		}
	}
	return form.Message(Personal{
		To: r.Address, ID: r.ID, Fields: shown,
		LeaveURL: leaveURL(c.Tokens, list, r.ID), CorrectURL: correctURL(list),
	})
}

// Notice makes a notice.
func (c *Composer) Notice(o deliver.Owed) (deliver.Message, error) { return c.Notices.Message(o) }

// compiled reads the form of a run once; whoever comes meanwhile waits for it.
func (c *Composer) compiled(list, run string) (*Compiled, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.open, func(o opened) bool { return o.run == run }); i >= 0 {
		o := c.open[i]
		c.open = append(slices.Delete(c.open, i, i+1), o)
		return o.form, nil
	}
	stored, err := c.Library.Compiled(run)
	if err != nil {
		return nil, fmt.Errorf("the compiled issue %s cannot be loaded: %w", run, err)
	}
	form, err := Unmarshal(stored)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", run, err)
	}
	if form.form.List != list {
		return nil, fmt.Errorf("what is stored as %s was compiled for another list", run)
	}
	if len(c.open) >= maxOpen {
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, opened{run, form})
	return form, nil
}
