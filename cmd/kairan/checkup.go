package main

import (
	"errors"
	"fmt"
	"strings"

	"example.jp/kairan/cmd/internal/exit"
)

// checkup prints a line a check and remembers the gravest failure.
type checkup struct {
	app           *app
	total, failed int
	code          int
}

// do runs one check: what it found, or why it failed and what to do.
func (c *checkup) do(name string, check func() (string, error)) {
	found, err := check()
	state := "ok"
	c.total++
	switch {
	case errors.As(err, new(errSkipped)):
		state, found = "skipped", err.Error()
	case errors.As(err, new(errWarned)):
		state, found = "warning", err.Error()
	case err != nil:
		state, found = "FAILED", err.Error()
		c.failed++
		c.code = graver(c.code, exit.Code(err))
	}
	found = strings.ReplaceAll(found, "\n", "\n"+strings.Repeat(" ", 24))
	c.app.say("%s\n", strings.TrimRight(fmt.Sprintf("%-8s%-16s%s", state, name, c.app.hint(found)), " "))
}

// graver is the code to end with: a wrong configuration before a state that
// refuses, and that before anything else.
func graver(a, b int) int {
	for _, code := range []int{exit.Usage, exit.Refused, exit.Failed} {
		if a == code || b == code {
			return code
		}
	}
	return exit.Done
}

// errSkipped is the result of a check that another one's failure leaves nothing
// to check for. It is no failure of its own.
type errSkipped string

func (e errSkipped) Error() string { return string(e) }

// errWarned is the result of a check that found what should be otherwise, but works.
type errWarned string

func (e errWarned) Error() string { return string(e) }
