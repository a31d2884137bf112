package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// What is written for a terminal alone. Escape sequences are here and in follow.go, and go
// out only where [app.moves] says so.

const (
	back      = "\x1b[%dA\x1b[J" // so many lines up, and erases what is below (ECMA-48, 8.3.22 and 8.3.39)
	eraseLine = "\r\x1b[K"       // to the beginning of the line, and erases it (ECMA-48, 8.3.41)
)

// moves says that what was written to a stream can be written anew in its place: on a
// terminal that knows how (TERM), for somebody who has not asked for plain text
// (https://no-color.org).
func (a *app) moves(w io.Writer) bool {
	return columns(w) > 0 && (a.getenv == nil || a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb")
}

// over takes away so many lines that were written last.
func (a *app) over(lines int) {
	if lines > 0 && a.moves(a.std.out) {
		a.say(back, lines)
	}
}

// terminal says that a person reads what is printed.
func (a *app) terminal() bool { return columns(a.std.out) > 0 }

// columns is how wide the terminal is to which a stream leads; 0: it leads to none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if wide, _, err := term.GetSize(int(f.Fd())); err == nil && wide > 0 {
		return wide
	}
	return usualWidth
}

// high is how many rows the terminal has to which a stream leads; 0: it leads to none.
func high(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	_, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return rows
}

// eachSecond shows on a terminal a line that changes, until it is told to end; "": as before.
func (a *app) eachSecond(ctx context.Context, line func(context.Context) string) (end func()) {
	if !a.moves(a.std.err) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for shown := false; ; {
			select {
			case <-ctx.Done():
				if shown {
					fmt.Fprint(a.std.err, eraseLine)
				}
				return
			case <-time.After(time.Second):
			}
			if s := line(ctx); s != "" {
				shown = true
				fmt.Fprint(a.std.err, "\r"+s)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// waiting shows on a terminal that something is done, and for how long already.
func (a *app) waiting(ctx context.Context) (end func()) {
	seconds := 0
	return a.eachSecond(ctx, func(context.Context) string {
		seconds++
		return fmt.Sprintf("… %d s", seconds)
	})
}
