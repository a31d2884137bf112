package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
)

// machineOptions are the flags of `kairan-bench machine`.
type machineOptions struct {
	readers, connections int
	perSecond            int // sign-ups, and as many leavings
	during               time.Duration
	program, dir         string
	json                 bool
}

func machineCommand(std streams) *cobra.Command {
	o := machineOptions{}
	c := &cobra.Command{
		Use: "machine", Args: cobra.NoArgs,
		Short: "Measure what one machine carries, from seeding to a restore",
		Long: `Fill a database with so many readers, and let the real service send them an issue at
full speed, while some sign up and some leave through its pages. Half-way it is killed,
started again, and goes on to the end; the relay's count is held against the books. Then
the database is compacted, backed up, encrypted, and put back elsewhere. One table says
what each took. Sign-ups and leavings come at their times, whether or not those before
are answered, and are timed from then: first with nothing else at work, then while the
issue goes out. A million readers take about 1.5 GB of disk, and 1 GB of memory, which is
pages of the file but for the smallest part.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return o.measure(c.Context(), std)
		},
	}
	f := c.Flags()
	f.IntVar(&o.readers, "readers", 100_000, "how many readers")
	f.IntVar(&o.connections, "connections", 32, "connections to the relay")
	f.IntVar(&o.perSecond, "arrivals", 50, "sign-ups a second, and as many leavings")
	f.DurationVar(&o.during, "for", 20*time.Second, "how long they come: with nothing at work, and again, at most until half the copies are out, meanwhile")
	f.StringVar(&o.program, "program", "", "the program that is measured (\"\": it is built from this repository)")
	f.StringVar(&o.dir, "dir", "", "an empty folder for the database, which is kept (\"\": a temporary folder)")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// check refuses what cannot be measured.
func (o machineOptions) check() error {
	switch {
	case o.readers < 100 || o.readers > 10_000_000:
		return fmt.Errorf("--readers %d: give 100 to 10,000,000", o.readers)
	case o.connections < 1 || o.connections > 64:
		return fmt.Errorf("--connections %d: give 1 to 64", o.connections)
	case o.perSecond < 1 || o.perSecond > 1000 || o.during <= 0:
		return fmt.Errorf("--arrivals %d --for %s: give 1 to 1,000 a second, and time for them", o.perSecond, o.during)
	case o.leavers() > o.readers/2:
		return fmt.Errorf("%s would leave, more than half: give more --readers, or less --arrivals or --for", deliver.Count(o.leavers(), "reader"))
	}
	return nil
}

// leavers is how many may leave in all.
func (o machineOptions) leavers() int { return 2 * int(o.during.Seconds()*float64(o.perSecond)+1) }

// machineReport is what one machine carries. Its JSON is for scripts: keys are added, never
// changed.
type machineReport struct {
	Command        string          `json:"command"`
	Readers        int             `json:"readers"`
	Connections    int             `json:"connections"`
	Fsync          float64         `json:"fsync_us"`         // of a small write, with nothing else at work
	FsyncSending   float64         `json:"fsync_sending_us"` // while the issue goes out
	Seeded         float64         `json:"seeded_per_second"`
	Octets         int64           `json:"database_octets"` // as seeded
	OctetsAReader  float64         `json:"octets_a_reader"`
	Open           float64         `json:"open_seconds"`  // from the start of the process to the first answer
	Start          float64         `json:"start_seconds"` // from when the issue was due to the first copy
	PerSecond      float64         `json:"messages_per_second"`
	PerHour        float64         `json:"messages_per_hour"`
	CPU            float64         `json:"cpu_us_per_message"` // of the service, visits included
	AnonMiB        float64         `json:"anon_mib_peak"`
	WholeMiB       float64         `json:"whole_mib_peak"`       // with the pages of the file
	CrashOpen      float64         `json:"crash_open_seconds"`   // from the start after the kill to the first answer
	CrashResume    float64         `json:"crash_resume_seconds"` // from the same to the first copy
	PerSecondAfter float64         `json:"messages_per_second_after_crash"`
	Books          deliver.Balance `json:"books"`
	Copies         int             `json:"readers_with_a_copy"` // as the relay counts them
	Twice          int             `json:"readers_with_two"`
	Compaction     float64         `json:"compaction_seconds"`
	Compacted      int64           `json:"compacted_octets"`
	Backup         float64         `json:"backup_seconds"`
	BackupOctets   int64           `json:"backup_octets"`
	Restore        float64         `json:"restore_seconds"`
	OpenCompacted  float64         `json:"open_compacted_seconds"`
	Alone          arrived         `json:"arrivals_alone"`
	Sending        arrived         `json:"arrivals_sending"`
}

// measure goes through the life of an installation.
func (o machineOptions) measure(ctx context.Context, std streams) (err error) {
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kairan-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	m := newMachine(o, dir, std)
	defer func() { err = errors.Join(err, m.end()) }()
	for _, step := range []struct {
		says string
		do   func(context.Context) error
	}{
		{fmt.Sprintf("seeding %s readers", deliver.Thousands(o.readers)), m.seed},
		{"opening", m.open},
		{"visits with nothing at work", m.quiet},
		{"sending, to the half", m.sendHalf},
		{"killed; sending the rest", m.sendRest},
		{"compaction", m.compact},
		{"backup", m.backup},
		{"restore", m.restore},
		{"opening the compacted file", m.reopen},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.says, err)
		}
		fmt.Fprintf(std.err, "%s: %.1f s\n", step.says, time.Since(began).Seconds())
	}
	if o.json {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(m.report)
	}
	m.report.print(std.out)
	return nil
}
