package control

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
)

// TestAServerWithAFullQueueAnswers: it is busy, and not gone; no other takes its socket.
func TestAServerWithAFullQueueAnswers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil { // which has room for one, and accepts nobody
		t.Fatal(err)
	}
	waits, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = waits.Close() }()
	if _, err := net.Dial("unix", path); err == nil {
		t.Fatal("there is room for two")
	}
	if answers, err := Answers(path); !answers || err != nil {
		t.Errorf("%t, %v", answers, err)
	}
	if _, err := Listen(path, ""); exit.Code(err) != exit.Refused {
		t.Errorf("another server: %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("its socket is gone: %v", err)
	}
}
