package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// So many entries, or so many octets of what they hold, go to the service together, in
// one commit.
const (
	importBatch  = 1000
	importOctets = 1 << 20
)

func (a *app) subscriberImportCommand() *cobra.Command {
	var in service.Import
	c := &cobra.Command{
		Use:   "import LIST -",
		Short: "Take over the readers of an export that was decrypted, from standard input",
		Long: `Takes over the readers of an export of the same list of another installation, with the
proof of their consent: age -d -i IDENTITY FILE | kairan subscriber import LIST -
Whoever has left or is blocked here does not come back, and who is on the list stays as
they are: it may be given again. Who was to be written to no more is not taken over.
The answer does not say who was known.`,
		Args: cobra.ExactArgs(2),
	}
	reasonFlag(c, &in.Reason)
	c.RunE = func(c *cobra.Command, args []string) error {
		if args[1] != "-" {
			return exit.Usagef("what was decrypted does not belong into a file; write: age -d -i IDENTITY FILE | kairan subscriber import %s -", args[0])
		}
		in.List = args[0]
		return a.with("", func(cl *client) error { return a.importFrom(c.Context(), cl, in) })
	}
	return c
}

// importFrom hands the entries on standard input to the service, batch by batch.
func (a *app) importFrom(ctx context.Context, cl *client, in service.Import) error {
	r, err := custody.NewReader(a.std.in)
	if err != nil {
		return &exit.Error{Code: exit.Usage, Err: err}
	}
	if r.Header.Scope != custody.OfList || len(r.Header.Lists) != 1 {
		return exit.Refusedf("this export is about one person, and not of a list; it is not for importing")
	}
	in.From, in.Made = r.Header.Lists[0], r.Header.Made
	var lines, faulty []int // of the batch; of all
	read, octets, sent := 0, 0, false
	send := func() error {
		out, err := service.SubscriberImport.Call(ctx, cl, in)
		if err != nil && sent {
			return fmt.Errorf("%w (what stands before is done, and may be given again)", err)
		}
		if err != nil {
			return err
		}
		sent = true
		for _, i := range out.Faulty {
			if i >= 0 && i < len(lines) {
				faulty = append(faulty, lines[i])
			}
		}
		lines, in.Entries, octets = lines[:0], in.Entries[:0], 0
		return nil
	}
	for {
		e, n, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			return fmt.Errorf("%w (line %d)", err, n)
		case e == nil:
			faulty = append(faulty, n)
			continue
		}
		if read++; !e.Arrives() {
			continue
		}
		lines, in.Entries = append(lines, n), append(in.Entries, *e)
		for _, value := range e.Fields {
			octets += len(value)
		}
		if len(lines) == importBatch || octets > importOctets {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := send(); err != nil { // with none, too: what is refused is refused whoever is in it
		return err
	}
	if len(faulty) > 0 {
		return fmt.Errorf("%s not understood, or hold what the list does not declare, and were left out: %s; all else is done", deliver.Count(len(faulty), "line"), some(faulty))
	}
	a.say("done: %s read\n", deliver.Plural(read, "entry", "entries"))
	return nil
}

// some names the first of some lines.
func some(lines []int) string {
	const most = 20
	var out []string
	for _, n := range lines[:min(len(lines), most)] {
		out = append(out, strconv.Itoa(n))
	}
	if len(lines) > most {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}
