package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"example.jp/kairan/deliver"
)

// crashes are `send --kill`: issues whose sender is killed over and over, each
// followed by an audit of the books against what its relays recorded.
type crashes struct {
	o    sendOptions
	size int
	dir  string
	rng  *rand.Rand
	std  streams
}

// crashTest goes on until there were so many kills, and fails at the first audit
// that finds something wrong.
func crashTest(ctx context.Context, o sendOptions, size int, std streams) (err error) {
	o.seed = cmp.Or(o.seed, uint64(time.Now().UnixNano()))
	fmt.Fprintf(std.out, "kairan-bench send --kill --kills %d --readers %d --connections %d --seed %d\n", o.kills, o.readers, o.connections[0], o.seed)
	dir, gone, err := o.workplace()
	if err != nil {
		return err
	}
	s := &crashes{o: o, size: size, dir: dir, rng: rand.New(rand.NewPCG(o.seed, 0)), std: std}
	t := newTable(std.out, "Readers", "Connections", "Relays", "Each", "Kills", "Stops", "Accepted", "Refused", "Uncertain ever", "Left", "Copies twice", "Books")
	var total round
	for n := 1; total.kills < o.kills && err == nil && ctx.Err() == nil; n++ {
		if n > 10+5*o.kills {
			err = fmt.Errorf("only %d of %d kills met a sender at work: give more --readers or a --slow relay", total.kills, o.kills)
			break
		}
		var r round
		if r, err = s.round(ctx, n, o.kills-total.kills); err != nil {
			err = fmt.Errorf("issue %d (seed %d): %w", n, o.seed, err)
		}
		total.add(r)
		fmt.Fprintf(std.err, "%d of %d kills, %d issues\n", total.kills, o.kills, n)
		t.AppendRow(append(r.row(), verdict(err)))
	}
	foot := append(total.row(), "")
	foot[1], foot[2], foot[3] = "", "", ""
	t.AppendFooter(foot)
	t.Render()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return fmt.Errorf("%w; what was found is kept in %s", err, dir)
	}
	return gone()
}

// round is one issue.
type round struct {
	readers, connections int // connections to each relay
	relays               int
	faults               faults
	kills, stops         int // by SIGKILL, by SIGTERM
	books                deliver.Balance
	twice                int // readers with two copies
}

func (r round) row() table.Row {
	return table.Row{deliver.Thousands(r.readers), r.connections, r.relays, r.faults.String(), r.kills, r.stops, deliver.Thousands(r.books.Accepted),
		r.books.Refused, r.books.UncertainEver, r.books.Uncertain, r.twice}
}

func verdict(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped"
	case err != nil:
		return "WRONG"
	}
	return "balance"
}

// add is for the table's last row.
func (r *round) add(x round) {
	r.readers += x.readers
	r.kills += x.kills
	r.stops += x.stops
	r.twice += x.twice
	r.books.Accepted += x.books.Accepted
	r.books.Refused += x.books.Refused
	r.books.UncertainEver += x.books.UncertainEver
	r.books.Uncertain += x.books.Uncertain
}

// faults draws how the relay of an issue behaves, unless the flags say.
func (s *crashes) faults() faults {
	if s.o.faults.any() || s.o.faults.limits.any() {
		f := s.o.faults
		f.Salt = s.rng.Uint64()
		return f
	}
	f := faults{SlowBy: time.Duration(1+s.rng.IntN(40)) * time.Millisecond, Salt: s.rng.Uint64()}
	all := s.rng.IntN(10)
	for i, share := range []*float64{&f.Slow, &f.Drop, &f.Defer, &f.Refuse} {
		if all == i || all == 4 {
			*share = float64(1+s.rng.IntN(20)) / 4
		}
	}
	if all == 6 || all == 9 {
		f.Session = 1 + s.rng.IntN(100)
	}
	if all == 7 || all == 9 {
		f.Shut = float64(1 + s.rng.IntN(20))
	}
	if all == 8 || all == 9 {
		f.Rate = 20 + s.rng.IntN(100)
	}
	f.Bare = s.rng.IntN(4) == 0
	return f
}

// relays draws over how many relays an issue goes, which share the load and fail alike:
// one, as a rule.
func (s *crashes) relays(r *round) (all []relaySpec) {
	r.relays = max(1, s.rng.IntN(5)-1)
	for range r.relays {
		all = append(all, relaySpec{Faults: r.faults, Lockstep: s.o.lockstep})
	}
	return all
}

// shares draws their shares.
func (s *crashes) shares(relays int) (all []int) {
	for range relays {
		all = append(all, 1+s.rng.IntN(5))
	}
	return all
}

// round sends one issue, killed at most so many times, and audits it.
func (s *crashes) round(ctx context.Context, n, most int) (r round, err error) {
	least := math.Log(float64(min(100, s.o.readers)))
	r.readers = int(math.Round(math.Exp(least + s.rng.Float64()*(math.Log(float64(s.o.readers))-least))))
	r.connections = 1 + s.rng.IntN(s.o.connections[0])
	r.faults = s.faults()
	dir := filepath.Join(s.dir, fmt.Sprintf("issue-%d", n))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	if _, err := makeWorld(ctx, dir, r.readers, s.size, 0); err != nil {
		return r, err
	}
	h, err := startHouse(dir, s.relays(&r), s.std.err)
	if err != nil {
		return r, err
	}
	spec := senderSpec{
		Dir: dir, Slug: "issue", Farm: h.farm(r.connections, s.shares(r.relays)), Connections: r.connections * r.relays, SyncDelay: s.o.syncDelay,
		UncertainAfter: 200 * time.Millisecond, Retry: deliver.Retry{50 * time.Millisecond}, ProbeEvery: 100 * time.Millisecond,
	}
	if s.o.hold {
		spec.UncertainAfter = -1
	}
	err = s.sendOver(ctx, &r, spec, h, most)
	if err := errors.Join(err, h.end()); err != nil {
		return r, err
	}
	_, copies, err := h.copies()
	if err == nil {
		err = r.audit(copies, s.o.hold)
	}
	if err != nil {
		return r, err
	}
	return r, os.RemoveAll(dir)
}

// sendOver starts the sender again after each end, until the issue is out. It looks
// at the books each time.
func (s *crashes) sendOver(ctx context.Context, r *round, spec senderSpec, h *house, most int) error {
	planned := min(most, 1+s.rng.IntN(20))
	// A sender must not live so long that the issue is out before the planned kills.
	longest := max(10*time.Millisecond, 60*time.Microsecond*time.Duration(r.readers)/time.Duration(planned))
	ever, allowed, unanswered := 0, 0, int64(0)
	for {
		var end os.Signal
		if r.kills < planned {
			if end = syscall.SIGKILL; s.rng.IntN(6) == 0 {
				end = syscall.SIGTERM
			}
		}
		l, err := s.live(ctx, spec, end, time.Duration(s.rng.Int64N(int64(longest))))
		if err != nil {
			return err
		}
		if l.opened != nil {
			if err := r.checkReopened(*l.opened, ever+allowed); err != nil {
				return err
			}
			ever, allowed = l.opened.UncertainEver, 0
		}
		seen, err := h.idle(ctx)
		if err != nil {
			return err
		}
		// What is in doubt may grow by those whom the relay left without an answer
		// and, if the sender was killed, by one for each connection.
		allowed += int(seen.Unanswered - unanswered)
		unanswered = seen.Unanswered
		if l.killed {
			r.kills++
			allowed += spec.Connections
		}
		if l.stopped {
			r.stops++
		}
		if l.closed != nil {
			r.books = *l.closed
			return r.checkDoubts(r.books, ever+allowed)
		}
	}
}

// checkReopened looks at the books that a sender finds after the end of the last one.
func (r *round) checkReopened(b deliver.Balance, most int) error {
	r.books = b
	if !b.Balances() || b.InFlight != 0 || b.Audience != 0 && b.Audience != r.readers {
		return fmt.Errorf("after %d kills the books do not balance: %+v", r.kills, b)
	}
	return r.checkDoubts(b, most)
}

func (r *round) checkDoubts(b deliver.Balance, most int) error {
	if b.UncertainEver > most {
		return fmt.Errorf("after %d kills and %d stops %d readers were uncertain at some time; %d can be accounted for (one for each of %d connections at a kill, none at a stop)",
			r.kills, r.stops, b.UncertainEver, most, r.connections*r.relays)
	}
	return nil
}
