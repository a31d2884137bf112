//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// apart keeps Ctrl-C in the terminal from a program that is started.
func apart(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
