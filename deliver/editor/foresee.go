package editor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Foresee is how an issue would stand if it were scheduled so, or why it would be refused.
// It changes nothing. Scheduling it with the word of what was shown does exactly that, or
// nothing: who thinks until 18:01 about "18:00" would else have it start tomorrow.
func (e *Editor) Foresee(ctx context.Context, who, name string, when When) (s Status, err error) {
	p, err := e.ready(ctx, name, when)
	if err != nil {
		return s, err
	}
	try := *p.issue
	if err := e.starting(p, who, when)(&try, e.Now()); err != nil {
		return s, err
	}
	if s, err = e.describe(p.list, &try); err != nil {
		return s, err
	}
	if err := e.addPage(&s); err != nil {
		return s, err
	}
	e.addApproval(ctx, &s)
	s.Findings, s.Instead, s.Seen = p.found, p.issue.Due, p.word(when)
	return s, e.outlook(ctx, &s)
}

// ready refuses what cannot be scheduled, because of what its text is, or of who stands for
// it, too.
func (e *Editor) ready(ctx context.Context, name string, when When) (prepared, error) {
	p, err := e.prepare(ctx, name, when)
	if err == nil {
		err = p.found.Err()
	}
	if err == nil {
		err = e.prepareApproval(ctx, &p, when)
	}
	return p, err
}

// word tells apart what somebody says yes to: which text starts when, and when it was to.
func (p prepared) word(when When) string {
	due := p.due.Unix()
	if when.Soon { // counted from the yes
		due = 0
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %q %v", due, p.issue.Due.Unix(), p.issue.Source, p.issue.Files)
	return hex.EncodeToString(h.Sum(nil)[:8])
}
