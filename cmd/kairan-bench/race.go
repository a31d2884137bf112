package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"

	"example.jp/kairan/deliver"
)

// race is Kairan, and with --baseline the others, over one number of connections.
type race struct {
	o           sendOptions
	w           *world
	connections int
	sink        *sinkProcess
	std         streams
	size        int // of a copy
	sample      deliver.Message
}

func newRace(w *world, o sendOptions, connections int, sink *sinkProcess, std streams) (*race, error) {
	source, err := os.ReadFile(w.issueFile())
	if err != nil {
		return nil, err
	}
	m, err := w.sample(source)
	return &race{o, w, connections, sink, std, len(m.Data), m}, err
}

// goMailMost bounds what go-mail's Send is given: it is slow, and steady.
const goMailMost = 20_000

// results are all the runs of a race.
type results struct {
	kairan, source, goMail          []took
	sent                            []sent
	kairanSink, sourceSink, goMailS []time.Duration // processor time of the sink for each
}

// run lets the contestants take turns, so that what else the machine does meets
// all of them.
func (r *race) run(ctx context.Context) (report, error) {
	ceiling, err := r.ceiling(ctx)
	if err != nil {
		return report{}, err
	}
	disk, err := fsyncTime(r.w.dir)
	if err != nil {
		return report{}, err
	}
	var all results
	source := smtpSource()
	if r.o.baseline && source == "" {
		fmt.Fprintln(r.std.err, "smtp-source is not installed (it comes with Postfix): left out")
	}
	for n := range r.o.runs {
		fmt.Fprintf(r.std.err, "%d connections, run %d of %d\n", r.connections, n+1, r.o.runs)
		cpu, err := r.turn(ctx, func() (t took, err error) {
			s, t, err := r.kairan(ctx)
			all.sent, all.kairan = append(all.sent, s), append(all.kairan, t)
			return t, err
		})
		if err != nil {
			return report{}, err
		}
		all.kairanSink = append(all.kairanSink, cpu)
		if r.o.baseline {
			if err := r.others(ctx, source, &all); err != nil {
				return report{}, err
			}
		}
	}
	return r.report(all, ceiling, disk), nil
}

// others runs the baselines once.
func (r *race) others(ctx context.Context, source string, all *results) error {
	if source != "" {
		cpu, err := r.turn(ctx, func() (took, error) {
			t, err := runSource(ctx, source, r.sink.Port, r.connections, r.o.readers, r.size)
			all.source = append(all.source, t)
			return t, err
		})
		if err != nil {
			return err
		}
		all.sourceSink = append(all.sourceSink, cpu)
	}
	cpu, err := r.turn(ctx, func() (took, error) {
		t, err := r.goMail(ctx)
		all.goMail = append(all.goMail, t)
		return t, err
	})
	all.goMailS = append(all.goMailS, cpu)
	return err
}

// turn runs one contestant, and holds what it says it sent against what the
// sink has taken. It returns the sink's processor time.
func (r *race) turn(ctx context.Context, run func() (took, error)) (time.Duration, error) {
	before, err := r.sink.Idle(ctx)
	if err != nil {
		return 0, err
	}
	t, err := run()
	if err != nil {
		return 0, err
	}
	after, err := r.sink.Idle(ctx)
	if err != nil {
		return 0, err
	}
	if got := int(after.Messages - before.Messages); got != t.Messages {
		return 0, fmt.Errorf("%s messages were sent, and the sink has taken %s: this run does not count", thousands(t.Messages), thousands(got))
	}
	return after.CPU - before.CPU, nil
}

// kairan sends the issue once, in a process of its own.
func (r *race) kairan(ctx context.Context) (s sent, t took, err error) {
	spec := senderSpec{
		Dir: r.w.dir, Slug: "run-" + strconv.FormatInt(time.Now().UnixNano(), 36), Port: r.sink.Port, Connections: r.connections,
		SyncDelay: r.o.syncDelay, CPUProfile: r.o.cpuProfile, AllocProfile: r.o.allocProfile,
	}
	if r.o.faults.any() {
		spec.UncertainAfter, spec.Retry, spec.ProbeEvery = time.Second, deliver.Retry{time.Second}, time.Second
	}
	last, err := r.child(ctx, "sender", spec)
	if err != nil {
		return s, t, err
	}
	var h heard
	if err := json.Unmarshal(last, &h); err != nil {
		return s, t, err
	}
	if h.Event != ended || h.Sent == nil {
		return s, t, errors.New("the sender ended before the issue was out; see the file log in --dir")
	}
	taken, err := r.account(h.Books)
	return *h.Sent, took{taken, h.Sent.Elapsed, h.Sent.CPU}, err
}

// account refuses books that say less than that everybody has a copy, and
// returns how many copies they say there are.
func (r *race) account(b deliver.Balance) (copies int, err error) {
	switch {
	case !b.Balances() || b.Audience != r.o.readers || b.Settled() != b.Audience:
		return 0, fmt.Errorf("the books are not closed: %s", b)
	case !r.o.faults.any() && b.Accepted != b.Audience:
		return 0, fmt.Errorf("the sink takes everything, and the books say: %s", b)
	case r.o.faults.Drop > 0:
		return 0, errors.New("--drop leaves copies in doubt, whose number is the sink's to say: use it with --kill")
	}
	return b.Accepted, nil
}

func (r *race) goMail(ctx context.Context) (t took, err error) {
	messages := min(r.o.readers, goMailMost)
	last, err := r.child(ctx, "go-mail", goMailSpec{r.w.dir, r.sink.Port, min(r.connections, messages), messages})
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(last, &t)
}

// child runs a part of this program to its end, and returns its last line.
func (r *race) child(ctx context.Context, name string, spec any) (last []byte, err error) {
	c, err := self(name, spec, r.std.err)
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	stop := endWith(ctx, c)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = append(last[:0], lines.Bytes()...)
	}
	err = c.Wait()
	stop()
	if err != nil {
		return nil, fmt.Errorf("the %s failed: %w", name, errors.Join(err, ctx.Err()))
	}
	if len(last) == 0 {
		return nil, fmt.Errorf("the %s said nothing", name)
	}
	return last, nil
}

// endWith ends a child in order when ctx ends.
func endWith(ctx context.Context, c *exec.Cmd) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.Process.Signal(syscall.SIGTERM) }) // it may have ended by itself
}

// ceiling is how fast this sink can be fed at all.
func (r *race) ceiling(ctx context.Context) (sinkReport, error) {
	messages := max(r.connections, min(r.o.readers, 50_000))
	var rate float64
	cpu, err := r.turn(ctx, func() (took, error) {
		var err error
		rate, err = blast(r.sink.Port, r.connections, messages, r.sample.Data)
		return took{Messages: max(1, messages/r.connections) * r.connections}, err
	})
	return sinkReport{Ceiling: rate, CeilingCPU: perMessage(cpu, messages)}, err
}

// fsyncTime is the median of what a small write and its fsync take in dir.
func fsyncTime(dir string) (d time.Duration, err error) {
	f, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var times []time.Duration
	for range 33 {
		began := time.Now()
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
