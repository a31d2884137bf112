package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"example.jp/kairan/cmd/internal/exit"
)

// asks says whether somebody sits there who can be asked.
func (a *app) asks() bool {
	f, ok := a.std.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// sure asks whether to go on after what was said. Questions go to standard error,
// so that standard output holds answers only.
func (a *app) sure(ctx context.Context, said string) error {
	return a.answer(ctx, said+"\n"+a.words().Words["go-on"], "yes")
}

// agrees asks whether to do what can be taken back.
func (a *app) agrees(ctx context.Context, question string) error {
	return a.answer(ctx, question+a.words().Words["yes-no"], "y", "yes")
}

// answer asks, and says that nothing was changed unless one of these is the answer.
func (a *app) answer(ctx context.Context, question string, agreed ...string) error {
	fmt.Fprint(a.std.err, question)
	line, err := interruptible(ctx, func() (string, error) { return bufio.NewReader(a.std.in).ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !slices.Contains(agreed, strings.ToLower(strings.TrimSpace(line))) {
		return exit.Refusedf("%s", a.words().Words["nothing-changed"])
	}
	return nil
}

// interruptible lets Ctrl-C end a wait for somebody who types.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		what T
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		what, err := read()
		given <- answer{what, err}
	}()
	select {
	case a := <-given:
		return a.what, a.err
	case <-ctx.Done():
		var nothing T
		return nothing, exit.Refusedf("interrupted; nothing was changed")
	}
}
