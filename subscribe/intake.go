package subscribe

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// RequestQueue is where the intake finds what was put down.
type RequestQueue interface {
	// WaitingRequests returns up to max requests, oldest first.
	WaitingRequests(ctx context.Context, max int) ([]Request, error)
}

// Intake decides what mail is owed for what was asked at the Desk. It works on a
// tick of its own, not on arrival: work that starts at once would show in the
// time of the answers beside it.
type Intake struct {
	Store   Store
	Queue   RequestQueue
	Lists   Lists
	Endings Endings // of lists that the operator has ended: who still waits is mailed nothing
	// Limits gives the pace of a receiving domain, a share of PerHour; 0: there is none.
	Limits Limits
	Every  time.Duration // 0: 250 ms
	Wake   func()        // told that the outbox may hold something new; nil: nobody is
	Fault  func(error)   // told what kept requests waiting; nil: nobody is
	// Alarm is told of [TroubleDomain], at most once an hour. nil: nobody is.
	Alarm func(Trouble)

	alarms alarms
}

// batch is how many requests one tick takes: more would make a long commit.
const batch = 256

// Run works until ctx ends.
func (in *Intake) Run(ctx context.Context) error {
	tick := time.NewTicker(cmp.Or(in.Every, 250*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := in.Work(ctx); err != nil && ctx.Err() == nil && in.Fault != nil {
			in.Fault(err)
		}
	}
}

// survive makes a panic an error: what one request brings about must not end the
// service, in which everybody else signs up and leaves.
func survive(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic in the intake: %v\n%s", r, debug.Stack())
	}
}

// Work takes one batch of requests and returns how many it decided.
// They are decided side by side, so that they share commits.
func (in *Intake) Work(ctx context.Context) (done int, err error) {
	defer survive(&err)
	requests, err := in.Queue.WaitingRequests(ctx, batch)
	if err != nil || len(requests) == 0 {
		return 0, err
	}
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for _, r := range requests {
		wg.Go(func() {
			fault := in.handle(ctx, r)
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
	if done > 0 && in.Wake != nil {
		in.Wake()
	}
	return done, err
}

func (in *Intake) handle(ctx context.Context, r Request) (err error) {
	defer survive(&err)
	return in.Store.Update(ctx, func(tx Tx) error { return in.decide(tx, r) })
}

// decide ends one request: a mail is owed, or none, and the request is gone.
func (in *Intake) decide(tx Tx, r Request) error {
	l := in.Lists[r.List]
	if l == nil || tx.Now().Sub(r.At) > ConfirmFor || r.Kind == RequestJoin && in.Endings.Over(l, tx.Now()) {
		tx.DropRequest(r.N)
		return nil
	}
	block, _, err := MarksOf(tx, l.ID, r.Address)
	if err != nil {
		return err
	}
	known, err := tx.ByAddress(l.ID, r.Address)
	if err != nil {
		return err
	}
	if known != nil && known.State == Lost {
		known = nil // its reader signs up anew
	}
	n := noticeFor(r, known, tx.Now())
	var count func()
	if block == nil && n != nil {
		var queued bool
		if count, queued, err = in.Limits.space(tx, r.Kind, r.Fresh, n); err != nil {
			return err
		}
		if queued {
			in.alarms.ring(TroubleDomain, in.Alarm, tx.Now())
		}
	}
	tx.DropRequest(r.N)
	if count != nil {
		count()
		tx.Owe(*n)
	}
	return nil
}

// noticeFor returns what mail a request is owed, nil if none: who asks to join and is
// not on the list is asked to confirm, who is on it already is told so, and a correction
// link goes to entries only.
func noticeFor(r Request, known *Subscriber, now time.Time) *Notice {
	var n Notice
	switch {
	case r.Kind == RequestJoin && known == nil:
		n = Notice{
			Kind: NoticeConfirm, List: r.List, To: r.Address, Lang: r.Lang,
			Asked: r.At, Expires: now.Add(NoticeConfirm.row().life),
		}
	case r.Kind == RequestJoin:
		n = NewNotice(NoticeAlready, known, r.Lang, now)
	case r.Kind == RequestCorrect && known != nil:
		n = NewNotice(NoticeCorrect, known, r.Lang, now)
	default:
		return nil
	}
	return &n
}
