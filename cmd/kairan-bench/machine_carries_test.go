//go:build !race

// Under -race what a machine carries says nothing.

package main

import (
	"encoding/json"
	"runtime"
	"testing"
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
