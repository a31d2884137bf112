//go:build unix

package control

import (
	"net"
	"os"
	"path/filepath"
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
	if got := Actor(peer(t.Context(), c)); got != ownPeer().Name {
		t.Errorf("the peer is %q, and this is %q", got, ownPeer().Name)
	}
}
