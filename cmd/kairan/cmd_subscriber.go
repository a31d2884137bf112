package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/subscribe"
)

func (a *app) subscriberCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "subscriber",
		Short: "Act on a reader's request to the office",
		Long: `Both verbs read one address from standard input, so that it stays out of shell
histories and process lists, and answer "done", whether or not it was known.`,
	}
	remove := &cobra.Command{Use: "remove LIST", Short: "Take the address on standard input off a list", Args: cobra.ExactArgs(1)}
	remove.RunE = func(c *cobra.Command, args []string) error {
		return a.onAddress(c.Context(), "subscriber/remove", args[0])
	}
	unblock := &cobra.Command{
		Use: "unblock", Short: "Let the address on standard input be written to again; brings it back onto no list", Args: cobra.NoArgs,
	}
	unblock.RunE = func(c *cobra.Command, _ []string) error {
		return a.onAddress(c.Context(), "subscriber/unblock", "")
	}
	c.AddCommand(remove, unblock)
	return c
}

type addressIn struct {
	List    string `json:"list"`
	Address string `json:"address"`
}

type doneOut struct{}

func (a *app) onAddress(ctx context.Context, verb, list string) error {
	line, err := bufio.NewReader(io.LimitReader(a.std.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := subscribe.ParseAddress(line); err != nil {
		return usage("standard input does not hold one e-mail address; give it alone, on one line: kairan %s < FILE",
			strings.TrimSpace(strings.ReplaceAll(verb, "/", " ")+" "+list))
	}
	return a.with("", func(cl *client) error {
		if _, err := call[doneOut](ctx, cl, verb, addressIn{list, line}); err != nil {
			return err
		}
		a.say("done\n")
		return nil
	})
}

func (h *house) subscriberRemove(ctx context.Context, in addressIn) (doneOut, error) {
	if h.cfg.Lists[in.List] == nil {
		return doneOut{}, usage("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	address, err := subscribe.ParseAddress(in.Address)
	if err != nil {
		return doneOut{}, usage("%w", err)
	}
	h.log.Info("SubscriberRemove", "list", in.List, "by", actor(ctx))
	return doneOut{}, h.counter.Remove(ctx, in.List, address)
}

func (h *house) subscriberUnblock(ctx context.Context, in addressIn) (doneOut, error) {
	address, err := subscribe.ParseAddress(in.Address)
	if err != nil {
		return doneOut{}, usage("%w", err)
	}
	h.log.Info("SubscriberUnblock", "by", actor(ctx))
	return doneOut{}, h.counter.Unblock(ctx, address)
}
