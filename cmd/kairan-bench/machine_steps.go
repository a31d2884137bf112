package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"filippo.io/age"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// machine is an installation that goes through its life, and what was measured so far.
type machine struct {
	*installed
	o        machineOptions
	visitors *arrivals
	report   machineReport
	atKill   counters
}

// fullSpeed is a rate that no machine reaches, so that the books alone bound it.
const fullSpeed = 10_000_000

func newMachine(o machineOptions, dir string, std streams) *machine {
	return &machine{
		o: o,
		installed: &installed{
			commandsOptions: commandsOptions{readers: o.readers, program: o.program, dir: o.dir}, dir: dir, std: std,
			connections: o.connections, patience: 20*time.Second + time.Duration(o.readers)*100*time.Microsecond,
			// All visitors come from one network here, and the ceilings are not what is measured.
			more: "\n[limits]\nintake = 1_000_000\nrequests_per_hour = 1_000_000\nrequests_per_network_per_hour = 1_000_000\n",
		},
		report: machineReport{
			Command: fmt.Sprintf("kairan-bench machine --readers %d --connections %d --arrivals %d --for %s", o.readers, o.connections, o.perSecond, o.during),
			Readers: o.readers, Connections: o.connections,
		},
	}
}

func (m *machine) database() string { return filepath.Join(m.dir, "data", "kairan.db") }
func (m *machine) identity() string { return filepath.Join(m.dir, "identity") }

// seed makes the program, the readers, and the links by which some will leave.
func (m *machine) seed(ctx context.Context) error {
	if err := m.build(ctx); err != nil {
		return err
	}
	w, err := makeWorld(ctx, m.dir, 0, 10_000, 0)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := w.seed(ctx, m.readers); err != nil {
		return err
	}
	m.report.Seeded = float64(m.readers) / time.Since(began).Seconds()
	m.report.Octets = sizeOf(m.database())
	m.report.OctetsAReader = float64(m.report.Octets) / float64(m.readers)
	if m.report.Fsync, err = fsyncTime(m.dir); err != nil {
		return err
	}
	links, err := w.waysOut(ctx, m.o.leavers())
	m.visitors = newArrivals(m.o.perSecond, links)
	return errors.Join(err, m.write(), m.invite())
}

// waysOut are the links by which so many readers, spread over all, will leave, in no order:
// of some the copy is out, of others it is not.
func (w *world) waysOut(ctx context.Context, leavers int) (paths []string, err error) {
	s, keys, err := w.open(store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	readers, err := s.Count(listID)
	if err != nil {
		return nil, err
	}
	tokens := subscribe.Tokens{Keys: keys, Lists: w.cfg.Lists}
	return paths, s.Update(ctx, func(tx subscribe.Tx) error {
		for _, place := range rand.New(rand.NewPCG(1, 1)).Perm(leavers) {
			to, err := subscribe.ParseAddress(recipient(place * (readers / leavers)))
			if err != nil {
				return err
			}
			e, err := tx.ByAddress(listID, to)
			if err != nil {
				return err
			}
			paths = append(paths, subscribe.ToLeave.Path(tokens.MintLeave(w.list, e.ID)))
		}
		return nil
	})
}

// invite makes the identity to which backups are encrypted.
func (m *machine) invite() error {
	who, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	m.more += fmt.Sprintf("\n[backup]\nrecipients = [%q]\n", who.Recipient())
	return os.WriteFile(m.identity(), []byte(who.String()+"\n"), 0o600)
}

// opened starts the service, and says how long it takes to answer.
func (m *machine) opened(ctx context.Context) (seconds float64, err error) {
	began := time.Now()
	err = m.start(ctx, fullSpeed)
	return time.Since(began).Seconds(), err
}

func (m *machine) open(ctx context.Context) (err error) {
	if m.relay, err = startRelay(relaySpec{Readers: m.readers}, m.std.err); err != nil {
		return err
	}
	m.report.Open, err = m.opened(ctx)
	return err
}

// quiet has visitors come while nothing else is done.
func (m *machine) quiet(ctx context.Context) (err error) {
	ctx, stop := context.WithTimeout(ctx, m.o.during)
	defer stop()
	m.report.Alone, err = m.visitors.come(ctx, m.public)
	return err
}

// sendHalf has the issue go out, to the half, while visitors come; then it kills the service.
func (m *machine) sendHalf(ctx context.Context) error {
	memory := watchMemory(m.service.Process.Pid)
	if err := errors.Join(m.kairan(ctx, "issue add "+sentIssue+".md"), m.kairan(ctx, "issue schedule "+sentIssue+" --now --yes")); err != nil {
		return err
	}
	first, err := m.relay.await(ctx, func(c counters) bool { return c.Copies > 0 })
	if err != nil {
		return err
	}
	cpu, err := cpuOf(m.service.Process.Pid)
	if err != nil {
		return err
	}
	began := time.Now()
	during, stop := context.WithTimeout(ctx, m.o.during)
	defer stop()
	came := m.visitDuring(during)
	half, err := m.count(ctx, func(c counters) bool { return c.Copies >= int64(m.readers)/2 })
	took := time.Since(began)
	stop()
	visits := <-came
	if err := errors.Join(err, visits.err); err != nil {
		return err
	}
	used, err := cpuOf(m.service.Process.Pid)
	if err != nil {
		return err
	}
	peak := memory()
	before, err := m.status(ctx)
	if err != nil {
		return err
	}
	if before.State != deliver.Running.String() {
		return errors.New("the issue was out before it could be killed: give more --readers")
	}
	if err := m.kill(); err != nil {
		return err
	}
	r := &m.report
	if m.atKill, err = m.relay.idle(ctx); err != nil {
		return err
	}
	r.Sending, r.FsyncSending = visits.arrived, visits.fsync
	r.Start = time.Unix(0, m.atKill.First).Sub(before.Due).Seconds()
	r.PerSecond = float64(half.Copies-first.Copies) / took.Seconds()
	r.PerHour = r.PerSecond * 3600
	r.CPU = perMessage(used-cpu, int(m.atKill.Copies-first.Copies))
	r.AnonMiB, r.WholeMiB = mib(peak.anon), mib(peak.whole)
	return nil
}

// metWhileSending is what became of visitors.
type metWhileSending struct {
	arrived arrived
	fsync   float64
	err     error
}

// visitDuring has visitors come until during ends, and looks at the disk meanwhile.
func (m *machine) visitDuring(during context.Context) <-chan metWhileSending {
	came := make(chan metWhileSending, 1)
	go func() {
		var v metWhileSending
		var all errgroup.Group
		all.Go(func() (err error) { v.fsync, err = fsyncTime(m.dir); return err })
		all.Go(func() (err error) { v.arrived, err = m.visitors.come(during, m.public); return err })
		v.err = all.Wait()
		came <- v
	}()
	return came
}

// sendRest starts the service again, and waits until the issue is out.
func (m *machine) sendRest(ctx context.Context) (err error) {
	began := time.Now()
	if m.report.CrashOpen, err = m.opened(ctx); err != nil {
		return err
	}
	more := func(c counters) bool { return c.Copies+c.Twice > m.atKill.Copies+m.atKill.Twice }
	first, err := m.count(ctx, more)
	if err != nil {
		return err
	}
	m.report.CrashResume = time.Since(began).Seconds()
	resumed := time.Now()
	var now service.Issue
	for {
		if now, err = m.status(ctx); err != nil {
			return err
		}
		b := now.Balance
		if now.State == deliver.Finished.String() {
			break
		}
		if b.Pending == 0 && m.report.PerSecondAfter == 0 { // what remains are the uncertain, who wait on purpose
			last, err := m.relay.ask()
			if err != nil {
				return err
			}
			m.report.PerSecondAfter = float64(last.Copies-first.Copies) / time.Since(resumed).Seconds()
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
	seen, err := m.relay.ask() // each copy is counted before the service is told
	if err != nil {
		return err
	}
	m.report.Books, m.report.Copies, m.report.Twice = now.Balance, int(seen.Copies), int(seen.Twice)
	return m.report.audit(m.atKill, seen)
}

// audit holds the closed books against what the relay counted: whoever is in them as sent to
// has a copy, and nobody has two but those who were uncertain at some time, at most one for
// each connection of the service that was killed.
func (r *machineReport) audit(atKill, seen counters) error {
	b := r.Books
	switch most := b.Accepted + b.Uncertain; {
	case !b.Balances() || b.Accepted+b.Withdrawn+b.Uncertain != b.Audience:
		return fmt.Errorf("the books are not closed: %s", b)
	case r.Copies < b.Accepted || r.Copies > most:
		return fmt.Errorf("%d readers have a copy; the books say %d, and %d uncertain", r.Copies, b.Accepted, b.Uncertain)
	case seen.More > 0:
		return fmt.Errorf("%d readers have three copies", seen.More)
	case atKill.Twice > 0:
		return fmt.Errorf("%d readers had two copies before anything went wrong", atKill.Twice)
	case r.Twice > b.UncertainEver || b.UncertainEver > r.Connections:
		return fmt.Errorf("%d readers have two copies; the books say that %d were ever uncertain, over %d connections", r.Twice, b.UncertainEver, r.Connections)
	}
	return nil
}

func (m *machine) compact(ctx context.Context) error {
	took, err := m.ask(ctx, commandLine{line: "compact"}, []string{"compact"})
	m.report.Compaction, m.report.Compacted = took.wall/1000, sizeOf(m.database())
	return err
}

// copied is where the backup lies.
func (m *machine) copied() string { return filepath.Join(m.dir, "bench.backup") }

func (m *machine) backup(ctx context.Context) error {
	took, err := m.ask(ctx, commandLine{line: "backup"}, []string{"backup", m.copied()})
	m.report.Backup, m.report.BackupOctets = took.wall/1000, sizeOf(m.copied())
	return err
}

// restore puts the backup in place as on another machine, which has the keys and nothing else.
func (m *machine) restore(ctx context.Context) error {
	text, err := os.ReadFile(m.config())
	if err != nil {
		return err
	}
	other := filepath.Join(m.dir, "elsewhere.toml")
	if err := os.WriteFile(other, bytes.Replace(text, []byte(`data = "data"`), []byte(`data = "elsewhere"`), 1), 0o600); err != nil { //nolint:gosec // a folder of the bench's own
		return err
	}
	took, err := m.ask(ctx, commandLine{line: "restore"}, []string{"-c", other, "restore", m.copied(), "--identity", m.identity()})
	m.report.Restore = took.wall / 1000
	return errors.Join(err, os.RemoveAll(filepath.Join(m.dir, "elsewhere")), os.Remove(m.copied()))
}

func (m *machine) reopen(ctx context.Context) (err error) {
	if err = m.stop(); err == nil {
		m.report.OpenCompacted, err = m.opened(ctx)
	}
	return err
}

// kill ends the service as a power cut does, but for the disk.
func (m *machine) kill() error {
	err := m.service.Process.Kill()
	if fault := m.service.Wait(); !diedOf(fault, syscall.SIGKILL) {
		err = errors.Join(err, fmt.Errorf("the service had ended before it was killed: %w", fault))
	}
	m.service = nil
	return err
}

func (m *machine) status(ctx context.Context) (service.Issue, error) {
	return service.IssueStatus.Call(ctx, control.Over[service.Service](m.socket()), service.Named{Issue: sentIssue})
}

// count asks the relay until its counters please, for as long as copies come.
func (m *machine) count(ctx context.Context, pleases func(counters) bool) (c counters, err error) {
	for came := int64(-1); ; came = c.Copies {
		if c, err = m.relay.await(ctx, func(c counters) bool { return pleases(c) || c.Copies > came }); err != nil || pleases(c) {
			return c, err
		}
		if err := pause(ctx, 2*time.Millisecond); err != nil {
			return c, err
		}
	}
}

// pause lets so much time pass, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
