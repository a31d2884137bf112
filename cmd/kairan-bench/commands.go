package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// commandsOptions are the flags of `kairan-bench commands`.
type commandsOptions struct {
	readers, runs int
	program, dir  string
	atRest        bool
	json          bool
}

func commandsCommand(std streams) *cobra.Command {
	o := commandsOptions{}
	c := &cobra.Command{
		Use: "commands", Args: cobra.NoArgs,
		Short: "Measure how long every command takes on a large installation",
		Long: `Start the real service with so many readers, who have all been sent one issue and are
being sent another, a hundred a second, and ask every command of it that there is, in
turns: how long each takes from its start to its end, and what CPU of it and of the
service. Those that take long are asked once, at the end.`,
		RunE: func(c *cobra.Command, _ []string) error { return o.measure(c.Context(), std) },
	}
	f := c.Flags()
	f.IntVar(&o.readers, "readers", 100_000, "how many readers")
	f.IntVar(&o.runs, "runs", 5, "how often each is asked; the median counts")
	f.StringVar(&o.program, "program", "", "the program that is measured (\"\": it is built from this repository)")
	f.StringVar(&o.dir, "dir", "", "where the database lies, kept for the next call (\"\": a temporary folder)")
	f.BoolVar(&o.atRest, "at-rest", false, "no issue goes out meanwhile: the second one is paused")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// commandsReport is what was measured.
type commandsReport struct {
	Command string        `json:"command"`
	Readers int           `json:"readers"`
	Runs    int           `json:"runs"`
	Took    []commandTook `json:"commands"`
}

// commandTook is what one command line took, in milliseconds; of several runs, the median.
type commandTook struct {
	Line       string  `json:"line"`
	Long       bool    `json:"long"` // it says that it takes long
	Wall       float64 `json:"wall_ms"`
	Longest    float64 `json:"longest_ms"`
	CPU        float64 `json:"cpu_ms"`         // its own
	ServiceCPU float64 `json:"service_cpu_ms"` // of the service meanwhile, whatever else it does

	runs []tookOnce
}

type tookOnce struct{ wall, cpu, service float64 }

func (o commandsOptions) measure(ctx context.Context, std streams) (err error) {
	if o.readers < 100 || o.runs < 1 {
		return errors.New("give 100 or more --readers, and 1 or more --runs")
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kairan-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	i := &installed{commandsOptions: o, dir: dir, std: std}
	defer func() { err = errors.Join(err, i.end()) }()
	if err := i.make(ctx); err != nil {
		return err
	}
	report := commandsReport{Readers: o.readers, Runs: o.runs, Command: fmt.Sprintf("kairan-bench commands --readers %d --runs %d", o.readers, o.runs)}
	if o.atRest {
		report.Command += " --at-rest"
	}
	if report.Took, err = i.rounds(ctx); err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	report.print(std.out)
	return nil
}

// commandLine is a line of commands.txt.
type commandLine struct {
	how, line, input string
}

//go:embed commands.txt
var commandText string

// commandLines are those of commands.txt.
func commandLines() (all []commandLine) {
	for line := range strings.Lines(commandText) {
		how, rest, some := strings.Cut(strings.TrimSpace(line), " ")
		if !some || how == "#" {
			continue
		}
		asked, input, _ := strings.Cut(rest, " < ")
		all = append(all, commandLine{how, asked, input})
	}
	return all
}

var wordPattern = regexp.MustCompile(`"[^"]*"|\S+`)

// words are the arguments, as a shell would have them.
func (c commandLine) words(dir string) []string {
	all := wordPattern.FindAllString(strings.ReplaceAll(c.line, "{dir}", dir), -1)
	for n := range all {
		all[n] = strings.Trim(all[n], `"`)
	}
	return all
}

// rounds asks all that are quick in turns, and then those that are not.
func (i *installed) rounds(ctx context.Context) (all []commandTook, err error) {
	lines := commandLines()
	for _, c := range lines {
		all = append(all, commandTook{Line: c.line, Long: c.how == "long"})
	}
	for round := range i.runs + 1 {
		if round == i.runs { // some of the long ones ask for rest
			if err := i.rest(ctx); err != nil {
				return nil, err
			}
		}
		for _, name := range []string{newIssue, "bench.backup", "bench.custody"} { // of the round before, or the call
			_ = os.Remove(filepath.Join(i.dir, name))
		}
		for n, c := range lines {
			rests := i.atRest && (strings.HasPrefix(c.line, "issue pause") || strings.HasPrefix(c.line, "issue resume"))
			if c.how == "not" || (c.how == "long") != (round == i.runs) || rests {
				continue
			}
			once, err := i.ask(ctx, c, c.words(i.dir))
			if err != nil {
				return nil, err
			}
			all[n].runs = append(all[n].runs, once)
		}
	}
	kept := all[:0]
	for _, t := range all {
		if len(t.runs) > 0 {
			t.sumUp()
			kept = append(kept, t)
		}
	}
	return kept, nil
}

func (t *commandTook) sumUp() {
	t.Wall = medianOf(t.runs, func(x tookOnce) float64 { return x.wall })
	t.CPU = medianOf(t.runs, func(x tookOnce) float64 { return x.cpu })
	t.ServiceCPU = medianOf(t.runs, func(x tookOnce) float64 { return x.service })
	for _, x := range t.runs {
		t.Longest = max(t.Longest, x.wall)
	}
}

// ask runs one command.
func (i *installed) ask(ctx context.Context, c commandLine, args []string) (took tookOnce, err error) {
	before, err := cpuOf(i.service.Process.Pid)
	if err != nil {
		return took, err
	}
	cmd := exec.CommandContext(ctx, i.program, args...)
	cmd.Dir, cmd.Env = i.dir, append(os.Environ(), "KAIRAN_CONFIG="+i.config(), "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(c.input + "\n")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	err = cmd.Run()
	took.wall = millis(time.Since(began))
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && c.line == "check" {
		err = nil // it warns, of what an installation of a bench lacks
	}
	if err != nil {
		return took, fmt.Errorf("kairan %s: %w\n%s", c.line, err, said.Bytes())
	}
	after, err := cpuOf(i.service.Process.Pid)
	took.cpu, took.service = millis(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()), millis(after-before)
	return took, err
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (r commandsReport) print(w io.Writer) {
	t := newTable(w, "milliseconds", "median", "longest", "CPU", "service's CPU")
	for _, c := range r.Took {
		line := c.Line
		if c.Long {
			line += " (takes long)"
		}
		t.AppendRow([]any{line, fixed(c.Wall, 0), fixed(c.Longest, 0), fixed(c.CPU, 0), fixed(c.ServiceCPU, 0)})
	}
	t.SetCaption("%s", r.Command)
	t.Render()
}
