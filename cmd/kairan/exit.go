package main

import (
	"fmt"

	"example.jp/kairan/cmd/internal/exit"
)

const (
	exitDone    = exit.Done
	exitFailed  = exit.Failed
	exitUsage   = exit.Usage
	exitRefused = exit.Refused
	exitConfig  = exit.Config
)

func usage(format string, args ...any) error   { return exit.Usagef(format, args...) }
func refused(format string, args ...any) error { return exit.Refusedf(format, args...) }

// exitCode prints an error of a command for a person and returns its exit code.
func (a *app) exitCode(command string, err error) int {
	if err == nil {
		return exitDone
	}
	code := exit.Code(err)
	if command == serveName && code == exitUsage {
		code = exitConfig
	}
	fmt.Fprintf(a.std.err, "kairan: %s\n", a.hint(err.Error()))
	return code
}
