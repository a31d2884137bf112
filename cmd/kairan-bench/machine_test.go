package main

import (
	"strings"
	"sync/atomic"
	"testing"

	"example.jp/kairan/deliver"
)

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
