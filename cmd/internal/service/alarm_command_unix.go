//go:build unix

package service

import (
	"os/exec"
	"syscall"
)

// endWhole has a command that is ended take with it what it has started: a script that
// hangs mostly hangs in a program of its own, which would stay, one more with each alarm.
func endWhole(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
