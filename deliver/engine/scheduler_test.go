package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// TestAShortListIsJudgedAtItsEnd: no window fills, and no third domain comes.
func TestAShortListIsJudgedAtItsEnd(t *testing.T) {
	for _, said := range []deliver.Result{nobody, policy, deliver.Judge(deliver.StageDot, 554, "", "")} {
		t.Run(said.Enhanced, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := newCalendar(t, 5)
				c.w.paused = func(_ deliver.IssueName, why string, refusals bool) {
					if !refusals {
						t.Error("its refusals are not taken back")
					}
					c.mu.Lock()
					defer c.mu.Unlock()
					if err := c.issue.Pause(deliver.Self, why, c.now()); err != nil {
						t.Error(err)
					}
				}
				c.w.send = func(context.Context, *conn, string) deliver.Result { return said }
				c.run(61 * time.Minute)
				if c.issue.State != deliver.Paused || !strings.Contains(c.words(), "nearly everybody (5 of 5; mostly "+fmt.Sprint(said.Code)) {
					t.Errorf("%s: %s", c.issue.State, c.words())
				}
			})
		})
	}
}

func TestAnIssueFromItsTimeToItsEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 30)
		due := c.issue.Due
		c.w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(2 * time.Second)
			return accepted
		}
		c.run(59 * time.Minute)
		c.want(deliver.Scheduled, "")
		c.run(3 * time.Minute)
		c.want(deliver.Finished, "started for 30 readers; finished: 30 accepted of 30")
		c.ledger.wantAll(30, deliver.Accepted, 1)
		if c.starts != 1 || c.ended != 1 || c.compiled != "compiled hello" || !c.issue.Started.Equal(due) ||
			!c.issue.Expires.Equal(due.Add(72*time.Hour)) || len(c.w.e.runs) != 0 {
			t.Errorf("%d starts, %d ends, %q, %+v; %d runs left", c.starts, c.ended, c.compiled, c.issue, len(c.w.e.runs))
		}
	})
}

// TestAnIssueThatSaysWhenItExpires: that holds for the books and for the engine.
func TestAnIssueThatSaysWhenItExpires(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 1)
		c.expiry = 2 * time.Hour
		c.w.send = func(context.Context, *conn, string) deliver.Result {
			return deliver.Judge(deliver.StageRcpt, 450, "4.2.0", "")
		}
		due := c.issue.Due
		c.run(6 * time.Hour)
		if !c.issue.Expires.Equal(due.Add(2 * time.Hour)) {
			t.Errorf("expires %s after it was due", c.issue.Expires.Sub(due))
		}
		// After 15, 30 and 60 minutes; two hours more would be too late.
		if n, s := len(c.ledger.settled[1]), c.ledger.last(1); n != 4 || !s.Next.IsZero() {
			t.Errorf("%d attempts, the last %+v", n, s)
		}
	})
}

// TestOneStart has many servers' worth of ticks at the same instant.
func TestOneStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 10)
		time.Sleep(time.Hour)
		stop := c.w.run()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { c.s.Tick(t.Context()) })
		}
		wg.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if c.ledger.wantAll(10, deliver.Accepted, 1); c.starts != 1 {
			t.Errorf("%d starts", c.starts)
		}
	})
}

func TestHeld(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*calendar)
		wait    time.Duration
		words   string
	}{
		"just in time": {func(*calendar) {}, 3 * time.Hour, "started for 1 reader, 2h late; finished: 1 accepted of 1"},
		"too late": {func(*calendar) {}, 3*time.Hour + time.Second,
			"held: it was due 2h1m ago, and the list sends up to 2h late; schedule it again to send it"},
		"cannot be composed": {
			func(c *calendar) {
				c.s.Compile = func(_ context.Context, _ *deliver.Issue, _ time.Time) (deliver.Form, error) {
					return deliver.Form{}, errors.New("line 3: no such slot")
				}
			}, time.Hour, "held: it cannot be composed: line 3: no such slot"},
		"cannot be archived": {
			func(c *calendar) {
				c.s.Compile = func(context.Context, *deliver.Issue, time.Time) (deliver.Form, error) {
					return deliver.Form{Expiry: time.Hour, Unarchived: "boom"}, nil
				}
			}, time.Hour, "it goes out, and stands in no archive: boom; started for 1 reader; finished: 1 accepted of 1"},
		"full disk": {func(c *calendar) { c.start = func() error { return errFull } }, time.Hour, "held: the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := newCalendar(t, 1)
				test.prepare(c)
				time.Sleep(test.wait)
				c.run(10 * time.Second)
				state := deliver.Held
				if strings.Contains(test.words, "started") {
					state = deliver.Finished
				}
				if c.want(state, test.words); state == deliver.Held && (c.starts != 0 || c.w.count("") != 0) {
					t.Errorf("%d starts, %q", c.starts, c.w.events(""))
				}
			})
		})
	}
}

// TestAStopWhileItIsComposed: it is still due at the next start of the service.
func TestAStopWhileItIsComposed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 1)
		ctx, stop := context.WithCancel(t.Context())
		c.s.Compile = func(ctx context.Context, _ *deliver.Issue, _ time.Time) (deliver.Form, error) {
			stop()
			return deliver.Form{}, ctx.Err()
		}
		time.Sleep(time.Hour)
		c.s.Tick(ctx)
		c.want(deliver.Scheduled, "")
	})
}

// TestAHoldThatCannotBeWritten: it stays scheduled, nothing goes out, and the
// next tick tries again.
func TestAHoldThatCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 1)
		c.start, c.change = func() error { return errFull }, errFull
		time.Sleep(time.Hour)
		c.run(3 * time.Second)
		c.want(deliver.Scheduled, "")
		if n := strings.Count(c.log.String(), "ScheduleFault"); n != 3 {
			t.Errorf("%d faults in the log", n)
		}
		c.change = nil
		c.run(time.Second)
		c.want(deliver.Held, "held: the disk is full")
	})
}

func TestChangedBetweenTheLookAndTheStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change   func(*deliver.Issue)
		state    deliver.State
		compiled string
	}{
		"replaced":  {func(i *deliver.Issue) { i.Source = []byte("better") }, deliver.Finished, "compiled better"},
		"cancelled": {func(i *deliver.Issue) { i.State, i.Due = deliver.Draft, time.Time{} }, deliver.Draft, ""},
		"put off":   {func(i *deliver.Issue) { i.Due = i.Due.Add(time.Hour) }, deliver.Scheduled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := newCalendar(t, 5)
				c.between = test.change
				time.Sleep(time.Hour)
				stop := c.w.run()
				c.s.Tick(t.Context())
				time.Sleep(time.Second)
				if c.starts != 0 || c.w.count("") != 0 || c.words() != "" {
					t.Errorf("started: %q, %q", c.words(), c.w.events(""))
				}
				stop()
				c.run(10 * time.Second)
				if c.issue.State != test.state || c.compiled != test.compiled {
					t.Errorf("then %s, %q", c.issue.State, c.compiled)
				}
			})
		})
	}
}

// TestCancelledBeforeItCouldBeHeld: what an editor did in the meantime stands.
func TestCancelledBeforeItCouldBeHeld(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 5)
		c.between = func(i *deliver.Issue) { i.State, i.Due = deliver.Draft, time.Time{} }
		c.start = func() error { return errFull }
		time.Sleep(time.Hour)
		c.run(3 * time.Second)
		c.want(deliver.Draft, "")
	})
}

// TestAStopIsNoReasonToHold: an issue that comes due while the service stops is
// still due after the next start.
func TestAStopIsNoReasonToHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 5)
		ctx, cancel := context.WithCancel(t.Context())
		c.start = func() error { cancel(); return ctx.Err() }
		time.Sleep(time.Hour)
		c.s.Tick(ctx)
		c.want(deliver.Scheduled, "")
		c.start = nil
		c.run(3 * time.Second)
		c.want(deliver.Finished, "started for 5 readers; finished: 5 accepted of 5")
	})
}

// TestARestart finds the issue running, and carries on.
func TestARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 5)
		c.issue.State, c.issue.Expires = deliver.Running, time.Now().Add(time.Hour)
		c.run(5 * time.Second)
		c.want(deliver.Finished, "finished: 5 accepted of 5")
		if c.ledger.wantAll(5, deliver.Accepted, 1); c.starts != 0 || c.ended != 1 {
			t.Errorf("%d starts, %d ends", c.starts, c.ended)
		}
	})
}

// TestCancel: what is in flight is finished, nothing more is claimed or even
// asked for, and then the run is concluded, once.
func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 1000)
		c.issue.State, c.issue.Expires = deliver.Running, time.Now().Add(time.Hour)
		c.w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(10 * time.Second)
			return accepted
		}
		stop := c.w.run()
		c.s.Tick(t.Context())
		time.Sleep(5 * time.Second)
		err := c.ChangeIssue(t.Context(), named("a/1"), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) })
		if err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			if c.s.Tick(t.Context()); n < 5 && c.ended != 0 {
				t.Fatal("concluded, with two copies in flight")
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		stop()
		c.want(deliver.Cancelled, "cancelled; copies not yet claimed stay unsent")
		if c.ended != 1 || c.w.count("send") != 2 || c.w.count("withdraw") != 0 || len(c.ledger.inFlight) != 0 {
			t.Errorf("%d ends; %q", c.ended, c.w.events(""))
		}
	})
}

// TestAFaultOfOneIssue is logged, and does not keep the others from being looked at.
func TestAFaultOfOneIssue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 5)
		lost := c.s.Calendar
		c.s.Calendar = two{lost}
		time.Sleep(time.Hour)
		c.run(2 * time.Second)
		c.want(deliver.Finished, "started for 5 readers; finished: 5 accepted of 5")
		if !strings.Contains(c.log.String(), "level=ERROR msg=ScheduleFault issue=gone/1 err=\"its list is not declared\"") {
			t.Errorf("the log:\n%s", &c.log)
		}
	})
}

// two is a calendar with another issue whose list is not declared.
type two struct{ deliver.Calendar }

func (c two) Live() ([]*deliver.Issue, error) {
	all, err := c.Calendar.Live()
	return append([]*deliver.Issue{{Name: deliver.IssueName{List: "gone", Slug: "1"}, State: deliver.Running}}, all...), err
}
