package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
)

// visitOptions are the flags of the commands that measure the public site while
// an issue goes out.
type visitOptions struct {
	sendOptions
	posts       int
	every       time.Duration
	backupEvery time.Duration // as serviceSpec has it
}

func (o *visitOptions) flags(c *cobra.Command) {
	o.usual(c)
	f := c.Flags()
	f.IntVar(&o.posts, "posts", 300, "how many POSTs")
	f.DurationVar(&o.every, "every", 10*time.Millisecond, "between two of them; they do not wait for each other")
}

func (o *visitOptions) check() (size int, err error) {
	o.kills = 1
	size, err = o.sendOptions.check()
	if len(o.connections) > 1 {
		err = errors.Join(err, errors.New("--connections: give one number"))
	}
	if o.posts < 1 || o.posts > o.readers || o.every <= 0 {
		err = errors.Join(err, fmt.Errorf("--posts %d --every %s: give one post or more, at most one a reader, and time between them", o.posts, o.every))
	}
	return size, err
}

// visit is one POST at the public site, by or for a reader.
type visit struct {
	path            string
	form            url.Values
	reader          string // whose address
	asked, answered time.Time
}

// seen is what was seen of an issue and of the visits meanwhile.
type seen struct {
	visits []visit
	books  deliver.Balance
	served served
	copies map[string][]copyTaken // by recipient
	claims map[string]claimed     // likewise
	fsync  time.Duration
}

// prepare makes the world, and returns the visits that are to be made in it.
type prepare func(ctx context.Context, w *world, run string) ([]visit, error)

// receive sends an issue and lets the visitors come meanwhile. extra is how many
// mails there will be beside the copies.
func (o *visitOptions) receive(ctx context.Context, std streams, visitors prepare, extra int) (s *seen, err error) {
	size, err := o.check()
	if err != nil {
		return nil, err
	}
	dir, gone, err := o.workplace()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, gone()) }()
	w, err := newWorld(dir)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(std.err, "seeding %s readers\n", thousands(o.readers))
	if err := w.furnish(ctx, o.readers, size); err != nil {
		return nil, err
	}
	run := "run-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s = &seen{}
	if s.visits, err = visitors(ctx, w, run); err != nil {
		return nil, err
	}
	if s.fsync, err = fsyncTime(dir); err != nil {
		return nil, err
	}
	record := filepath.Join(dir, run+".record")
	sink, err := startSink(sinkSpec{Faults: o.faults, Record: record, Lockstep: o.lockstep, Procs: o.sinkProcs}, std.err)
	if err != nil {
		return nil, err
	}
	spec := serviceSpec{
		Sender:      senderSpec{Dir: dir, Slug: run, Port: sink.Port, Connections: o.connections[0], SyncDelay: o.syncDelay},
		BackupEvery: o.backupEvery, Claims: filepath.Join(dir, run+".claims"),
	}
	err = s.during(ctx, spec, o.every, sink, std, extra)
	if err := errors.Join(err, sink.Close()); err != nil {
		return nil, err
	}
	if s.claims, err = readClaims(spec.Claims); err != nil {
		return nil, err
	}
	return s, s.count(o.readers, record)
}

// during runs the service, makes the visits while the issue goes out, and waits
// for the mail that comes of them.
func (s *seen) during(ctx context.Context, spec serviceSpec, every time.Duration, sink *sinkProcess, std streams, extra int) (err error) {
	cmd, err := self("service", spec, std.err)
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer endWith(ctx, cmd)()
	says := json.NewDecoder(bufio.NewReader(out))
	err = s.watch(ctx, says, every, sink, extra)
	_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	_, _ = io.Copy(io.Discard, out)
	if fault := cmd.Wait(); fault != nil {
		var exit *exec.ExitError
		if errors.As(fault, &exit) {
			fault = fmt.Errorf("the service failed: %w; see the file log in --dir", fault)
		}
		err = errors.Join(err, fault)
	}
	if err == nil {
		_, err = sink.Idle(ctx)
	}
	return errors.Join(err, ctx.Err())
}

func (s *seen) watch(ctx context.Context, says *json.Decoder, every time.Duration, sink *sinkProcess, extra int) error {
	var began, end heard
	if err := says.Decode(&began); err != nil {
		return fmt.Errorf("the service did not begin: %w", err)
	}
	if err := s.make(ctx, "http://127.0.0.1:"+strconv.Itoa(began.Port), every); err != nil {
		return err
	}
	if err := says.Decode(&end); err != nil || end.Served == nil {
		return errors.Join(errors.New("the issue did not come to its end"), err)
	}
	s.books, s.served = end.Books, *end.Served
	if last := s.visits[len(s.visits)-1]; last.asked.After(s.served.Ended) {
		return fmt.Errorf("the issue was out after %s, before the last POST: give more --readers, or less --every",
			s.served.Ended.Sub(s.served.Began).Round(time.Millisecond))
	}
	return sink.await(ctx, int64(s.books.Accepted+extra))
}

// make makes the visits, one each time that so much has passed.
func (s *seen) make(ctx context.Context, site string, every time.Duration) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	faults := make([]error, len(s.visits))
	tick := time.NewTicker(every)
	defer tick.Stop()
	var all sync.WaitGroup
	for i := range s.visits {
		select {
		case <-tick.C:
		case <-ctx.Done():
			all.Wait()
			return ctx.Err()
		}
		all.Go(func() { faults[i] = s.visits[i].make(ctx, client, site) })
	}
	all.Wait()
	return errors.Join(faults...)
}

func (v *visit) make(ctx context.Context, client *http.Client, site string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, site+v.path, strings.NewReader(v.form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.asked = time.Now()
	answer, err := client.Do(r)
	if err != nil {
		return errors.New("a POST was not answered") // the error would show the link
	}
	_, err = io.Copy(io.Discard, answer.Body)
	v.answered = time.Now()
	if answer.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("a POST was answered with %s", answer.Status))
	}
	return errors.Join(err, answer.Body.Close())
}

// count holds the books against the sink's record and the record of claims:
// whoever was claimed has one copy, and nobody else has any.
func (s *seen) count(readers int, record string) error {
	copies, err := readRecord(record)
	if err != nil {
		return err
	}
	s.copies = map[string][]copyTaken{}
	for _, c := range copies {
		s.copies[c.recipient] = append(s.copies[c.recipient], c)
	}
	sent := 0
	for n := range readers {
		to := recipient(n)
		_, was := s.claims[to]
		if have := len(s.copies[to]); have > 1 || was != (have == 1) {
			return fmt.Errorf("reader %d has %d copies, claimed: %t", n, have, was)
		}
		if was {
			sent++
		}
	}
	b := s.books
	if !b.Balances() || b.Audience != readers || b.Accepted != sent || b.Withdrawn != readers-sent {
		return fmt.Errorf("%s of %s readers have a copy, and the books say: %s", thousands(sent), thousands(readers), b)
	}
	return nil
}

// rate is of the copies.
func (s *seen) rate() float64 {
	return float64(s.books.Accepted) / s.served.Ended.Sub(s.served.Began).Seconds()
}

// answers is how long each visitor waited for the page; those are left out who
// came and went outside of all these spans, if there are any.
func (s *seen) answers(within ...span) (n int, q quantiles) {
	var times []time.Duration
	for _, v := range s.visits {
		if within == nil || slices.ContainsFunc(within, span{v.asked, v.answered}.overlaps) {
			times = append(times, v.answered.Sub(v.asked))
		}
	}
	return len(times), quantilesOf(times)
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
		return millis(times[max(0, int(math.Ceil(q*float64(len(times))))-1)])
	}
	return quantiles{at(0.5), at(0.9), at(0.99), at(1)}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// row is for a table.
func (q quantiles) row(name string) []any {
	return []any{name, fixed(q.P50, 1), fixed(q.P90, 1), fixed(q.P99, 1), fixed(q.Max, 1)}
}
