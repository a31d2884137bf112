package subscribe

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// RequestQueue is where the intake finds what was put down.
type RequestQueue interface {
	// WaitingRequests returns up to max slips, oldest first.
	WaitingRequests(ctx context.Context, max int) ([]Request, error)
}

// Intake decides what mail is owed for what was asked at the Desk. It works on a
// tick of its own, not on arrival: work that starts at once would show in the
// time of the answers beside it.
type Intake struct {
	Store Store
	Tray  RequestQueue
	Lists Lists
	// Limits.PerHour is what the pace of a receiving domain is a share of; 0: they have none.
	Limits Limits
	Every  time.Duration // 0: 250 ms
	Wake   func()        // told that the outbox may hold something new; nil: nobody is
	Fault  func(error)   // told what kept slips in the tray; nil: nobody is
	// Alarm is told of [TroubleDomain], at most once an hour. nil: nobody is.
	Alarm func(Trouble)

	queued alarm
}

// batch is how many slips one tick takes: more would make a long commit.
const batch = 256

// Run works until ctx ends.
func (c *Intake) Run(ctx context.Context) error {
	every := c.Every
	if every == 0 {
		every = 250 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := c.Work(ctx); err != nil && ctx.Err() == nil && c.Fault != nil {
			c.Fault(err)
		}
	}
}

// survive makes a panic the error of what panicked: one slip that nobody foresaw
// must not end the service, in which everybody else signs up and leaves.
func survive(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic in the intake: %v\n%s", r, debug.Stack())
	}
}

// Work takes one batch out of the tray and returns how many slips it settled.
// The slips are decided side by side, so that they share commits.
func (c *Intake) Work(ctx context.Context) (done int, err error) {
	defer survive(&err)
	slips, err := c.Tray.WaitingRequests(ctx, batch)
	if err != nil || len(slips) == 0 {
		return 0, err
	}
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for _, s := range slips {
		wg.Go(func() {
			fault := c.settle(ctx, s)
			mu.Lock()
			defer mu.Unlock()
			if fault != nil {
				err = fault
				return
			}
			done++
		})
	}
	wg.Wait()
	if done > 0 && c.Wake != nil {
		c.Wake()
	}
	return done, err
}

func (c *Intake) settle(ctx context.Context, s Request) (err error) {
	defer survive(&err)
	return c.Store.Update(ctx, func(tx Tx) error { return c.decide(tx, s) })
}

// decide settles one slip: it owes a mail, or nothing, and the slip is gone.
func (c *Intake) decide(tx Tx, slip Request) error {
	l := c.Lists[slip.List]
	if l == nil || tx.Now().Sub(slip.At) > ConfirmFor {
		tx.DropRequest(slip.N)
		return nil
	}
	block, _, err := MarksOf(tx, l.ID, slip.Address)
	if err != nil {
		return err
	}
	known, err := tx.ByAddress(l.ID, slip.Address)
	if err != nil {
		return err
	}
	if known != nil && known.State == Lost {
		known = nil // its reader signs up anew
	}
	n := owedFor(slip, known, tx.Now())
	var settle func()
	if block == nil && n != nil {
		var queued bool
		if settle, queued, err = c.Limits.spaced(tx, slip.Kind, slip.Fresh, n); err != nil {
			return err
		}
		if queued && c.Alarm != nil {
			c.queued.ring(func() { c.Alarm(TroubleDomain) }, tx.Now())
		}
	}
	tx.DropRequest(slip.N)
	if settle != nil {
		settle()
		tx.Owe(*n)
	}
	return nil
}

// owedFor is the rule: who asks to join and is not on the list is asked to
// confirm, who is on it already is told so, and a correction link goes to
// entries only.
func owedFor(slip Request, known *Subscriber, now time.Time) *Notice {
	var n Notice
	switch {
	case slip.Kind == RequestJoin && known == nil:
		n = Notice{
			Kind: NoticeConfirm, List: slip.List, To: slip.Address, Lang: slip.Lang,
			Asked: slip.At, Expires: now.Add(NoticeConfirm.row().life),
		}
	case slip.Kind == RequestJoin:
		n = NewNotice(NoticeAlready, known, slip.Lang, now)
	case slip.Kind == RequestCorrect && known != nil:
		n = NewNotice(NoticeCorrect, known, slip.Lang, now)
	default:
		return nil
	}
	return &n
}
