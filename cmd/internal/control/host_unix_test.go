//go:build unix

package control

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// TestSocketIsNarrow: whoever may not connect may not connect for a moment
// either, and who does is named by the kernel.
func TestSocketIsNarrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	l, err := listenNarrow(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	go func() {
		if c, err := net.Dial("unix", path); err == nil {
			_ = c.Close()
		}
	}()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := Actor(new(nameKeeper).peer(t.Context(), c)); got != ownPeer().Name {
		t.Errorf("the peer is %q, and this is %q", got, ownPeer().Name)
	}
}

// TestSocketsAreNarrowAtOnce: nor does who opens one socket widen another, or leave the
// process another umask than it had. It runs alone, since the umask is everybody's.
func TestSocketsAreNarrowAtOnce(t *testing.T) { //nolint:paralleltest // the umask is everybody's
	umask := func() int {
		narrowing.Lock()
		defer narrowing.Unlock()
		now := syscall.Umask(0o117)
		syscall.Umask(now)
		return now
	}
	before := umask()
	dir := t.TempDir()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for m := range 200 {
				path := filepath.Join(dir, fmt.Sprint(n, ".", m))
				l, err := listenNarrow(path)
				if err != nil {
					t.Error(err)
					return
				}
				if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o660 {
					t.Errorf("mode %v, %v", info.Mode(), err)
				}
				_ = l.Close()
			}
		})
	}
	all.Wait()
	if now := umask(); now != before {
		t.Errorf("the umask was %o, and is %o", before, now)
	}
}
