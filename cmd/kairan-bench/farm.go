package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
)

// farmOptions are the flags of `kairan-bench farm`.
type farmOptions struct {
	readers, connections int
	rate                 int
	slowBy               time.Duration
	seed                 uint64
}

func farmCommand(std streams) *cobra.Command {
	o := farmOptions{}
	c := &cobra.Command{
		Use: "farm", Args: cobra.NoArgs,
		Short: "Send one issue over three relays that share the load, while one dies, one throttles and one is slow",
		Long: `Send one issue over three relays that share the load, while one dies, one throttles
and one is slow. Each takes a tenth of the readers alone first, under the same
conditions but that none dies. What they take together is held against the sum
of that, and what they recorded against the books; a run that lost or doubled a
copy unseen is an error.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.readers < 1000 || o.connections < 1 || o.connections > 64 || o.rate < 1 || o.slowBy < 0 {
				return errors.New("give --readers 1000 or more, --connections 1 to 64, a --rate, and a --slow-by that is no less than nothing")
			}
			_, err := sendOverFarm(c.Context(), o, std)
			return err
		},
	}
	f := c.Flags()
	f.IntVar(&o.readers, "readers", 200_000, "how many readers")
	f.IntVar(&o.connections, "connections", 8, "connections to each relay")
	f.IntVar(&o.rate, "rate", 60, "messages that the one which throttles takes in 50 milliseconds before it says 454")
	f.DurationVar(&o.slowBy, "slow-by", 5*time.Millisecond, "how late the slow one answers each message")
	f.Uint64Var(&o.seed, "seed", 0, "of when the first one dies: after a fifth to a half of the readers (0: by the clock; it is printed)")
	return c
}

// lot is one relay of the farm, and what became of it.
type lot struct {
	what   string
	share  int
	spec   relaySpec
	alone  float64 // messages a second
	copies []copyTaken
}

// farmed is what was measured.
type farmed struct {
	lots     []lot
	sum      float64 // what they would have taken together, each as alone and as long as it lived, in a second
	together float64
	round    round
}

// ratio is what they took together of what each takes.
func (f farmed) ratio() float64 { return f.together / f.sum }

func sendOverFarm(ctx context.Context, o farmOptions, std streams) (f farmed, err error) {
	o.seed = cmp.Or(o.seed, uint64(time.Now().UnixNano()))
	fmt.Fprintf(std.out, "kairan-bench farm --readers %d --connections %d --rate %d --slow-by %s --seed %d\n", o.readers, o.connections, o.rate, o.slowBy, o.seed)
	dir, err := os.MkdirTemp("", "kairan-bench-")
	if err != nil {
		return f, err
	}
	dies := o.readers/5 + int(mix(o.seed)%uint64(o.readers*3/10+1))
	f.lots = []lot{
		{what: "dies", share: 3, spec: relaySpec{Dies: dies}},
		{what: "throttles", share: 2, spec: relaySpec{Faults: faults{limits: limits{Rate: o.rate}}}},
		{what: "is slow", share: 1, spec: relaySpec{Faults: faults{Slow: 100, SlowBy: o.slowBy}}},
	}
	for n := range f.lots {
		x := &f.lots[n]
		fmt.Fprintf(std.err, "the relay that %s, alone\n", x.what)
		alone := []lot{*x}
		alone[0].spec.Dies = 0
		if _, err := o.send(ctx, filepath.Join(dir, x.what), o.readers/10, alone, std); err != nil {
			return f, fmt.Errorf("the relay that %s, alone: %w; what was found is kept in %s", x.what, err, dir)
		}
		x.alone = rateOf(alone[0].copies, alone[0].copies)
	}
	fmt.Fprintln(std.err, "all three")
	if f.round, err = o.send(ctx, filepath.Join(dir, "all"), o.readers, f.lots, std); err != nil {
		return f, fmt.Errorf("together: %w; what was found is kept in %s", err, dir)
	}
	f.measure()
	f.print(std.out)
	return f, os.RemoveAll(dir)
}

// send sends an issue to so many readers over relays of that kind, each a process of its
// own, and audits it.
func (o farmOptions) send(ctx context.Context, dir string, readers int, lots []lot, std streams) (r round, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	if _, err := makeWorld(ctx, dir, readers, 10<<10, 0); err != nil {
		return r, err
	}
	var specs []relaySpec
	var shares []int
	for _, x := range lots {
		specs, shares = append(specs, x.spec), append(shares, x.share)
	}
	h, err := startHouse(dir, specs, std.err)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, h.end()) }()
	r = round{readers: readers, connections: o.connections * len(lots)}
	r.books, err = sendOnce(ctx, senderSpec{
		Dir: dir, Slug: "farm", Farm: h.farm(o.connections, shares), NoPause: true,
		UncertainAfter: time.Second, Retry: deliver.Retry{time.Second}, ProbeEvery: time.Second,
	}, std.err)
	if err != nil {
		return r, err
	}
	if _, err := h.idle(ctx); err != nil {
		return r, err
	}
	each, all, err := h.copies()
	if err != nil {
		return r, err
	}
	for n := range lots {
		lots[n].copies = each[n]
	}
	return r, r.audit(all, false)
}

// sendOnce runs one sender to its end, and returns the books.
func sendOnce(ctx context.Context, spec senderSpec, stderr io.Writer) (b deliver.Balance, err error) {
	c, err := start(ctx, "sender", spec, stderr)
	if err != nil {
		return b, err
	}
	var l life
	err = l.listen(c, func() {})
	if err = errors.Join(err, c.end(), ctx.Err()); err != nil {
		return b, err
	}
	if l.closed == nil {
		return b, errors.New("the sender ended before the issue was out")
	}
	return *l.closed, nil
}

// span is from the first copy until all but a hundredth of them are taken: what was put
// off waits for its time, whoever takes it.
func span(copies []copyTaken) (from, to int64) {
	at := make([]int64, len(copies))
	for n, c := range copies {
		at[n] = c.at
	}
	slices.Sort(at)
	if len(at) == 0 {
		return 0, 0
	}
	return at[0], at[(len(at)-1)*99/100]
}

// rateOf is how many of the copies were taken in a second while those of all were.
func rateOf(copies, all []copyTaken) float64 {
	from, to := span(all)
	n := 0
	for _, c := range copies {
		if c.at <= to {
			n++
		}
	}
	return float64(n) / math.Max(time.Duration(to-from).Seconds(), 1e-9)
}

// measure holds what they took together against what each takes alone.
func (f *farmed) measure() {
	var all []copyTaken
	for _, x := range f.lots {
		all = append(all, x.copies...)
	}
	from, to := span(all)
	f.together = rateOf(all, all)
	for _, x := range f.lots {
		f.sum += x.alone * x.lived(from, to)
	}
}

// lived is which part of a time a relay lived in.
func (x lot) lived(from, to int64) float64 {
	if x.spec.Dies == 0 || len(x.copies) == 0 {
		return 1
	}
	last := slices.MaxFunc(x.copies, func(a, b copyTaken) int { return cmp.Compare(a.at, b.at) }).at
	return math.Min(float64(last-from)/math.Max(float64(to-from), 1), 1)
}

func (f farmed) print(w io.Writer) {
	var all []copyTaken
	for _, x := range f.lots {
		all = append(all, x.copies...)
	}
	from, to := span(all)
	t := newTable(w, "Relay", "Share", "Alone, a second", "Together, while it lived", "Of alone", "Lived", "Copies")
	for _, x := range f.lots {
		lived := x.lived(from, to)
		now := rateOf(x.copies, all) / math.Max(lived, 1e-9)
		t.AppendRow([]any{x.what, x.share, fixed(x.alone, 0), fixed(now, 0), fixed(now/x.alone, 2), fixed(100*lived, 0) + " %", deliver.Thousands(len(x.copies))})
	}
	t.AppendFooter([]any{"all", "", fixed(f.sum, 0), fixed(f.together, 0), fixed(f.ratio(), 2), "", deliver.Thousands(len(all))})
	t.Render()
	b := f.round.books
	fmt.Fprintf(w, "%s of %s accepted, %d uncertain at some time (of %d connections), %d copies twice, none lost; the books balance\n",
		deliver.Thousands(b.Accepted), deliver.Thousands(b.Audience), b.UncertainEver, f.round.connections, f.round.twice)
}
