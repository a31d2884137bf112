package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.jp/kairan/deliver"
)

// comparison is Kairan, and with --baseline the others, over one number of
// connections.
type comparison struct {
	o           sendOptions
	w           *world
	connections int
	relay       *relayProcess
	record      string // the relay's, if there are sign-ups
	std         streams
	sample      []byte // a copy
}

func newComparison(w *world, o sendOptions, connections int, relay *relayProcess, record string, std streams) (*comparison, error) {
	text, err := w.manuscript()
	if err != nil {
		return nil, err
	}
	m, err := w.sample(text)
	return &comparison{o, w, connections, relay, record, std, m.Data}, err
}

type contestant struct {
	send func(context.Context) (took, error)
	into *[]took
}

// run lets the contestants take turns, so that what else the machine does meets
// all of them.
func (c *comparison) run(ctx context.Context) (report, error) {
	ceiling, err := c.ceiling(ctx)
	if err != nil {
		return report{}, err
	}
	disk, err := fsyncTime(c.w.dir)
	if err != nil {
		return report{}, err
	}
	var all runs
	contestants := []contestant{{c.kairan, &all.kairan}}
	if c.o.baseline {
		if smtpSource() == "" {
			fmt.Fprintln(c.std.err, "smtp-source is not installed (it comes with Postfix): left out")
		} else {
			contestants = append(contestants, contestant{c.source, &all.source})
		}
		contestants = append(contestants, contestant{c.goMail, &all.goMail})
	}
	if c.o.beside != "" {
		contestants = append(contestants, contestant{c.other, &all.beside})
	}
	for n := range c.o.runs {
		fmt.Fprintf(c.std.err, "%d connections, run %d of %d\n", c.connections, n+1, c.o.runs)
		for _, x := range contestants {
			t, err := c.runMeasured(ctx, x.send)
			if err != nil {
				return report{}, err
			}
			*x.into = append(*x.into, t)
		}
	}
	return all.report(report{
		Readers: c.o.readers, Connections: c.connections, MessageBytes: len(c.sample), Runs: c.o.runs,
		FsyncMicros: disk, FsyncDelayMicros: micros(c.o.syncDelay), Sink: ceiling,
	}), nil
}

// runMeasured runs one contestant, holds what it says it sent against what the relay
// has taken, and adds the relay's processor time.
func (c *comparison) runMeasured(ctx context.Context, send func(context.Context) (took, error)) (t took, err error) {
	before, err := c.relay.idle(ctx)
	if err != nil {
		return t, err
	}
	if t, err = send(ctx); err != nil {
		return t, err
	}
	after, err := c.relay.idle(ctx)
	if err != nil {
		return t, err
	}
	if got := int(after.Messages - before.Messages); got != t.Messages {
		return t, fmt.Errorf("%s messages were sent, and the relay has taken %s: this run does not count", deliver.Thousands(t.Messages), deliver.Thousands(got))
	}
	t.SinkCPU = after.CPU - before.CPU
	return t, nil
}

// kairan sends the issue once, in a process of its own.
func (c *comparison) kairan(ctx context.Context) (t took, err error) {
	spec := senderSpec{
		Dir: c.w.dir, Slug: newSlug(), Port: c.relay.Port, Connections: c.connections,
		SyncDelay: c.o.syncDelay, CPUProfile: c.o.cpuProfile, AllocProfile: c.o.allocProfile, SignUps: c.o.signUps, Every: c.o.every,
	}
	if c.o.faults.any() {
		spec.UncertainAfter, spec.Retry, spec.ProbeEvery = time.Second, deliver.Retry{time.Second}, time.Second
	}
	before, err := c.relay.idle(ctx)
	if err != nil {
		return t, err
	}
	p, err := start(ctx, "sender", spec, c.std.err)
	if err != nil {
		return t, err
	}
	var s said
	for err == nil && s.Event != ended {
		s, err = hear[said](p)
	}
	t.Messages = s.Books.Accepted + spec.SignUps
	if err == nil && spec.SignUps > 0 {
		_, err = c.relay.await(ctx, func(now counters) bool { return now.Messages-before.Messages >= int64(t.Messages) })
	}
	if err := errors.Join(err, p.end(), ctx.Err()); err != nil {
		return t, fmt.Errorf("%w; see the file log in --dir", err)
	}
	t.Elapsed, t.CPU, t.Sent = s.Sent.Elapsed, s.Sent.CPU, s.Sent
	if err := c.checkBooks(s.Books); err != nil || spec.SignUps == 0 {
		return t, err
	}
	return t, noteMails(t.Sent.Visits, c.record)
}

// checkBooks refuses books that say less than that everybody has a copy.
func (c *comparison) checkBooks(b deliver.Balance) error {
	switch {
	case !c.o.faults.any() && b.Accepted != b.Audience:
		return fmt.Errorf("the relay takes everything, and the books say: %s", b)
	case c.o.faults.Drop > 0:
		return errors.New("--drop leaves copies in doubt, whose number is the relay's to say: use it with --kill")
	}
	return checkClosed(b, c.o.readers)
}

// goMailMost bounds what go-mail's Send is given: it is slow, and steady.
const goMailMost = 20_000

func (c *comparison) source(ctx context.Context) (took, error) {
	return runSource(ctx, smtpSource(), c.relay.Port, c.connections, c.o.readers, len(c.sample))
}

// other is the command of --beside.
func (c *comparison) other(ctx context.Context) (took, error) {
	return runBeside(ctx, c.o.beside, c.relay.Port, c.connections, c.o.readers)
}

func (c *comparison) goMail(ctx context.Context) (t took, err error) {
	messages := min(c.o.readers, goMailMost)
	p, err := start(ctx, "go-mail", goMailSpec{c.w.dir, c.relay.Port, min(c.connections, messages), messages}, c.std.err)
	if err != nil {
		return t, err
	}
	t, err = hear[took](p)
	return t, errors.Join(err, p.end(), ctx.Err())
}

// ceiling is how fast this relay can be fed at all.
func (c *comparison) ceiling(ctx context.Context) (sinkReport, error) {
	messages := max(c.connections, min(c.o.readers, 50_000))
	var rate float64
	t, err := c.runMeasured(ctx, func(context.Context) (t took, err error) {
		rate, err = blast(c.relay.Port, c.connections, messages, c.sample)
		return took{Messages: max(1, messages/c.connections) * c.connections}, err
	})
	return sinkReport{Ceiling: rate, CeilingCPU: perMessage(t.SinkCPU, messages)}, err
}
