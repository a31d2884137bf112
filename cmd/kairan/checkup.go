package main

import (
	"errors"
	"fmt"
	"strings"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
)

// checkup prints a line a check and remembers the gravest failure.
type checkup struct {
	app    *app
	found  []checked
	failed int
	code   int
}

// checked is what one check came to.
type checked struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, skipped, warning or FAILED
	Found string `json:"found"`
}

// do runs one check: what it found, or why it failed and what to do.
func (c *checkup) do(name string, check func() (string, error)) {
	found, err := check()
	state := "ok"
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
	found = c.app.hint(found)
	c.found = append(c.found, checked{name, state, found})
	if c.app.json {
		return
	}
	found = c.setIn(found, columns(c.app.std.out))
	c.app.say("%s\n", strings.TrimRight(fmt.Sprintf("%-8s%-16s%s", state, name, found), " "))
}

// setIn puts what was found beside the names of the checks, on a terminal that is so
// wide (0: none). What is to be copied is left to that, with all the room there is: a
// line that begins with a blank, and one with a command of ours.
func (c *checkup) setIn(found string, wide int) string {
	const beside = 24
	var lines []string
	for n, line := range strings.Split(found, "\n") {
		margin := strings.Repeat(" ", beside)
		switch {
		case strings.HasPrefix(line, "  "):
			margin = strings.Repeat(" ", indent-len("  "))
		case wide >= 2*beside && !strings.Contains(line, c.app.program+" "):
			line = strings.ReplaceAll(wrapped(line, wide-beside), "\n", "\n"+margin)
		}
		if n > 0 {
			line = margin + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// result is the error that the checks come to; nil: none has failed.
func (c *checkup) result() error {
	if c.app.json {
		if err := c.app.printJSON(c.found); err != nil {
			return err
		}
	}
	if c.failed == 0 {
		return nil
	}
	return &exit.Error{Code: c.code, Err: fmt.Errorf("%d of %s failed", c.failed, deliver.Count(len(c.found), "check"))}
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
