//go:build unix

package service

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAlarmCommandLeavesNothing: of a script that hangs in a program of its own, that is
// ended, too.
func TestAlarmCommandLeavesNothing(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	read := make(chan error, 1)
	go func() { // it is open as long as the program is there
		f, err := os.Open(pipe)
		end() // and not before it is there
		if err == nil {
			_, err = f.Read(make([]byte, 1))
			_ = f.Close()
		}
		read <- err
	}()
	if err := runAlarm(ctx, []string{"/bin/sh", "-c", `sleep 60 > "$1"; true`, "tell", pipe}, told{}, time.Minute); err == nil {
		t.Error("it was not ended")
	}
	select {
	case <-read:
	case <-time.After(20 * time.Second):
		t.Error("what it started is still there")
	}
}
