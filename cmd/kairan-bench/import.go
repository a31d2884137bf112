package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
)

// importOptions are the flags of `kairan-bench import`.
type importOptions struct {
	lines        int
	program, dir string
	json         bool
}

func importCommand(std streams) *cobra.Command {
	o := importOptions{}
	c := &cobra.Command{
		Use: "import", Args: cobra.NoArgs,
		Short: "Measure an import of readers, beside a plain read of the same file",
		Long: `Import a file of so many readers who are not known, by the real command into the real
service, which takes 5,000 lines a second at most, so that its time tells nothing of who
is known. Beside it, the same file is read line by line and nothing is done with it, and
imported by sqlite3, if that is installed.`,
		RunE: func(c *cobra.Command, _ []string) error { return o.measure(c.Context(), std) },
	}
	f := c.Flags()
	f.IntVar(&o.lines, "lines", 100_000, "how many lines")
	f.StringVar(&o.program, "program", "", "the program that is measured (\"\": it is built from this repository)")
	f.StringVar(&o.dir, "dir", "", "an empty folder for the database, which is kept (\"\": a temporary folder)")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// importReport is what was measured.
type importReport struct {
	Command string         `json:"command"`
	Lines   int            `json:"lines"`
	Octets  int            `json:"octets"`
	Took    []importResult `json:"took"`
}

// importResult is what one of those who read the file took.
type importResult struct {
	What       string  `json:"what"`
	Seconds    float64 `json:"seconds"`
	CPU        float64 `json:"cpu_seconds"`
	PeakMiB    float64 `json:"anon_mib_peak,omitempty"`
	Service    float64 `json:"service_cpu_seconds,omitempty"`
	ServiceMiB float64 `json:"service_anon_mib_peak,omitempty"`
}

func (o importOptions) measure(ctx context.Context, std streams) (err error) {
	if o.lines < 1 || o.lines > 9_000_000 {
		return errors.New("give 1 to 9,000,000 --lines")
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kairan-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	path := filepath.Join(dir, "members.csv")
	octets, err := writeMembers(path, o.lines)
	if err != nil {
		return err
	}
	report := importReport{Lines: o.lines, Octets: octets, Command: fmt.Sprintf("kairan-bench import --lines %d", o.lines)}
	i := &installed{commandsOptions: commandsOptions{readers: 100, program: o.program, dir: o.dir}, dir: dir, std: std}
	defer func() { err = errors.Join(err, i.end()) }()
	for _, read := range []func(context.Context, *installed, string) (importResult, error){byKairan, byBufio, bySQLite} {
		r, err := read(ctx, i, path)
		if err != nil {
			return err
		}
		report.Took = append(report.Took, r)
	}
	if o.json {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	report.print(std.out)
	return nil
}

// writeMembers writes a file of readers whom nobody knows.
func writeMembers(path string, lines int) (octets int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(f)
	octets, _ = fmt.Fprintln(w, "email,name")
	for n := range lines {
		more, _ := fmt.Fprintf(w, "%s,%s\n", strings.Replace(recipient(n), "reader", "member", 1), readerName(n))
		octets += more
	}
	return octets, errors.Join(w.Flush(), f.Close())
}

func byKairan(ctx context.Context, i *installed, path string) (r importResult, err error) {
	if err := i.found(ctx); err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, i.program, "-c", i.config(), "subscriber", "import", listID, path, "--consent", "file 1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	before, err := cpuOf(i.service.Process.Pid)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return r, err
	}
	client, service := watchMemory(cmd.Process.Pid), watchMemory(i.service.Process.Pid)
	err = cmd.Wait()
	r = importResult{What: "kairan subscriber import", Seconds: time.Since(began).Seconds(), PeakMiB: mib(client().anon), ServiceMiB: mib(service().anon)}
	if err != nil {
		return r, fmt.Errorf("the import: %w\n%s", err, said.Bytes())
	}
	after, err := cpuOf(i.service.Process.Pid)
	r.CPU, r.Service = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), (after - before).Seconds()
	return r, err
}

// byBufio reads the lines, and does nothing with them.
func byBufio(_ context.Context, _ *installed, path string) (r importResult, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	cpu, err := cpuTime()
	if err != nil {
		return r, err
	}
	began := time.Now()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_ = lines.Bytes()
	}
	r = importResult{What: "a plain read, by lines", Seconds: time.Since(began).Seconds()}
	after, err := cpuTime()
	r.CPU = (after - cpu).Seconds()
	return r, errors.Join(err, lines.Err())
}

// bySQLite imports the file into a table that has addresses once. Without the program the
// result has no time.
func bySQLite(ctx context.Context, i *installed, path string) (r importResult, err error) {
	r.What = "sqlite3 .import"
	name, err := exec.LookPath("sqlite3")
	if err != nil {
		return r, nil //nolint:nilerr // not installed
	}
	cmd := exec.CommandContext(ctx, name, filepath.Join(i.dir, "members.sqlite"), "CREATE TABLE members (email TEXT PRIMARY KEY, name TEXT);",
		".mode csv", ".import --skip 1 "+path+" members")
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return r, fmt.Errorf("sqlite3: %w\n%s", err, out)
	}
	r.Seconds, r.CPU = time.Since(began).Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return r, nil
}

func mib(octets int64) float64 { return float64(octets) / (1 << 20) }

func (r importReport) print(w io.Writer) {
	t := newTable(w, "", "seconds", "lines a second", "CPU seconds", "MiB", "service's CPU", "service's MiB")
	unless0 := func(x float64, digits int) string {
		if x == 0 {
			return ""
		}
		return fixed(x, digits)
	}
	for _, x := range r.Took {
		if x.Seconds == 0 {
			t.AppendRow([]any{x.What, "not installed"})
			continue
		}
		t.AppendRow([]any{x.What, fixed(x.Seconds, 2), deliver.Thousands(int(float64(r.Lines) / x.Seconds)), fixed(x.CPU, 2), unless0(x.PeakMiB, 1), unless0(x.Service, 1), unless0(x.ServiceMiB, 1)})
	}
	t.SetCaption("%s: %s octets; the most of anonymous memory", r.Command, deliver.Thousands(r.Octets))
	t.Render()
}
