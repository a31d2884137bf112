package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal opens a terminal, so many columns wide, and the other end of it, see pty(7).
func openTerminal(columns int) (person, terminal *os.File, err error) {
	person, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: uint16(columns)}))
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, person.Close())
	}
	return person, terminal, nil
}

// startOnTerminal starts a program on a terminal of its own, and returns the other end of it.
func startOnTerminal(c *exec.Cmd, columns int) (*os.File, error) {
	person, terminal, err := openTerminal(columns)
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	c.Stdin, c.Stdout, c.Stderr = terminal, terminal, terminal
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, person.Close())
	}
	return person, nil
}

// TestMoves: nothing is written anew in its place in a pipe, on a terminal that cannot, or
// for somebody who asks for plain text.
func TestMoves(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer terminal.Close()
	for _, c := range []struct {
		to            io.Writer
		noColor, term string
		want          bool
	}{
		{terminal, "", "xterm", true},
		{terminal, "1", "xterm", false},
		{terminal, "", "dumb", false},
		{new(strings.Builder), "", "xterm", false},
	} {
		env := map[string]string{"NO_COLOR": c.noColor, "TERM": c.term}
		a := &app{getenv: func(name string) string { return env[name] }}
		if got := a.moves(c.to); got != c.want {
			t.Errorf("%v on %T: %t", env, c.to, got)
		}
	}
}

// TestEscapesAreInOnePlace, where it is asked whether they may go out.
func TestEscapesAreInOnePlace(t *testing.T) {
	t.Parallel()
	escape := regexp.MustCompile(`\\x1b|\\033|\\u001b|text\.(Fg|Bg|Bold|Color)`)
	for _, f := range goFiles(t) {
		source, err := os.ReadFile(filepath.Join(moduleRoot, f.path))
		if err != nil {
			t.Fatal(err)
		}
		if found := escape.Find(source); found != nil && f.room == "cmd/kairan" && !f.test() && path.Base(f.path) != "terminal.go" && path.Base(f.path) != "follow.go" {
			t.Errorf("%s writes %s; escape sequences are in terminal.go and follow.go", f.path, found)
		}
	}
}
