// Package exit gives each error the exit code of the command that meets it.
package exit

import (
	"errors"
	"fmt"
	"strings"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// The exit codes. Go itself ends with 2 after a panic, so a server, which is to be
// started again after that and not after a wrong configuration, says the latter
// with a code of its own: EX_CONFIG of sysexits.h.
const (
	Done    = 0
	Failed  = 1
	Usage   = 2
	Refused = 3
	Later   = 75 // EX_TEMPFAIL of sysexits.h: a relay keeps the mail, and tries again
	Config  = 78
)

// Error is an error whose exit code is known where it is made, or that came with
// its code over the control socket.
type Error struct {
	Code int
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Usagef is an error of what was written: on the command line, or in a file.
func Usagef(format string, args ...any) error {
	return &Error{Usage, said{fmt.Errorf(format, args...), format, args}}
}

// Refusedf is an error of the state: what was asked for is not done in it.
func Refusedf(format string, args ...any) error {
	return &Error{Refused, said{fmt.Errorf(format, args...), format, args}}
}

// said is an error whose sentence the catalogue may have.
type said struct {
	error
	format string
	args   []any
}

func (s said) Unwrap() error { return s.error }

func (s said) Words() phrase.Words {
	format, args := phrase.Format("ja", strings.ReplaceAll(s.format, "%w", "%v"), s.args)
	return phrase.Words{EN: s.Error(), JA: fmt.Sprintf(format, args...)}
}

// Come is an error that came over the control socket: ja is "" where it is in English alone.
func Come(code int, en, ja string) error {
	if ja == "" {
		return &Error{code, errors.New(en)}
	}
	return &Error{code, phrase.Words{EN: en, JA: ja}}
}

// Code is the code of any error that a command may end with.
func Code(err error) int {
	var known *Error
	switch {
	case err == nil:
		return Done
	case errors.As(err, &known):
		return known.Code
	case errors.As(err, new(editor.Misuse)), errors.As(err, new(*deliver.DueError)), errors.As(err, new(config.Faults)), errors.As(err, new(finding.List)),
		errors.Is(err, deliver.ErrNoIssue), errors.Is(err, subscribe.ErrList):
		return Usage
	case errors.As(err, new(editor.Refused)), errors.As(err, new(*deliver.StateError)), errors.As(err, new(*store.Refusal)), errors.As(err, new(*store.Damage)):
		return Refused
	}
	return Failed
}
