//go:build !race

// As of power cuts: processes are started by the dozen.

package store

import (
	"bytes"
	"cmp"
	goflag "flag"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/store/powercut"
	"example.jp/kairan/store/seal"
)

var (
	faults    = goflag.Int("faults", 30, "calls at which TestDiskFaults fails, once and for good; 0: at each")
	faultSeed = goflag.Uint64("fault-seed", 0, "of which calls, and of what is on the disk then; 0: drawn")
)

// suffered is a process whose disk failed, and what came of it.
type suffered struct {
	all  []powercut.Operation
	n    int // operations that it asked for
	told *told
	keys *seal.Keyring
	acts int // what it was told is done after it was told that nothing is written any more
}

// suffer runs the process. fails says of each operation, from 1, whether it fails.
func suffer(t *testing.T, fails func(n int) bool) *suffered {
	t.Helper()
	at, armed := t.TempDir(), atomic.Bool{}
	out := &suffered{keys: newKeys(), told: newTold()}
	disk, err := powercut.Mount(t.TempDir(), at, func(_ int, op powercut.Operation) syscall.Errno {
		if !armed.Load() {
			return 0
		}
		if out.n++; fails(out.n) {
			return syscall.EIO
		}
		return 0
	})
	if err != nil {
		t.Skipf("this process cannot mount, so a disk that fails is not tried: %v", err)
	}
	child := command(t, "fault", filepath.Join(at, "data"), out.keys)
	armed.Store(true)
	var said, complaints bytes.Buffer
	child.Stdout, child.Stderr = &said, &complaints
	timer := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
	err = child.Run()
	timer.Stop()
	if fault := disk.Unmount(); err != nil || fault != nil || strings.Contains(complaints.String(), "panic") {
		t.Fatalf("the process: %v, %v\n%s", err, fault, complaints.String())
	}
	eachLine(said.Bytes(), func(verb, what string) {
		if out.told.others["broken"] > 0 && !slices.Contains([]string{"broken", "noted", "ran", "closed"}, verb) { // which write nothing
			out.acts++
		}
		out.told.hear(verb, what)
	})
	out.all = disk.Operations()
	return out
}

// failedSync is whether a sync failed of what was then the database. What a later commit
// needs of the lost pages bbolt writes again, so the disk alone does not show who went on.
func failedSync(all []powercut.Operation) bool {
	database := uint64(0)
	for _, op := range all {
		for _, link := range op.Names {
			if link.Name == fileName && link.Node != 0 {
				database = link.Node
			}
		}
		if op.Kind == powercut.SyncFailed && op.Node == database {
			return true
		}
	}
	return false
}

// TestDiskFaults fails each call to the disk in turn, once and for good: the store never
// panics, keeps what it has acknowledged, and after an fsync that failed acknowledges
// nothing more.
func TestDiskFaults(t *testing.T) {
	seed := cmp.Or(*faultSeed, uint64(time.Now().UnixNano()))
	t.Logf("-fault-seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	well := suffer(t, func(int) bool { return false })
	if well.told.others["closed"] == 0 || len(well.told.settled) != 6 || len(well.told.returned) != 2 || well.told.others["compacted"] == 0 {
		t.Fatalf("without a fault: %+v", well.told)
	}
	step := 1
	if *faults > 0 {
		step = max(1, well.n / *faults)
	}
	broke, refused := 0, 0
	for n := 1 + dice.IntN(step); n <= well.n; n += step {
		for _, forGood := range []bool{false, true} {
			out := suffer(t, func(k int) bool { return k == n || forGood && k > n })
			broke, refused = broke+min(1, out.told.others["broken"]), refused+out.told.others["refused"]
			if out.acts > 0 {
				t.Errorf("call %d, for good: %v: after the disk had failed %d more things were acknowledged", n, forGood, out.acts)
			}
			if failedSync(out.all) && out.told.others["broken"]+out.told.others["refused"] == 0 {
				t.Errorf("call %d, for good: %v: the database was not brought to the disk, and the process went on", n, forGood)
			}
			disk := powercut.NewDisk(dice)
			for _, op := range out.all {
				disk.Add(op)
			}
			for range 2 {
				if err := cutOnce(t, disk, out.told, out.keys); err != nil {
					t.Errorf("call %d of %d, for good: %v: %v", n, well.n, forGood, err)
				}
			}
		}
	}
	t.Logf("%d calls, every %d. failed: %d times nothing was written any more, %d times it did not open", well.n, step, broke, refused)
	if broke == 0 || refused == 0 {
		t.Error("the faults met no work")
	}
}
