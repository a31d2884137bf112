package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
)

// sendOptions are the flags of `kairan-bench send`.
type sendOptions struct {
	readers      int
	connections  []int
	body         string
	attach       string
	attached     int // octets of it
	json         bool
	baseline     bool
	beside       string
	runs         int
	syncDelay    time.Duration
	dir          string
	lockstep     bool
	relayProcs   int
	faults       faults
	kill         bool
	kills        int
	seed         uint64
	hold         bool
	cpuProfile   string
	allocProfile string
	signUps      int
	every        time.Duration
}

func sendCommand(std streams) *cobra.Command {
	o := sendOptions{}
	c := &cobra.Command{
		Use: "send", Args: cobra.NoArgs,
		Short: "Send one issue to made-up readers, over loopback to a relay of its own",
		Long: `Send one issue to made-up readers, over loopback to a relay of its own, and print
what it took. The relay's count is held against the books; a run that lost or
doubled a copy is an error. With --kill the sender is killed over and over, of some issues
before two or three relays that share the load, and what they recorded is held
against the books.`,
		RunE: func(c *cobra.Command, _ []string) error {
			size, err := o.check()
			if err != nil {
				return err
			}
			if o.kill {
				return crashTest(c.Context(), o, size, std)
			}
			return measure(c.Context(), o, size, std)
		},
	}
	f := c.Flags()
	f.IntVar(&o.readers, "readers", 100_000, "how many readers; with --kill at most")
	f.IntSliceVar(&o.connections, "connections", []int{32}, "connections to the relay; several, as in 4,8,16, make a table; with --kill the most")
	f.StringVar(&o.body, "body", "10KB", "size of a whole message, about")
	f.StringVar(&o.attach, "attach", "", "size of a file that is attached to each message (\"\": none)")
	f.BoolVar(&o.json, "json", false, "print JSON: one object, or an array if there are several tables")
	f.DurationVar(&o.syncDelay, "fsync-delay", 0, "added to each fsync of the store")
	f.StringVar(&o.dir, "dir", "", "where the database lies, kept for the next call (\"\": a temporary folder)")
	f.BoolVar(&o.lockstep, "lockstep", false, "the relay does not offer PIPELINING")
	f.IntVar(&o.relayProcs, "relay-procs", 0, "processors that the relay may use (0: all)")
	f.Float64Var(&o.faults.Slow, "slow", 0, "per cent of the readers whom the relay answers late")
	f.DurationVar(&o.faults.SlowBy, "slow-by", 50*time.Millisecond, "how late")
	f.BoolVar(&o.baseline, "baseline", false, "also run go-mail's own Send and, where installed, Postfix's smtp-source, in turn")
	f.StringVar(&o.beside, "beside", "", "also run this command in turn, which sends to the same relay: {port}, {connections} and {messages} are filled in (\"\": none)")
	f.IntVar(&o.runs, "runs", 0, "how often each is run; medians are printed (0: 3 with --baseline or --beside, else 1)")
	f.Float64Var(&o.faults.Refuse, "refuse", 0, "per cent of the readers whom the relay refuses at RCPT")
	f.Float64Var(&o.faults.Defer, "defer", 0, "per cent whom it puts off once")
	f.Float64Var(&o.faults.Drop, "drop", 0, "per cent at whom it drops the connection once, before or after the data")
	f.IntVar(&o.faults.Session, "session", 0, "messages that the relay takes over one connection before it says 452 or 421 (0: any number)")
	f.IntVar(&o.faults.Rate, "rate", 0, "messages that it takes in 50 milliseconds before it says 454 (0: any number)")
	f.Float64Var(&o.faults.Shut, "shut", 0, "per cent of the time in which it says that a quota is used up, or refuses the sender")
	f.BoolVar(&o.faults.Bare, "bare", false, "its replies are codes without text")
	f.BoolVar(&o.kill, "kill", false, "kill the sender at random moments until the issue is out, and look for lost and doubled copies")
	f.IntVar(&o.kills, "kills", 20, "how often, over as many issues as it takes")
	f.Uint64Var(&o.seed, "seed", 0, "of what is random in --kill (0: by the clock; it is printed)")
	f.BoolVar(&o.hold, "hold", false, "with --kill: uncertain copies are not sent once more")
	f.IntVar(&o.signUps, "sign-ups", 0, "how many sign up meanwhile; each is timed until the relay has its confirmation")
	f.DurationVar(&o.every, "every", 10*time.Millisecond, "between two sign-ups; they do not wait for each other")
	f.StringVar(&o.cpuProfile, "cpuprofile", "", "write the sender's CPU profile here")
	f.StringVar(&o.allocProfile, "allocprofile", "", "write the sender's allocation profile here")
	return c
}

// check refuses what cannot be measured, and reads the size.
func (o *sendOptions) check() (size int, err error) {
	size, err = parseSize("body", o.body, 1<<20)
	faults := []error{err}
	if o.attach != "" {
		o.attached, err = parseSize("attach", o.attach, deliver.MostEnclosed)
		faults = append(faults, err)
	}
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(o.readers < 1 || o.readers > 5_000_000, "--readers %d: give 1 to 5,000,000", o.readers)
	fault(len(o.connections) == 0, "--connections: give at least one number")
	for _, c := range o.connections {
		fault(c < 1 || c > 512, "--connections %d: give 1 to 512", c)
	}
	fault(o.runs < 0, "--runs %d: give 1 or more", o.runs)
	fault(o.kill && o.kills < 1, "--kills %d: give 1 or more", o.kills)
	fault(o.signUps < 0 || o.every <= 0, "--sign-ups %d --every %s: give a number, and time between them", o.signUps, o.every)
	fault(o.syncDelay < 0, "--fsync-delay %s: a disk cannot be faster than it is", o.syncDelay)
	fault(o.attach != "" && o.baseline, "--attach: the baselines attach nothing, so leave out --baseline")
	fault(o.kill && (o.baseline || o.beside != "" || o.json), "--kill measures nothing: leave out --baseline, --beside and --json")
	if o.runs == 0 {
		o.runs = 1
		if o.baseline || o.beside != "" {
			o.runs = 3
		}
	}
	return size, errors.Join(faults...)
}

// parseSize reads the number of octets that a flag gives, such as 10KB, 10240 or 1MB (in
// steps of 1,024).
func parseSize(flag, s string, most int) (int, error) {
	number, unit := strings.TrimSuffix(strings.ToUpper(s), "B"), 1
	for suffix, octets := range map[string]int{"K": 1 << 10, "M": 1 << 20} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, octets
		}
	}
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 || n > most || n*unit > most {
		return 0, fmt.Errorf("--%s %q: give a size such as 10KB, at most %dMB", flag, s, most>>20)
	}
	return n * unit, nil
}

// workplace makes the folder for the database, the issue and the readers; gone
// removes it unless it is to be kept.
func (o *sendOptions) workplace() (dir string, gone func() error, err error) {
	if o.dir != "" {
		return o.dir, func() error { return nil }, os.MkdirAll(o.dir, 0o700)
	}
	dir, err = os.MkdirTemp("", "kairan-bench-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// measure sends the issue over each number of connections and prints the reports.
func measure(ctx context.Context, o sendOptions, size int, std streams) (err error) {
	dir, gone, err := o.workplace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gone()) }()
	fmt.Fprintf(std.err, "seeding %s readers\n", deliver.Thousands(o.readers))
	w, err := makeWorld(ctx, dir, o.readers, size, o.attached)
	if err != nil {
		return err
	}
	record := ""
	if o.signUps > 0 {
		record = filepath.Join(w.dir, newSlug()+".record")
	}
	relay, err := startRelay(relaySpec{Faults: o.faults, Record: record, Lockstep: o.lockstep, Procs: o.relayProcs}, std.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, relay.end()) }()
	var reports []report
	for _, connections := range o.connections {
		c, err := newComparison(w, o, connections, relay, record, std)
		if err != nil {
			return err
		}
		r, err := c.run(ctx)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	if o.json {
		return printJSON(std.out, reports)
	}
	printTable(std.out, reports)
	return nil
}
