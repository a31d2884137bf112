package journal

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestTrim: what is older than the day is gone, but for what is wanted; numbers go on, and
// the head says of when leavings are missing.
func TestTrim(t *testing.T) {
	t.Parallel()
	f := begun(t, nil)
	block := left(1)
	block.Kind, block.List = BoxBlocked, [16]byte{}
	old := []Line{block, left(2), left(5), left(3)}
	_, wait := f.Add(old)
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	blocks := func(l Line) bool { return l.Kind == BoxBlocked }
	if n, err := f.Trim(time.UnixMilli(1), blocks); n != 0 || err != nil || f.at.Gap != [2]time.Time{} {
		t.Errorf("before the first: %d, %v, %v", n, err, f.at.Gap)
	}
	n, err := f.Trim(time.UnixMilli(5), blocks)
	want := [2]time.Time{time.UnixMilli(2), time.UnixMilli(4)} // a copy of the instant of the last has it
	if n != 2 || err != nil || f.at.Gap != want {
		t.Errorf("%d trimmed, %v, gap %v", n, err, f.at.Gap)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.dir, f.keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.lines(t, 0); len(got) != 3 || got[0] != block || got[1] != old[2] || got[2].Kind != placeholder || again.at.Gap != want {
		t.Errorf("%v, gap %v", got, again.at.Gap)
	}
	last, wait := again.Add([]Line{left(9)})
	if err := wait(); last != 5 || err != nil {
		t.Errorf("number %d, %v", last, err)
	}
	if n, err := again.Trim(time.UnixMilli(9), blocks); n != 1 || err != nil || again.at.Gap != [2]time.Time{want[0], time.UnixMilli(6)} {
		t.Errorf("later: %d, %v, gap %v", n, err, again.at.Gap)
	}
	if err := errors.Join(again.Drop(map[[16]byte]bool{{1}: true}, false), again.Close()); err != nil || again.at.Gap[1] != time.UnixMilli(6) {
		t.Errorf("the end of a list makes no gap: %v, %v", err, again.at.Gap)
	}
}

// TestAddWhileTrimming: whatever ends while the journal is written anew is in the new one.
func TestAddWhileTrimming(t *testing.T) {
	t.Parallel()
	f := begun(t, nil)
	old := make([]Line, 3000)
	for i := range old {
		old[i] = left(int64(i) + 1)
	}
	_, wait := f.Add(old)
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				_, wait := f.Add([]Line{left(5000)})
				if err := wait(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for at := int64(500); at <= 3500; at += 500 {
		if _, err := f.Trim(time.UnixMilli(at), func(Line) bool { return false }); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	got := slices.DeleteFunc(f.lines(t, 0), func(l Line) bool { return l.Kind == placeholder })
	if len(got) != 200 || f.at.Last != 3200 {
		t.Errorf("%d lines, the last is number %d", len(got), f.at.Last)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTrimKilled: what a process that was killed has begun to write is no journal, and is gone.
func TestTrimKilled(t *testing.T) {
	t.Parallel()
	f := begun(t, nil)
	_, wait := f.Add([]Line{left(1), left(2)})
	if err := errors.Join(wait(), f.Close(), os.WriteFile(f.path(Name)+rewritten, f.head()[:20], 0o600), os.WriteFile(f.path(Name)+".new", f.head(), 0o600)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(f.path(Name))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.dir, f.keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	now, err := os.ReadFile(f.path(Name))
	if err != nil || !bytes.Equal(now, whole) || len(again.lines(t, 0)) != 2 {
		t.Errorf("the journal has changed (%v)", err)
	}
	for _, left := range []string{rewritten, ".new"} {
		if _, err := os.Stat(f.path(Name) + left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("what was begun as %s is still there", left)
		}
	}
}
