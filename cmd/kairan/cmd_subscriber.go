package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func (a *app) subscriberCommand() *cobra.Command {
	c := &cobra.Command{Use: "subscriber"}
	var reason string
	remove := &cobra.Command{Use: "remove LIST", Args: cobra.ExactArgs(1)}
	remove.RunE = func(c *cobra.Command, args []string) error {
		return a.onAddress(c.Context(), service.SubscriberRemove, "remove", service.Reader{List: args[0], Reason: reason})
	}
	unblock := &cobra.Command{Use: "unblock", Args: cobra.NoArgs}
	unblock.RunE = func(c *cobra.Command, _ []string) error {
		return a.onAddress(c.Context(), service.SubscriberUnblock, "unblock", service.Reader{Reason: reason})
	}
	reasonFlag(remove, &reason)
	reasonFlag(unblock, &reason)
	c.AddCommand(remove, unblock, a.subscriberImportCommand())
	return c
}

// onAddress does a verb for every address on standard input, or for none of them
// if one is not understood.
func (a *app) onAddress(ctx context.Context, verb control.Verb[service.Service, service.Reader, service.Done], name string, of service.Reader) error {
	command := strings.TrimSpace("subscriber " + name + " " + of.List)
	if a.asks() {
		fmt.Fprintf(a.std.err, "Paste the addresses, one a line, and end with an empty line.\n")
	}
	lines, err := interruptible(ctx, a.addressLines)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return exit.Usagef("standard input holds no e-mail address; give one a line: kairan %s < FILE", command)
	}
	for _, l := range lines {
		if _, err := subscribe.ParseAddress(l.text); err != nil {
			return exit.Usagef("line %d of standard input does not hold one e-mail address, so nothing was done; give one a line: kairan %s < FILE", l.n, command)
		}
	}
	return a.with("", func(cl *client) error {
		for _, l := range lines {
			if _, err := verb.Call(ctx, cl, service.Reader{List: of.List, Address: l.text, Reason: of.Reason}); err != nil {
				return fmt.Errorf("%w (at line %d; what stands before it is done, and may be given again)", err, l.n)
			}
		}
		if len(lines) == 1 {
			a.say("done\n")
		} else {
			a.say("done: %d lines\n", len(lines))
		}
		return nil
	})
}

// line is one of standard input, with its number.
type line struct {
	n    int
	text string
}

// maxLines is more than anybody pastes.
const maxLines = 10_000

// addressLines reads the lines that are not empty. On a terminal the first empty
// one behind them ends it.
func (a *app) addressLines() (all []line, err error) {
	in := bufio.NewScanner(a.std.in)
	for n := 1; in.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(in.Text(), "\ufeff")) // as some programs begin a file
		switch {
		case text != "":
			all = append(all, line{n, text})
		case a.asks() && len(all) > 0:
			return all, nil
		}
		if len(all) > maxLines {
			return nil, exit.Usagef("standard input has more than %s addresses; give fewer at a time", deliver.Thousands(maxLines))
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return nil, exit.Usagef("line %d of standard input is too long for an e-mail address, so nothing was done", len(all)+1)
	}
	return all, in.Err()
}
