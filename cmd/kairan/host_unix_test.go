//go:build unix

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
)

// TestInitForTheSystem: the keys and the data directory belong to the service,
// which root alone can see to; anybody else can at least lay it out for themselves.
func TestInitForTheSystem(t *testing.T) {
	t.Parallel()
	owner, err := user.Current()
	if err == nil && os.Geteuid() == 0 {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	p, err := systemPremises(root, filepath.Join(root, "home"), owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "var/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{std: streams{out: &out}, now: time.Now}
	if err := a.init(p); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]fs.FileMode{"etc/kairan/keys": 0o600, "var/lib/kairan": 0o700} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || int(st.Uid) != p.uid || info.Mode().Perm() != mode {
			t.Errorf("%s: owner %d and mode %v, want %d and %v", path, st.Uid, info.Mode().Perm(), p.uid, mode)
		}
	}
	source, err := os.ReadFile(filepath.Join(root, "etc/kairan/kairan.toml"))
	if err != nil || !bytes.Equal(source, config.Sample()) {
		t.Errorf("the configuration is not the sample: %v", err)
	}
	if !strings.Contains(out.String(), "sudo -u kairan kairan check") {
		t.Errorf("the output does not go on:\n%s", out.String())
	}
}
