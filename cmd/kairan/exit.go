package main

import (
	"errors"
	"fmt"
	"io"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// The exit codes (DESIGN.md, errors).
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
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
	var past *deliver.PastError
	var faults config.Faults
	var source compose.Faults
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &g):
		return g.code
	case errors.As(err, &state), errors.As(err, &closed):
		return exitRefused
	case errors.As(err, &past), errors.As(err, &faults), errors.As(err, &source), errors.Is(err, store.ErrNoIssue), errors.Is(err, subscribe.ErrList):
		return exitUsage
	}
	return exitFailed
}

// exitCode prints an error for a person and returns its exit code.
func exitCode(err error, w io.Writer) int {
	if err == nil {
		return exitDone
	}
	code := grade(err)
	fmt.Fprintf(w, "kairan: %v\n", err)
	return code
}
