package editor

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Again says to which of its readers an issue that has ended is to go once more.
type Again struct {
	To       deliver.Whom
	Alone    string // why nobody but its author stands for it, where the list asks for another; "": another does
	Approver bool   // whoever asks is an approver of the list
}

// Resending is what it means to send an issue once more. Nothing of it is about a reader.
type Resending struct {
	Status  // of the issue now; Ends, Warnings and the rate are those of what is to go out
	Copies  int
	Starts  time.Time
	Expires time.Time // when copies are given up that are put off
}

// ForeseeAgain is what [Editor.Resend] would do, or why it would refuse. It changes nothing.
func (e *Editor) ForeseeAgain(ctx context.Context, who, name string, again Again) (r Resending, err error) {
	l, i, err := e.findEnded(name)
	if err != nil {
		return r, err
	}
	now := e.Now()
	n, err := e.countAgain(i, again.To)
	if err != nil {
		return r, err
	}
	try, life := *i, e.lifetimeNow(ctx, l, i)
	r.Copies, r.Starts = n, now.Add(e.Sending.Delay)
	if err := e.sending(l, who, again, life)(&try, n, now); err != nil {
		return r, err
	}
	r.Expires = try.Expires
	if r.Status, err = e.Status(ctx, name); err != nil {
		return r, err
	}
	f, warning, err := e.judgePlan(plan{l, i.Name, r.Starts, life, n})
	if warning.EN != "" {
		r.Warnings = append(r.Warnings, warning)
	}
	r.First, r.Ends, r.PerMinute = f.First, f.Last, e.full()
	return r, err
}

// Resend sends what an issue sent once more to those of its readers whose copy ended so, and
// who still want it. It is a further round of the same issue, in the same books: these tell
// who got it, in whatever round, so that nobody but the uncertain gets it twice; its copies
// are the same octets under the same Message-IDs, and its archive has it once.
func (e *Editor) Resend(ctx context.Context, who, name string, again Again) (Resending, error) {
	r, err := e.ForeseeAgain(ctx, who, name, again)
	if err != nil {
		return r, err
	}
	life, foreseen := r.Expires.Sub(r.Starts), r.Starts
	change := e.sending(r.List, who, again, life)
	err = e.Store.SendAgain(ctx, r.Issue.Name, again.To, func(i *deliver.Issue, copies int, at time.Time) (time.Time, error) {
		r.Copies, r.Starts, r.Expires = copies, at.Add(e.Sending.Delay), at.Add(e.Sending.Delay).Add(life)
		return r.Starts, change(i, copies, at)
	})
	if err != nil {
		return r, notTold(r.Issue, err)
	}
	r.First = r.First.Add(r.Starts.Sub(foreseen)) // it starts at the commit's instant, and nothing rests meanwhile
	r.Issue, err = e.Store.Issue(r.Issue.Name)
	return r, err
}

// findEnded finds an issue whose list takes one more, where mail goes out.
func (e *Editor) findEnded(name string) (*subscribe.List, *deliver.Issue, error) {
	l, i, err := e.find(name)
	if err = errors.Join(err, e.RefuseIfHeld()); err != nil {
		return l, i, err
	}
	if err := e.refuseIfEnded(l, i.Name); err != nil {
		return l, i, err
	}
	if !e.Serving {
		return l, i, refused("no server is running that could send %s; start it with: kairan serve", i.Name)
	}
	return l, i, nil
}

// countAgain is how many would get an issue once more.
func (e *Editor) countAgain(i *deliver.Issue, to deliver.Whom) (int, error) {
	if i.State != deliver.Finished {
		return 0, nil // which is refused
	}
	n, err := e.Store.CountAgain(i.Name, to)
	if errors.Is(err, deliver.ErrForgotten) { // as they are at once where every copy was accepted
		books, fault := e.Store.Balance(i.Name)
		if fault == nil && lacking(books, to) == 0 {
			n, err = 0, nil
		}
	}
	if err != nil {
		return 0, notTold(i, err)
	}
	if n == 0 {
		return 0, refused("%s goes to nobody once more: of those who are still on the list, nobody's copy is %s", i.Name, to)
	}
	return n, nil
}

// lacking is how many copies of an issue that has ended became so, by its sums, which are
// kept longer than whose they were.
func lacking(b deliver.Balance, to deliver.Whom) int {
	switch to {
	case deliver.ToUncertain:
		return b.Uncertain
	case deliver.ToRefused:
		return b.Refused
	}
	return b.Expired + b.Deferred + b.Pending
}

// sending makes the transition, after whoever has to has stood for it.
func (e *Editor) sending(l *subscribe.List, who string, again Again, life time.Duration) func(*deliver.Issue, int, time.Time) error {
	return func(i *deliver.Issue, copies int, now time.Time) error {
		if err := i.SendAgain(again.To, copies, now.Add(e.Sending.Delay), life, who, l.Zone, now); err != nil {
			return err
		}
		if l.Approvals < 2 {
			if again.Alone != "" {
				return refused("the list %s asks for no approval, so there is none to go without; leave --alone out", l.ID)
			}
			return nil
		}
		if again.Alone == "" && (!again.Approver || who == i.Author()) {
			return refused("%s was approved for its readers, and not for these; have an approver of the list %s who has not written it give this command, or go alone: --alone REASON", i.Name, l.ID)
		}
		i.StandAgain(who, again.Alone, now)
		return nil
	}
}

// lifetimeNow is how long copies of an issue are tried that go out once more: as long as its
// text says, if that can still be read.
func (e *Editor) lifetimeNow(ctx context.Context, l *subscribe.List, i *deliver.Issue) time.Duration {
	if m, err := e.manuscript(i); err == nil {
		if draft, err := e.Compiler.Draft(ctx, l, m); err == nil {
			return e.lifetime(draft)
		}
	}
	return e.Sending.Expires
}

// notTold says in an editor's words that the books do not tell.
func notTold(i *deliver.Issue, err error) error {
	if errors.Is(err, deliver.ErrForgotten) {
		return refused("it is not known any more who got %s and who did not: that is forgotten after retention.ledgers, and was not kept by an older version or over a backup that was put back; add it under another name to send it to everybody", i.Name)
	}
	return err
}
