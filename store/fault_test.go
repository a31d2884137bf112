package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// faulty is a process whose disk fails somewhere. It goes on after each error, as a program
// would that does not know better, and says what it was told is done.
type faulty struct {
	*Store
	ctx context.Context
	run deliver.Run
}

// did says what is done, or that the store writes nothing any more.
func did(err error, format string, args ...any) bool {
	switch {
	case errors.Is(err, ErrDisk):
		say("broken it")
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
	default:
		say(format, args...)
	}
	return err == nil
}

// workThroughFaults does a little of everything, one thing after the other.
func workThroughFaults(dir string, keys *seal.Keyring) {
	s, err := Open(Options{Dir: dir, Keys: keys})
	if !did(err, "opened it") {
		say("refused it")
		return
	}
	f := &faulty{s, context.Background(), nil}
	var page []*subscribe.Subscriber
	for n := range 20 {
		page = append(page, sample("japanifornia", fmt.Sprintf("reader%d@example.jp", n)))
	}
	if did(s.Seed(f.ctx, page), "seeded it") && did(addAndStart(f.ctx, s, named("japanifornia", "autumn")), "started it") {
		f.run, err = s.OpenRun(named("japanifornia", "autumn"))
		did(err, "ran it")
	}
	f.people()
	f.turns()
	_, err = s.Compact(f.ctx, nil)
	did(err, "compacted it")
	f.people()
	f.turns()
	did(s.Close(), "closed it")
}

// people has one join who stays, and one who leaves.
func (f *faulty) people() {
	id, err := joinAnybody(f.ctx, f.Store)
	did(err, "joined %s", id)
	if id, err = joinAnybody(f.ctx, f.Store); did(err, "joined %s", id) {
		did(leaveOne(f.ctx, f.Store, id), "left %s", id)
	}
	if did(f.AddDeed(f.ctx, deliver.Deed{By: "hanako", What: "issue pause"}), "wrote it") {
		head, err := f.AuditHead()
		did(err, "noted %s", head)
	}
}

// turns sends three copies, one of which comes back.
func (f *faulty) turns() {
	if f.run == nil {
		return
	}
	for n := range 3 {
		x, err := f.run.Reserve(time.Now())
		if err != nil || x == nil || !did(f.run.SettleAndClaim(f.ctx, nil, x, nil), "claimed %d", x.Seq) {
			continue
		}
		settle := &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}
		if did(f.run.SettleAndClaim(f.ctx, settle, nil, nil), "settled %d", x.Seq) && n == 0 {
			_, err := f.Bounce(f.ctx, deliver.Bounce{Of: returnOf(*x), Kind: deliver.BouncedHard, Enhanced: "5.2.1"})
			did(err, "returned %d", x.Seq)
		}
	}
}
