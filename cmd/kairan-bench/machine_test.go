package main

import (
	"encoding/json"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"example.jp/kairan/deliver"
)

// TestMachine: an installation is carried through a kill, a compaction, a backup and a
// restore, and all of it is measured. Who signs up or leaves while an issue goes out at full
// speed waits for a few commits more than with nothing at work. The bound grows with what an
// fsync takes meanwhile, of which a commit has two, and with what visitors wait for alone, so
// that a busy machine moves both sides.
func TestMachine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("a machine is measured on Linux")
	}
	code, out, errs := bench(t, "machine", "--json", "--readers", "20000", "--arrivals", "100", "--for", "1500ms")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r machineReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for name, x := range map[string]float64{
		"fsync": r.Fsync, "fsync while sending": r.FsyncSending, "seeding": r.Seeded, "octets": float64(r.Octets), "octets a reader": r.OctetsAReader,
		"open": r.Open, "start": r.Start, "rate": r.PerSecond, "an hour": r.PerHour, "cpu": r.CPU, "anonymous": r.AnonMiB, "whole": r.WholeMiB - r.AnonMiB,
		"open after the kill": r.CrashOpen, "copy after the kill": r.CrashResume - r.CrashOpen, "rate after": r.PerSecondAfter,
		"compaction": r.Compaction, "compacted": float64(r.Octets - r.Compacted), "backup": r.Backup, "its octets": float64(r.BackupOctets),
		"restore": r.Restore, "open compacted": r.OpenCompacted, "sign-ups": float64(min(r.Alone.SignUps, r.Sending.SignUps)), "leavings": float64(min(r.Alone.Leavings, r.Sending.Leavings)),
	} {
		if x <= 0 {
			t.Errorf("%s is %g", name, x)
		}
	}
	if left := r.Alone.Leavings; r.Books.Audience != 20_000-left || r.Copies != r.Books.Accepted || r.Books.Withdrawn == 0 {
		t.Errorf("%d left before it: %+v, %d copies", left, r.Books, r.Copies)
	}
	commit := 2 * r.FsyncSending / 1000
	for _, x := range []struct {
		who            string
		alone, sending quantiles
	}{{"sign-ups", r.Alone.SignUp, r.Sending.SignUp}, {"leavings", r.Alone.Leave, r.Sending.Leave}} {
		t.Logf("%s: alone %+v, while sending %+v ms; a commit is two fsyncs, %.2f ms", x.who, x.alone, x.sending, commit)
		if most := 2*x.alone.P50 + 20*commit + 20; x.sending.P50 > most {
			t.Errorf("half of the %s wait %.1f ms while an issue goes out, alone %.1f: more than %.1f", x.who, x.sending.P50, x.alone.P50, most)
		}
		if most := 2*x.alone.P99 + 100*commit + 200; x.sending.P99 > most {
			t.Errorf("one in a hundred %s waits %.1f ms while an issue goes out, alone %.1f: more than %.1f", x.who, x.sending.P99, x.alone.P99, most)
		}
	}
}

func TestMachineFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--readers 99": "--readers 99", "--readers 10000001": "--readers 10000001", "--connections 65": "--connections 65",
		"--arrivals 0": "--arrivals 0", "--for 0s": "--for 0s", "--readers 1000 --for 10s": "more than half",
	} {
		if code, _, errs := bench(t, append([]string{"machine"}, strings.Fields(args)...)...); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q", args, code, errs)
		}
	}
}

// TestMachineAudit: figures of a run that lost or doubled a copy are not printed.
func TestMachineAudit(t *testing.T) {
	t.Parallel()
	good := machineReport{
		Connections: 4, Copies: 97, Twice: 3,
		Books: deliver.Balance{Audience: 100, Accepted: 96, Withdrawn: 2, Uncertain: 2, UncertainEver: 4},
	}
	if err := good.audit(counters{}, counters{}); err != nil {
		t.Error(err)
	}
	for name, x := range map[string]struct {
		change func(*machineReport)
		before counters
		after  counters
	}{
		"someone is lost":         {func(r *machineReport) { r.Copies = 95 }, counters{}, counters{}},
		"one too many has a copy": {func(r *machineReport) { r.Copies = 99 }, counters{}, counters{}},
		"the books are open":      {func(r *machineReport) { r.Books.Pending, r.Books.Accepted = 1, 95 }, counters{}, counters{}},
		"someone was refused":     {func(r *machineReport) { r.Books.Refused, r.Books.Accepted = 1, 95 }, counters{}, counters{}},
		"twice unawares":          {func(r *machineReport) { r.Twice = 5 }, counters{}, counters{}},
		"too much is uncertain":   {func(r *machineReport) { r.Books.UncertainEver = 5 }, counters{}, counters{}},
		"three copies":            {nil, counters{}, counters{More: 1}},
		"twice before the kill":   {nil, counters{Twice: 1}, counters{}},
	} {
		r := good
		if x.change != nil {
			x.change(&r)
		}
		if err := r.audit(x.before, x.after); err == nil {
			t.Errorf("%s: it counts", name)
		}
	}
}

func TestMachineTable(t *testing.T) {
	t.Parallel()
	r := machineReport{
		Command: "kairan-bench machine", Readers: 1_000_000, PerSecond: 10_000, PerHour: 36_000_000, Octets: 600_000_000, CrashResume: 1.5,
		Sending: arrived{SignUps: 7, SignUp: quantiles{P50: 1, P99: 22.5, Max: 33}},
	}
	var b strings.Builder
	r.print(&b)
	for _, want := range []string{"1,000,000 readers", "10,000, 36,000,000", "600 MB", "1.50 s", "7 sign-ups while sending", "1.0, 22.5, 33.0 ms", "kairan-bench machine"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestCopiesAreCounted: a reader's copies are counted, and nobody else's.
func TestCopiesAreCounted(t *testing.T) {
	t.Parallel()
	r := newRelay(faults{})
	r.had = make([]atomic.Uint32, 3)
	s := &session{relay: r}
	for _, to := range []string{recipient(0), recipient(2), recipient(2), "visitor-1@example.org", recipient(3), "reader-x@r01.example.jp", recipient(2)} {
		attempt(s, to)
	}
	c, err := r.counters()
	if err != nil || c.Copies != 2 || c.Twice != 1 || c.More != 1 || c.First == 0 || c.Messages != 7 {
		t.Errorf("%+v, %v", c, err)
	}
}
