package control

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
)

// TestSocketReplacesSocketsOnly: a crash leaves a socket, a typing error names a file.
func TestSocketReplacesSocketsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link, folder := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "folder")
	if err := errors.Join(os.WriteFile(file, []byte("mine"), 0o600), os.Symlink(file, link), os.Mkdir(folder, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, folder} {
		_, err := Listen(path, "")
		if exit.Code(err) != exit.Refused || !strings.Contains(err.Error(), path+" is there and is no socket") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got, err := os.ReadFile(link); err != nil || string(got) != "mine" {
		t.Errorf("the file was changed: %q, %v", got, err)
	}
	left := filepath.Join(dir, "socket")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	if info, err := os.Lstat(left); err != nil || info.Mode().Type() != fs.ModeSocket {
		t.Fatal(info, err)
	}
	again, err := Listen(left, "")
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gone, left, plain := filepath.Join(dir, "gone"), filepath.Join(dir, "left"), filepath.Join(dir, "plain")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{gone, left, plain, filepath.Join(plain, "below")} {
		if answers, err := Answers(path); answers || err != nil {
			t.Errorf("%s: %v, %v", path, answers, err)
		}
	}
	if nobodyAnswers(plain, os.ErrPermission) {
		t.Error("who may not ask takes the server for stopped")
	}
}
