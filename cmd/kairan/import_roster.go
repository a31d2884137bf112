package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/roster"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// rosterFlags say how a file of readers is read.
type rosterFlags struct {
	columns []string // --map
	ignore  []string
	from    string
	left    string // files
	blocked string
	dry     bool
}

var rosterFlagNames = []string{"consent", "map", "ignore", "from", "left", "blocked", "dry-run", "confirm", "json"}

func (f *rosterFlags) add(c *cobra.Command, in *service.Import) {
	c.Flags().StringVar(&in.Evidence, "consent", "", "")
	c.Flags().BoolVar(&in.Confirm, "confirm", false, "")
	c.Flags().StringArrayVar(&f.columns, "map", nil, "")
	c.Flags().StringArrayVar(&f.ignore, "ignore", nil, "")
	c.Flags().StringVar(&f.from, "from", "", "")
	c.Flags().StringVar(&f.left, "left", "", "")
	c.Flags().StringVar(&f.blocked, "blocked", "", "")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "")
}

// mapping is how the columns are to be read.
func (f *rosterFlags) mapping() (m roster.Mapping, err error) {
	m = roster.Mapping{Map: map[string]string{}, Ignore: f.ignore}
	for _, x := range f.columns {
		as, name, ok := strings.Cut(x, "=")
		if !ok {
			return m, exit.Usagef("--map %s: write FIELD=COLUMN, such as email=連絡先", x)
		}
		m.Map[as] = name
	}
	if m.From, err = roster.ParseProgram(f.from); err != nil {
		return m, exit.Usagef("%w", err)
	}
	if m.From == roster.Listmonk && (f.left == "" || f.blocked == "") {
		return m, exit.Refusedf("listmonk's export of a list does not hold who has left it: without them, they would be written to again. Export its unsubscribed and its blocklisted subscribers too, and add: --left UNSUBSCRIBED.csv --blocked BLOCKLISTED.csv")
	}
	return m, nil
}

// rosterReport is what is said of files: it depends on them alone, and not on who is known.
type rosterReport struct {
	File     string          `json:"file"`
	Encoding roster.Encoding `json:"encoding"`
	Columns  []roster.Column `json:"columns"`
	Lines    int             `json:"lines"` // without the header
	Faulty   int             `json:"faulty"`
	Faults   []rosterFault   `json:"faults"` // the first of them
}

type rosterFault struct {
	File string `json:"file"`
	Line int    `json:"line"`
	What string `json:"what"`
}

// mostFaults is how many faults are told one by one.
const mostFaults = 1000

// part is one of the files of an import.
type part struct {
	path string
	as   roster.Standing
}

// importRoster imports a file of the office. Who had left or is blocked comes first, so
// that nobody gets in who is in two of the files.
func (a *app) importRoster(ctx context.Context, path string, f rosterFlags, in service.Import) error {
	m, err := f.mapping()
	if err != nil {
		return err
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	l := cfg.Lists[in.List]
	switch {
	case l == nil:
		return a.noList(ctx, cfg, in.List)
	case f.left == path || f.blocked == path:
		return exit.Usagef("%s is the file of the readers, and cannot be that of who has left or is blocked as well", path)
	case in.Evidence == "" && !f.dry:
		return exit.Usagef("without a proof of consent nobody may be written to: say where the office keeps it, such as --consent \"file 2026-17\"")
	}
	files := []part{{path, roster.Left}, {path, roster.Welcome}}
	for _, x := range []part{{f.blocked, roster.Blocked}, {f.left, roster.Left}} {
		if x.path != "" {
			files = append([]part{x}, files...)
		}
	}
	run := rosterRun{app: a, lists: cfg.Lists, list: l, mapping: m, report: rosterReport{File: path, Faults: []rosterFault{}}}
	if f.dry {
		return run.all(ctx, files)
	}
	return a.with("", func(cl *client) error {
		run.to = &takeover{cl: cl, in: in}
		return run.all(ctx, files)
	})
}

// rosterRun is the import of a file that is under way.
type rosterRun struct {
	app     *app
	lists   subscribe.Lists
	list    *subscribe.List
	mapping roster.Mapping
	to      *takeover // nil: only the files are read
	report  rosterReport
	stopped bool         // the readers were not read, since a file beside theirs has faults
	lines   atomic.Int64 // so far, for the progress
}

func (r *rosterRun) all(ctx context.Context, files []part) error {
	end := r.app.eachSecond(ctx, func(context.Context) string {
		return deliver.Count(int(r.lines.Load()), "line") + " read"
	})
	defer end()
	for _, x := range files {
		if x.path == r.report.File && r.report.Faulty > 0 && r.to != nil { // in the files beside it, which come first
			r.stopped = true
			break
		}
		err := r.file(ctx, x)
		if cause := context.Cause(ctx); err != nil && cause != nil && r.to != nil {
			return fmt.Errorf("the import was stopped (%w); what was read so far is done, and the same file may be given again", cause)
		}
		if err != nil {
			return err
		}
	}
	end()
	return r.say()
}

// file reads a file, and hands over those of it who are meant: of the file itself, first
// whoever is not to be written to, and then its readers.
func (r *rosterRun) file(ctx context.Context, x part) error {
	main := x.path == r.report.File
	if main && x.as != roster.Welcome && r.mapping.From != roster.Listmonk && r.mapping.From != roster.PhpList {
		return nil // it holds readers only
	}
	in, err := os.Open(x.path)
	if err != nil {
		return exit.Usagef("%w", err)
	}
	defer in.Close()
	encoding, err := roster.Detect(in)
	if err == nil {
		if _, fault := in.Seek(0, io.SeekStart); fault != nil {
			err = errors.New("this cannot be read twice, as a pipe cannot; write it into a file first")
		}
	}
	if err != nil {
		return exit.Usagef("%s: %w", x.path, err)
	}
	m := r.mapping
	m.Beside = !main
	lines, err := roster.NewReader(in, encoding, r.lists, r.list, m)
	if err != nil {
		return exit.Usagef("%s: %w", x.path, err)
	}
	if main {
		r.report.Encoding, r.report.Columns = encoding, lines.Columns
	}
	for ctx.Err() == nil {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return exit.Refusedf("%s: %w; what stands before is read, and the file may be given again", x.path, err)
		}
		if err := r.take(ctx, x, main, line); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil || r.to == nil {
		return err
	}
	err = r.to.send(ctx)            // with none, too: what is refused is refused whoever is in it
	for _, n := range r.to.faulty { // by a service that has another declaration
		r.fault(x.path, n, "the service that runs does not take it: it has another configuration than this command")
	}
	r.to.faulty = nil
	return err
}

func (r *rosterRun) fault(path string, line int, what string) {
	if r.report.Faulty++; r.report.Faulty <= mostFaults {
		r.report.Faults = append(r.report.Faults, rosterFault{path, line, what})
	}
}

// take counts a line, and hands it over.
func (r *rosterRun) take(ctx context.Context, x part, main bool, line roster.Line) error {
	last := !main || x.as == roster.Welcome // of the passes over a file
	if last {
		r.lines.Add(1)
		r.report.Lines++
	}
	switch {
	case line.Fault != "" && last:
		r.fault(x.path, line.N, line.Fault)
		return nil
	case line.Fault != "" || r.to == nil:
		return nil
	}
	to := &r.to.in
	switch as := line.Standing; {
	case !main && x.as == roster.Blocked, main && x.as == roster.Left && as == roster.Blocked:
		to.Blocked = append(to.Blocked, line.Address)
	case x.as == roster.Left && (!main || as == roster.Left):
		to.Left = append(to.Left, line.Address)
	case main && x.as == roster.Welcome && as == roster.Welcome:
		e := custody.Entry{State: custody.Active, Address: line.Address, Fields: line.Fields, Language: line.Language}
		if !line.Given.IsZero() {
			e.Consent = &custody.Consent{Confirmed: line.Given}
		}
		r.to.add(e, line.N)
	}
	return r.to.sendFull(ctx)
}

// say tells what was read.
func (r *rosterRun) say() error {
	a, x := r.app, r.report
	if a.json {
		if err := a.printJSON(x); err != nil {
			return err
		}
	} else {
		var columns, passed []string
		for _, c := range x.Columns {
			if c.As == "" {
				passed = append(passed, c.Name)
			} else {
				columns = append(columns, c.Name+" = "+c.As)
			}
		}
		if !r.stopped {
			a.say("%s: %s, with the columns %s\n", x.File, x.Encoding, strings.Join(columns, ", "))
		}
		if len(passed) > 0 {
			a.say("passed over: %s\n", strings.Join(passed, ", "))
		}
		for _, f := range x.Faults {
			where := fmt.Sprintf("line %d", f.Line)
			if f.File != x.File {
				where = f.File + ", " + where
			}
			a.say("%s: %s\n", where, f.What)
		}
	}
	if r.stopped {
		return exit.Refusedf("%s of who has left or is blocked cannot be read, and whoever stands there would be written to again: nobody of %s was imported. Correct these lines, or take out those that name nobody, and give the files again",
			deliver.Count(x.Faulty, "line"), x.File)
	}
	what := "; all else is done"
	if r.to == nil {
		what = "; nothing was imported"
	}
	if x.Faulty > 0 {
		return fmt.Errorf("%s read, of which %s cannot be taken%s. Correct these lines, and give the file again", deliver.Count(x.Lines, "line"), deliver.Thousands(x.Faulty), what)
	}
	if !a.json {
		done := "done: "
		if r.to == nil {
			done = "nothing was imported: "
		}
		a.say("%s%s read\n", done, deliver.Count(x.Lines, "line"))
	}
	return nil
}
