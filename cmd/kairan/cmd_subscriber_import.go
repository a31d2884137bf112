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

// So many entries, or so many octets of JSON, go to the service together.
const (
	importBatch  = 10_000
	importOctets = 3 << 20
)

func (a *app) subscriberImportCommand() *cobra.Command {
	var in service.Import
	var f rosterFlags
	c := &cobra.Command{Use: "import LIST FILE", Args: cobra.ExactArgs(2)}
	reasonFlag(c, &in.Reason)
	f.add(c, &in)
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		in.List = args[0]
		if args[1] != "-" {
			return a.importRoster(c.Context(), args[1], f, in)
		}
		for _, name := range rosterFlagNames {
			if c.Flags().Changed(name) {
				return exit.Usagef("--%s is for a file; an export on standard input says all that by itself", name)
			}
		}
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
	t := takeover{cl: cl, in: in}
	for {
		e, n, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = t.take(ctx, e, n)
		}
		if err != nil {
			return err
		}
	}
	if err := t.send(ctx); err != nil { // with none, too: what is refused is refused whoever is in it
		return err
	}
	if len(t.faulty) > 0 {
		return fmt.Errorf("%s not understood, or hold what the list does not declare, and were left out: %s; all else is done", deliver.Count(len(t.faulty), "line"), some(t.faulty))
	}
	a.say("done: %s read\n", deliver.Plural(t.read, "entry", "entries"))
	return nil
}

// takeover is an import that is under way.
type takeover struct {
	cl     *client
	in     service.Import // with the entries of the batch
	lines  []int          // theirs
	octets int            // that they hold, about
	faulty []int          // lines of all batches
	read   int            // entries so far
	sent   bool
}

// take adds the entry of a line to the batch; nil is one that was not understood.
func (t *takeover) take(ctx context.Context, e *custody.Entry, line int) error {
	if e == nil {
		t.faulty = append(t.faulty, line)
		return nil
	}
	t.read++
	if !e.Arrives() {
		return nil
	}
	t.add(*e, line)
	return t.sendFull(ctx)
}

// add adds an entry. Its size is what JSON makes of it at the most.
func (t *takeover) add(e custody.Entry, line int) {
	t.lines, t.in.Entries = append(t.lines, line), append(t.in.Entries, e)
	t.octets += 150 + sizeInJSON(e.Address)
	for _, value := range e.Fields {
		t.octets += 40 + sizeInJSON(value)
	}
	if e.Consent != nil {
		t.octets += 400
	}
}

// sizeInJSON is how many octets a text has in JSON, where three signs are written in six.
func sizeInJSON(s string) int {
	n := len(s)
	for _, c := range []byte(s) {
		switch c {
		case '<', '>', '&':
			n += 5
		case '"', '\\':
			n++
		}
	}
	return n
}

// sendFull sends the batch if no more should be added to it.
func (t *takeover) sendFull(ctx context.Context) error {
	if len(t.in.Entries)+len(t.in.Left)+len(t.in.Blocked) < importBatch && t.octets < importOctets {
		return nil
	}
	return t.send(ctx)
}

// send has the service take the batch.
func (t *takeover) send(ctx context.Context) error {
	out, err := service.SubscriberImport.Call(ctx, t.cl, t.in)
	if err != nil && t.sent {
		return fmt.Errorf("%w (what stands before is done, and may be given again)", err)
	}
	if err != nil {
		return err
	}
	for _, i := range out.Faulty {
		if i >= 0 && i < len(t.lines) {
			t.faulty = append(t.faulty, t.lines[i])
		}
	}
	t.lines, t.in.Entries, t.octets, t.sent = t.lines[:0], t.in.Entries[:0], 0, true
	t.in.Left, t.in.Blocked = t.in.Left[:0], t.in.Blocked[:0]
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
