package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"example.jp/kairan/deliver"
)

// story is `send --kill`: issues whose sender is killed over and over, each
// followed by an audit of the books against what the sink recorded.
type story struct {
	o    sendOptions
	size int
	dir  string
	dice *rand.Rand
	std  streams
}

// killStory goes on until there were so many kills, and fails at the first
// audit that finds something wrong.
func killStory(ctx context.Context, o sendOptions, size int, std streams) (err error) {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	fmt.Fprintf(std.out, "kairan-bench send --kill --kills %d --readers %d --connections %d --seed %d\n", o.kills, o.readers, o.connections[0], o.seed)
	dir, gone, err := o.workplace()
	if err != nil {
		return err
	}
	s := &story{o: o, size: size, dir: dir, dice: rand.New(rand.NewPCG(o.seed, 0)), std: std}
	t := newTable(std.out, "Readers", "Connections", "Relay", "Kills", "Stops", "Accepted", "Refused", "Uncertain ever", "Left", "Copies twice", "Books")
	var chapters []chapterOutcome
	kills := 0
	for n := 1; kills < o.kills && err == nil && ctx.Err() == nil; n++ {
		if n > 10+5*o.kills {
			err = fmt.Errorf("only %d of %d kills met a sender at work: give more --readers or a --slow relay", kills, o.kills)
			break
		}
		var c chapterOutcome
		if c, err = s.chapter(ctx, n, o.kills-kills); err != nil {
			err = fmt.Errorf("issue %d (seed %d): %w", n, o.seed, err)
		}
		kills += c.kills
		chapters = append(chapters, c)
		fmt.Fprintf(std.err, "%d of %d kills, %d issues\n", kills, o.kills, n)
		t.AppendRow(c.row(err))
	}
	t.AppendFooter(total(chapters))
	t.Render()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return fmt.Errorf("%w; what was found is kept in %s", err, dir)
	}
	return gone()
}

// chapterOutcome is one issue of the story.
type chapterOutcome struct {
	readers, connections int
	faults               faults
	kills, stops         int // by SIGKILL, by SIGTERM
	books                deliver.Balance
	twice                int // readers with two copies
}

func (c chapterOutcome) row(err error) table.Row {
	verdict := "balance"
	switch {
	case errors.Is(err, context.Canceled):
		verdict = "stopped"
	case err != nil:
		verdict = "WRONG"
	}
	return table.Row{thousands(c.readers), c.connections, c.faults.String(), c.kills, c.stops, thousands(c.books.Accepted),
		c.books.Refused, c.books.UncertainEver, c.books.Uncertain, c.twice, verdict}
}

func total(chapters []chapterOutcome) table.Row {
	var c chapterOutcome
	for _, x := range chapters {
		c.readers += x.readers
		c.kills += x.kills
		c.stops += x.stops
		c.twice += x.twice
		c.books.Accepted += x.books.Accepted
		c.books.Refused += x.books.Refused
		c.books.UncertainEver += x.books.UncertainEver
		c.books.Uncertain += x.books.Uncertain
	}
	return table.Row{thousands(c.readers), "", "", c.kills, c.stops, thousands(c.books.Accepted), c.books.Refused,
		c.books.UncertainEver, c.books.Uncertain, c.twice, ""}
}

// String names the faults of a relay for the table.
func (f faults) String() string {
	var words []string
	for _, x := range []struct {
		of   float64
		name string
	}{{f.Refuse, "refuses"}, {f.Defer, "defers"}, {f.Drop, "drops"}, {f.Slow, "slow"}} {
		if x.of > 0 {
			words = append(words, fmt.Sprintf("%s %g %%", x.name, x.of))
		}
	}
	for _, x := range []struct {
		says bool
		what string
	}{
		{f.Session > 0, fmt.Sprintf("%d a session", f.Session)}, {f.Rate > 0, fmt.Sprintf("%d per %s", f.Rate, slice)},
		{f.Shut > 0, fmt.Sprintf("shut %g %%", f.Shut)}, {f.Bare, "bare codes"},
	} {
		if x.says {
			words = append(words, x.what)
		}
	}
	if words == nil {
		return "takes all"
	}
	return strings.Join(words, ", ")
}

// relay draws how the relay of an issue behaves, unless the flags say.
func (s *story) relay() faults {
	if s.o.faults.any() || s.o.faults.limits.any() {
		f := s.o.faults
		f.Salt = s.dice.Uint64()
		return f
	}
	f := faults{SlowBy: time.Duration(1+s.dice.IntN(40)) * time.Millisecond, Salt: s.dice.Uint64()}
	all := s.dice.IntN(10)
	for i, share := range []*float64{&f.Slow, &f.Drop, &f.Defer, &f.Refuse} {
		if all == i || all == 4 {
			*share = float64(1+s.dice.IntN(20)) / 4
		}
	}
	if all == 6 || all == 9 {
		f.Session = 1 + s.dice.IntN(100)
	}
	if all == 7 || all == 9 {
		f.Shut = float64(1 + s.dice.IntN(20))
	}
	if all == 8 || all == 9 {
		f.Rate = 20 + s.dice.IntN(100)
	}
	f.Bare = s.dice.IntN(4) == 0
	return f
}

// chapter sends one issue, killed at most so many times, and audits it.
func (s *story) chapter(ctx context.Context, n, most int) (c chapterOutcome, err error) {
	least := math.Log(float64(min(100, s.o.readers)))
	c.readers = int(math.Round(math.Exp(least + s.dice.Float64()*(math.Log(float64(s.o.readers))-least))))
	c.connections = 1 + s.dice.IntN(s.o.connections[0])
	c.faults = s.relay()
	dir := filepath.Join(s.dir, fmt.Sprintf("issue-%d", n))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, err
	}
	w, err := newWorld(dir)
	if err != nil {
		return c, err
	}
	if err := w.furnish(ctx, c.readers, s.size); err != nil {
		return c, err
	}
	record := filepath.Join(dir, "record")
	sink, err := startSink(sinkSpec{Faults: c.faults, Record: record, Lockstep: s.o.lockstep}, s.std.err)
	if err != nil {
		return c, err
	}
	spec := senderSpec{
		Dir: dir, Slug: "issue", Port: sink.Port, Connections: c.connections, SyncDelay: s.o.syncDelay,
		UncertainAfter: 200 * time.Millisecond, Retry: deliver.Retry{50 * time.Millisecond}, ProbeEvery: 100 * time.Millisecond,
	}
	if s.o.hold {
		spec.UncertainAfter = -1
	}
	err = s.lives(ctx, &c, spec, sink, most)
	if err := errors.Join(err, sink.Close()); err != nil {
		return c, err
	}
	if err := c.audit(record, s.o.hold); err != nil {
		return c, err
	}
	return c, os.RemoveAll(dir)
}
