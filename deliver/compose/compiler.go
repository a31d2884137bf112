package compose

import (
	"crypto/sha256"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Compiler makes issues of their sources. Each is read and laid out once for all that
// an editor does with it: what that depends on besides the source (the declaration of
// its list, the words and the layout) is the same as long as the program runs. It is
// safe for concurrent use.
type Compiler struct {
	Templates *templates.Set

	recent recent[sourceKey, *prepared]
}

// sourceKey is a source under the declaration of a list.
type sourceKey struct {
	list *subscribe.List
	sum  [sha256.Size]byte
}

// prepared is a source that has been read, and is laid out when it is first compiled.
type prepared struct {
	*source.Draft
	layOut func() (*layout, error)
}

// Draft reads a source; see [source.Parse].
func (c *Compiler) Draft(l *subscribe.List, text []byte) (*source.Draft, error) {
	r, err := c.prepare(l, text)
	if err != nil {
		return nil, err
	}
	return r.Draft, nil
}

// Compile makes the issue of a source, with a date, a boundary and a key of its own.
func (c *Compiler) Compile(l *subscribe.List, text []byte, date time.Time) (*issue.Compiled, error) {
	r, err := c.prepare(l, text)
	if err != nil {
		return nil, err
	}
	laid, err := r.layOut()
	if err != nil {
		return nil, err
	}
	return laid.compile(Options{Date: date})
}

// Test makes a tester's copy; see [issue.Compiled.Test].
func (c *Compiler) Test(i *issue.Compiled, to subscribe.Address) (deliver.Message, error) {
	return i.Test(c.Templates, to)
}

func (c *Compiler) prepare(l *subscribe.List, text []byte) (*prepared, error) {
	return c.recent.get(sourceKey{l, sha256.Sum256(text)}, func(sourceKey) (*prepared, error) {
		d, err := source.Parse(l, text)
		if err != nil {
			return nil, err
		}
		return &prepared{d, sync.OnceValues(func() (*layout, error) { return layOut(c.Templates, l, d) })}, nil
	})
}
