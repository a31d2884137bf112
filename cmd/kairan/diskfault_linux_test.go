package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/store/powercut"
)

// TestDiskFails: when the disk fails under the running service, whoever signs up is not told
// that a mail is on its way; the service says so, and ends; on a disk that is well again it
// starts, and takes them in.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	at, broken := t.TempDir(), atomic.Bool{}
	disk, err := powercut.Mount(t.TempDir(), at, func(_ int, op powercut.Operation) syscall.Errno {
		if broken.Load() && op.Kind == powercut.Sync {
			return syscall.EIO
		}
		return 0
	})
	if err != nil {
		t.Skipf("this process cannot mount, so a disk that fails is not tried: %v", err)
	}
	t.Cleanup(func() {
		if err := disk.Unmount(); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(at, 0o700); err != nil {
		t.Fatal(err)
	}
	f := newFlood(t, map[string]string{"data": strconv.Quote(at)})
	s := f.story
	f.honest(t, "before@example.jp", "192.0.2.1")
	broken.Store(true)
	if status := f.ask("meanwhile@example.jp", "192.0.2.2"); status < 500 && status != 0 {
		t.Errorf("while the disk fails a sign-up is answered %d", status)
	}
	server := s.server
	if !await(server.ended) {
		t.Fatal("the service goes on over a disk that has failed")
	}
	if got := server.cmd.ProcessState.ExitCode(); got != exit.Failed || !strings.Contains(server.text(), "msg=DiskFailed") {
		t.Errorf("it ended with %d:\n%s", got, server.text())
	}
	s.server = nil
	broken.Store(false)
	if s.server, err = s.start(); err != nil {
		t.Fatal(err)
	}
	f.honest(t, "after@example.jp", "192.0.2.3")
	if n := s.sink.CountTo("meanwhile@example.jp"); n > 1 {
		t.Errorf("whoever was refused got %d mails", n)
	}
}
