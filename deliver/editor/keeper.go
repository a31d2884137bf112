package editor

import (
	"context"
	"log/slog"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Keeper keeps the issues of the runs while the engine sends them; it is a
// [deliver.RunKeeper]. What it cannot read or write is in the log, and is no reason to
// stop a run.
type Keeper struct {
	Store Shelf
	Lists subscribe.Lists
	Log   *slog.Logger
}

var _ deliver.RunKeeper = (*Keeper)(nil)

// Terms implements [deliver.RunKeeper]. If the books cannot be read, a slow start
// begins anew.
func (k *Keeper) Terms(run deliver.IssueName) deliver.Terms {
	l := k.Lists[run.List]
	if l == nil {
		return deliver.Terms{}
	}
	i, err := k.Store.Issue(run)
	if err != nil {
		k.Log.Error("LedgerFault", "run", run, "err", err)
		return deliver.Terms{Pace: paceOf(k.Store, l, time.Time{})}
	}
	t := deliver.Terms{Pace: paceOf(k.Store, l, i.Started)}
	if t.Slow > 0 {
		x, err := k.Store.Balance(run)
		if err != nil {
			k.Log.Error("LedgerFault", "run", run, "err", err)
		} else {
			t.Sent, t.Began = x.Begun(), i.Started
		}
	}
	return t
}

// Books implements [deliver.RunKeeper].
func (k *Keeper) Books(run deliver.IssueName) deliver.Balance {
	b, err := k.Store.Balance(run)
	if err != nil {
		k.Log.Error("LedgerFault", "run", run, "err", err)
		return deliver.Balance{}
	}
	return b
}

// Remark implements [deliver.RunKeeper].
func (k *Keeper) Remark(run deliver.IssueName, what string) {
	err := k.Store.ChangeIssue(context.Background(), run, func(i *deliver.Issue, now time.Time) error {
		i.Remark(what, now)
		return nil
	})
	if err != nil {
		k.Log.Error("TimelineFault", "issue", run, "err", err)
	}
}

// Pause implements [deliver.RunKeeper].
func (k *Keeper) Pause(run deliver.IssueName, why string, refusals bool) {
	change := k.Store.ChangeIssue
	if refusals {
		change = k.Store.TakeBack
	}
	err := change(context.Background(), run, func(i *deliver.Issue, now time.Time) error {
		return i.Pause(deliver.Self, why, now)
	})
	if err != nil {
		k.Log.Error("PauseFault", "issue", run, "err", err)
	}
}
