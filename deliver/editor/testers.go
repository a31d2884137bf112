package editor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.jp/kairan/deliver"
)

// testWithin bounds how long all test copies of an issue may take, and longer where it
// has files: a slow line takes so many octets of them a second.
const (
	testWithin = time.Minute
	slowLine   = 64 << 10
)

// TestCopy is what became of one tester's copy.
type TestCopy struct {
	Tester  int    `json:"tester"` // by the place in the configuration, from 1; never the address
	Outcome string `json:"outcome"`
	Reply   string `json:"reply,omitempty"` // the relay's, in its own words, unless the copy was accepted
}

// Test sends one marked copy to each declared tester, at once, over a connection of
// its own. After one that the relay broke off the rest is not tried.
func (e *Editor) Test(ctx context.Context, who, name string) (copies []TestCopy, err error) {
	l, i, err := e.find(name)
	if err = errors.Join(err, e.RefuseIfHeld()); err != nil {
		return nil, err
	}
	if len(l.Testers) == 0 {
		return nil, refused("the list %s has no testers; write their addresses into `testers` of [lists.%s] and restart", l.ID, l.ID)
	}
	c, _, err := e.compile(ctx, l, i, e.Now())
	if err != nil {
		return nil, err
	}
	files := time.Duration(len(l.Testers)*deliver.Encoded(i.Enclosed())/slowLine) * time.Second
	within, cancel := context.WithTimeout(ctx, testWithin+files)
	defer cancel()
	conn, err := e.Relay.Dial(within)
	if err != nil {
		return nil, deliver.Disclose(err)
	}
	defer conn.Close()
	reached := 0
	for n, to := range l.Testers {
		m, err := e.Compiler.Test(c, to)
		if err != nil {
			return copies, err
		}
		r := conn.Send(within, m)
		t := TestCopy{Tester: n + 1, Outcome: r.Outcome.String()}
		if r.Outcome == deliver.Accepted {
			reached++
		} else {
			t.Reply = fmt.Sprintf("%s: %s", r.Stage, r.Disclose())
		}
		copies = append(copies, t)
		if r.Broken {
			break
		}
	}
	return copies, e.Store.ChangeIssue(within, i.Name, func(stored *deliver.Issue, now time.Time) error {
		stored.Tested(i, reached, who, now)
		return nil
	})
}
