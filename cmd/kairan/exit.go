package main

import (
	"errors"
	"fmt"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// The exit codes. Go itself ends with 2 after a panic, so a server, which is to be
// started again after that and not after a wrong configuration, says the latter
// with a code of its own: EX_CONFIG of sysexits.h.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
	exitConfig  = 78
)

// graded is an error whose exit code is known where it is made, or that came
// with its code over the control socket.
type graded struct {
	code int
	err  error
}

func (g *graded) Error() string { return g.err.Error() }
func (g *graded) Unwrap() error { return g.err }

func usage(format string, args ...any) error { return &graded{exitUsage, fmt.Errorf(format, args...)} }
func refused(format string, args ...any) error {
	return &graded{exitRefused, fmt.Errorf(format, args...)}
}

// grade is the one function that turns an error into an exit code.
func grade(err error) int {
	var g *graded
	var state *deliver.StateError
	var closed *store.Refusal
	var damage *store.Damage
	var past *deliver.PastError
	var faults config.Faults
	var source compose.Faults
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &g):
		return g.code
	case errors.As(err, &state), errors.As(err, &closed), errors.As(err, &damage):
		return exitRefused
	case errors.As(err, &past), errors.As(err, &faults), errors.As(err, &source), errors.Is(err, store.ErrNoIssue), errors.Is(err, subscribe.ErrList):
		return exitUsage
	}
	return exitFailed
}

// exitCode prints an error of a command for a person and returns its exit code.
func (a *app) exitCode(command string, err error) int {
	if err == nil {
		return exitDone
	}
	code := grade(err)
	if command == serveName && code == exitUsage {
		code = exitConfig
	}
	fmt.Fprintf(a.std.err, "kairan: %s\n", a.hint(err.Error()))
	return code
}
