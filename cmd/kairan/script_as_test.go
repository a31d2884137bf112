package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// as runs a command as another account of this computer, which is a member of the group
// that may use the control socket, and of others.
func (s *story) as(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) < 3 || args[1] != "kairan", "as UID[,GID…] kairan ARGS…")
	setpriv, err := exec.LookPath("setpriv")
	if os.Geteuid() != 0 || err != nil {
		if os.Getenv("CI") != "" {
			ts.Fatalf("run this as root, with setpriv: it must be somebody else (%v)", err)
		}
		s.t.Skip("only root can be somebody else, by setpriv")
	}
	for _, name := range []string{s.work, filepath.Dir(s.work)} {
		ts.Check(os.Chmod(name, 0o711))
	}
	ts.Check(os.Chmod(s.file("kairan.toml"), 0o644))
	uid, gids, _ := strings.Cut(args[0], ",")
	groups := "0" // the socket's
	if gids != "" {
		groups += "," + gids
	}
	s.run(ts, neg, args[2:], setpriv, "--reuid", uid, "--regid", uid, "--groups", groups, program)
}

// run runs a command of the program by another, or by itself.
func (s *story) run(ts *testscript.TestScript, neg bool, args []string, by ...string) {
	all := slices.Concat(by, args)
	err := ts.Exec(all[0], all[1:]...)
	s.secrets.record("output of kairan "+strings.Join(args, " "), ts.ReadFile("stdout")+ts.ReadFile("stderr"))
	var failed *exec.ExitError
	s.code = 0
	if errors.As(err, &failed) {
		s.code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if neg != (s.code != 0) {
		ts.Fatalf("exit code %d", s.code)
	}
}

// word sets $WORD to what stands behind --seen in what was said.
func (s *story) word(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "word FILE")
	m := pattern(ts, `--(?:seen|shown) ([0-9a-f]+)$`).FindStringSubmatch(ts.ReadFile(args[0]))
	if m == nil {
		ts.Fatalf("neither --seen nor --shown is said")
	}
	ts.Setenv("WORD", m[1])
}
