//go:build !race

// What may race is looked for by other tests; here processes are started by the dozen.

package store

import (
	"bytes"
	"cmp"
	"errors"
	goflag "flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/store/powercut"
	"example.jp/kairan/store/seal"
)

var (
	cuts    = goflag.Int("cuts", 200, "power cuts that TestPowerCuts tries")
	cutSeed = goflag.Uint64("cut-seed", 0, "of what a disk holds after them; 0: drawn")
)

// cutsOfHistory is how many cuts each history of writes is cut in.
const cutsOfHistory = 50

// recordWork has a process work on a disk until it has done so many operations, and returns
// them. What the process has said is among them: its words go to a file of that disk.
func recordWork(t *testing.T, operations int) (all []powercut.Operation, words uint64, keys *seal.Keyring) {
	t.Helper()
	at := t.TempDir()
	enough := make(chan struct{})
	disk, err := powercut.Mount(t.TempDir(), at, func(n int, _ powercut.Operation) syscall.Errno {
		if n == operations {
			close(enough)
		}
		return 0
	})
	if err != nil {
		t.Skipf("this process cannot mount, so power cuts are not tried: %v", err)
	}
	defer func() {
		if err := disk.Unmount(); err != nil {
			t.Error(err)
		}
	}()
	keys = newKeys()
	child := command(t, "cut", filepath.Join(at, "data"), keys)
	out, err := os.OpenFile(filepath.Join(at, "words"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	child.Stdout = out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-time.After(2 * time.Minute):
		t.Error("the process does not get on")
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	all = disk.Operations()
	for _, op := range all {
		for _, l := range op.Names {
			if l.Name == "words" {
				words = l.Node
			}
		}
	}
	return all, words, keys
}

// TestPowerCuts opens what a disk may hold after a power cut, at any moment from the making
// of both files on: the store opens, and keeps what it has acknowledged.
func TestPowerCuts(t *testing.T) {
	seed := cmp.Or(*cutSeed, uint64(time.Now().UnixNano()))
	t.Logf("-cut-seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	kept := newTold()
	for n := range max(*cuts/cutsOfHistory, 1) {
		operations := 200 + dice.IntN(4000)
		if n%5 == 4 {
			operations = 300 // in the making
		}
		all, words, keys := recordWork(t, operations)
		cutAll(t, all, words, keys, dice, kept)
	}
	if *cuts >= cutsOfHistory && (len(kept.left) == 0 || len(kept.claimed) == 0 || len(kept.settled) == 0 || kept.others["compacted"] == 0) {
		t.Error("the cuts met no work")
	}
}

// cutAll cuts one history, from its beginning to its end.
func cutAll(t *testing.T, all []powercut.Operation, words uint64, keys *seal.Keyring, dice *rand.Rand, sum *told) {
	t.Helper()
	after := map[int]int{} // how often, by the number of operations
	for range cutsOfHistory {
		after[dice.IntN(len(all)+1)]++
	}
	disk, heard, said := powercut.NewDisk(dice), newTold(), []byte(nil)
	for n := 0; ; n++ {
		for range after[n] {
			if err := cutOnce(t, disk, heard, keys); err != nil {
				t.Fatalf("after %d of %d operations: %v", n, len(all), err)
			}
		}
		if n == len(all) {
			break
		}
		if op := all[n]; op.Kind == powercut.Write && op.Node == words {
			said = append(said, op.Data...)
			whole := bytes.LastIndexByte(said, '\n') + 1 // a line may be written in two
			eachLine(said[:whole], heard.hear)
			said = said[whole:]
			continue
		}
		disk.Add(all[n])
	}
	sum.add(heard)
	t.Logf("%d operations: %d joined, %d left, %d claimed, %d settled, %d came back, compacted %d times",
		len(all), len(heard.joined), len(heard.left), len(heard.claimed), len(heard.settled), len(heard.returned), heard.others["compacted"])
}

func cutOnce(t *testing.T, disk *powercut.Disk, heard *told, keys *seal.Keyring) error {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := disk.Cut().Write(dir); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Dir: filepath.Join(dir, "data"), Keys: keys})
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return errors.Join(heard.kept(s), s.Close())
}
