package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTheBinaryNeedsNothing: the image holds the binary and no libraries, zone
// files or shell.
func TestTheBinaryNeedsNothing(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may chroot, so the binary was not tried alone")
	}
	dir := t.TempDir()
	linkOnce()
	copied := exec.CommandContext(t.Context(), "go", "run", "-exec", "cp", ".", filepath.Join(dir, "kairan"))
	copied.Env = append(os.Environ(), static)
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	alone(t, dir, "--help", "of it on this computer")
	alone(t, dir, "init /house", "/house/kairan.toml")
	listenApart(t, filepath.Join(dir, "house", "kairan.toml"))
	alone(t, dir, "-c /house/kairan.toml check --no-relay", "ok      configuration")
}

func alone(t *testing.T, root, args, want string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/kairan", strings.Fields(args)...)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("kairan %s: %v\n%s", args, err, out)
	}
}
