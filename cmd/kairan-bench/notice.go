package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

func noticeCommand(std streams) *cobra.Command {
	o := noticeOptions{}
	c := &cobra.Command{
		Use: "notice", Args: cobra.NoArgs,
		Short: "How long a confirmation mail takes while an issue goes out",
		Long: `While an issue goes out at full speed, addresses sign up. Each is timed from its
request at the desk behind the pages until the relay has taken the confirmation
for it. The 99th percentile is to be under one second.`,
		RunE: func(c *cobra.Command, _ []string) error { return notice(c.Context(), o, std) },
	}
	o.usual(c)
	f := c.Flags()
	f.IntVar(&o.posts, "posts", 300, "how many sign-ups")
	f.DurationVar(&o.every, "every", 10*time.Millisecond, "between two of them; they do not wait for each other")
	return c
}

// noticeOptions are the flags of `kairan-bench notice`.
type noticeOptions struct {
	sendOptions
	posts int
	every time.Duration
}

func (o *noticeOptions) check() (size int, err error) {
	size, err = o.sendOptions.check()
	if len(o.connections) > 1 {
		err = errors.Join(err, errors.New("--connections: give one number"))
	}
	if o.posts < 1 || o.every <= 0 {
		err = errors.Join(err, fmt.Errorf("--posts %d --every %s: give one sign-up or more, and time between them", o.posts, o.every))
	}
	return size, err
}

// noticeReport is what one call says. Its JSON is for scripts: keys are added,
// never changed.
type noticeReport struct {
	Readers           int       `json:"readers"`
	Connections       int       `json:"connections"`
	Posts             int       `json:"posts"`
	MessagesPerSecond float64   `json:"messages_per_second"` // of the issue, meanwhile
	Answer            quantiles `json:"answer_ms"`           // until the request is on disk
	Relay             quantiles `json:"relay_ms"`            // until the relay has the mail
	AnonMiBPeak       float64   `json:"anon_mib_peak"`
	FsyncMicros       float64   `json:"fsync_us"`
}

func notice(ctx context.Context, o noticeOptions, std streams) (err error) {
	size, err := o.check()
	if err != nil {
		return err
	}
	w, gone, err := o.world(ctx, size, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gone()) }()
	r := noticeReport{Readers: o.readers, Connections: o.connections[0], Posts: o.posts}
	disk, err := fsyncTime(w.dir)
	if err != nil {
		return err
	}
	spec := senderSpec{Dir: w.dir, Slug: newSlug(), Connections: o.connections[0], SyncDelay: o.syncDelay, VisitEvery: o.every}
	for n := range o.posts {
		spec.Visitors = append(spec.Visitors, fmt.Sprintf("visitor-%d-%s@v%02d.example.org", n, spec.Slug, n%50))
	}
	record := filepath.Join(w.dir, spec.Slug+".record")
	relay, err := startRelay(relaySpec{Faults: o.faults, Record: record, Lockstep: o.lockstep, Procs: o.relayProcs}, std.err)
	if err != nil {
		return err
	}
	spec.Port = relay.Port
	s, err := sendWithVisitors(ctx, spec, o.readers, relay, std)
	if err := errors.Join(err, relay.end()); err != nil {
		return err
	}
	if err := r.count(spec.Visitors, s, record); err != nil {
		return err
	}
	r.MessagesPerSecond = float64(o.readers) / s.Elapsed.Seconds()
	r.AnonMiBPeak, r.FsyncMicros = float64(s.AnonPeak)/(1<<20), micros(disk)
	if o.json {
		return printOne(std.out, r)
	}
	r.print(std)
	return nil
}

// sendWithVisitors runs a sender until each of its readers and visitors has a mail.
func sendWithVisitors(ctx context.Context, spec senderSpec, readers int, relay *relayProcess, std streams) (*sent, error) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	c, err := start(work, "sender", spec, std.err)
	if err != nil {
		return nil, err
	}
	var last said
	for err == nil && last.Event != ended {
		last, err = hear[said](c)
	}
	if err == nil {
		err = closed(last.Books, readers)
	}
	if err == nil {
		_, err = relay.await(ctx, func(c counters) bool { return c.Messages >= int64(last.Books.Accepted+len(spec.Visitors)) })
	}
	stop()
	if fault := c.end(); err != nil || !errors.Is(fault, context.Canceled) {
		err = errors.Join(err, fault)
	}
	return last.Sent, errors.Join(err, ctx.Err())
}

// count takes the times of the sign-ups, and looks up in the relay's record when the confirmations came.
func (r *noticeReport) count(visitors []string, s *sent, record string) error {
	copies, err := readRecord(record)
	if err != nil {
		return err
	}
	came := map[string][]int64{}
	for _, c := range copies {
		came[c.recipient] = append(came[c.recipient], c.at)
	}
	var answers, mails []time.Duration
	for n, v := range s.Visits {
		at := came[visitors[n]]
		if len(at) != 1 {
			return fmt.Errorf("sign-up %d has %d confirmations", n, len(at))
		}
		answers = append(answers, v.Answered.Sub(v.Asked))
		mails = append(mails, time.Unix(0, at[0]).Sub(v.Asked))
	}
	r.Answer, r.Relay = quantilesOf(answers), quantilesOf(mails)
	return nil
}

func (r *noticeReport) print(std streams) {
	fmt.Fprintf(std.out, "%s sign-ups while an issue to %s readers went out over %d connections at %s messages a second,\nin at most %s MiB of anonymous memory; an fsync here: %s µs\n",
		thousands(r.Posts), thousands(r.Readers), r.Connections, thousands(int(r.MessagesPerSecond)), fixed(r.AnonMiBPeak, 1), fixed(r.FsyncMicros, 0))
	t := newTable(std.out, "Milliseconds from the request until", "p50", "p90", "p99", "Most")
	t.AppendRow(r.Answer.row("it is on disk"))
	t.AppendRow(r.Relay.row("the relay has the mail (p99 to be under 1,000)"))
	t.Render()
}

// quantiles are in milliseconds, by nearest rank; zero of nothing.
type quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func quantilesOf(times []time.Duration) quantiles {
	if len(times) == 0 {
		return quantiles{}
	}
	times = slices.Sorted(slices.Values(times))
	at := func(q float64) float64 {
		return micros(times[max(0, int(math.Ceil(q*float64(len(times))))-1)]) / 1000
	}
	return quantiles{at(0.5), at(0.9), at(0.99), at(1)}
}

// row is for a table.
func (q quantiles) row(name string) []any {
	return []any{name, fixed(q.P50, 1), fixed(q.P90, 1), fixed(q.P99, 1), fixed(q.Max, 1)}
}
