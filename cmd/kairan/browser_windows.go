package main

import "os/exec"

// apart does nothing: what is started here is no console program.
func apart(*exec.Cmd) {}
