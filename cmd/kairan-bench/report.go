package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"example.jp/kairan/deliver"
)

// took is what a contestant took for so many messages.
type took struct {
	Messages              int
	Elapsed, CPU, SinkCPU time.Duration
	Sent                  *sent `json:",omitempty"` // Kairan alone
}

// runs are all runs of a comparison, by contestant.
type runs struct{ kairan, source, goMail, beside []took }

// report is what one call says of one number of connections; each figure is the
// median of the runs. Its JSON is for scripts: keys are added, never changed.
type report struct {
	Readers           int        `json:"readers"`
	Connections       int        `json:"connections"`
	MessageBytes      int        `json:"message_bytes"`
	Runs              int        `json:"runs"`
	MessagesPerSecond float64    `json:"messages_per_second"`
	CPU               float64    `json:"cpu_us_per_message"` // the sender's process alone
	Allocs            float64    `json:"allocs_per_message"`
	AnonMiB           float64    `json:"anon_mib_peak"`
	Commits           float64    `json:"commits_per_message"`
	Fsyncs            float64    `json:"fsyncs_per_message"`
	BytesPerReader    float64    `json:"bytes_per_reader"` // the whole database
	StartSeconds      float64    `json:"start_seconds"`    // of the commit that starts the issue
	FsyncMicros       float64    `json:"fsync_us"`         // of a small write on this disk
	FsyncDelayMicros  float64    `json:"fsync_delay_us"`   // added to each
	GCPercent         uint64     `json:"gc_percent"`
	Sink              sinkReport `json:"sink"`
	Baselines         baselines  `json:"baselines"`
	Waits             *waits     `json:"notices,omitempty"`
}

// sinkReport says how far the sink is from being the bottleneck.
type sinkReport struct {
	Ceiling    float64 `json:"ceiling_messages_per_second"` // of ready messages, in groups
	CeilingCPU float64 `json:"ceiling_cpu_us_per_message"`  // the sink's own
	CPU        float64 `json:"cpu_us_per_message"`          // the sink's own, while Kairan sends
}

type baselines struct {
	SMTPSource *baseline `json:"smtp_source,omitempty"`
	GoMail     *baseline `json:"go_mail_send,omitempty"`
	Beside     *baseline `json:"beside,omitempty"` // the command of --beside
}

type baseline struct {
	MessagesPerSecond float64 `json:"messages_per_second"`
	CPU               float64 `json:"cpu_us_per_message"`
	SinkCPU           float64 `json:"sink_cpu_us_per_message"`
	Ratio             float64 `json:"ratio"`     // Kairan's messages a second to this
	CPURatio          float64 `json:"cpu_ratio"` // Kairan's CPU a message to this
}

// report fills in what the runs took; out says of what.
func (all runs) report(out report) report {
	of := func(figure func(*sent) float64) float64 {
		return medianOf(all.kairan, func(t took) float64 { return figure(t.Sent) })
	}
	n := float64(out.Readers)
	out.Allocs = of(func(s *sent) float64 { return float64(s.Allocs) / n })
	out.AnonMiB = of(func(s *sent) float64 { return float64(s.AnonPeak) / (1 << 20) })
	out.Commits = of(func(s *sent) float64 { return float64(s.Commits) / n })
	out.BytesPerReader = of(func(s *sent) float64 { return float64(s.DatabaseBytes) / n })
	out.StartSeconds = of(func(s *sent) float64 { return s.Start.Seconds() })
	out.GCPercent = all.kairan[0].Sent.GCPercent
	out.Fsyncs = 2 * out.Commits // bbolt syncs the data, then the meta page
	own := figures(all.kairan, nil)
	out.MessagesPerSecond, out.CPU, out.Sink.CPU = own.MessagesPerSecond, own.CPU, own.SinkCPU
	out.Baselines = baselines{figures(all.source, own), figures(all.goMail, own), figures(all.beside, own)}
	out.Waits = waitsOf(all.kairan)
	return out
}

// figures sums up the runs of a sender, beside Kairan's own unless that is nil; nil: there
// were none.
func figures(all []took, kairan *baseline) *baseline {
	if len(all) == 0 {
		return nil
	}
	b := &baseline{
		MessagesPerSecond: medianOf(all, func(t took) float64 { return float64(t.Messages) / t.Elapsed.Seconds() }),
		CPU:               medianOf(all, func(t took) float64 { return perMessage(t.CPU, t.Messages) }),
		SinkCPU:           medianOf(all, func(t took) float64 { return perMessage(t.SinkCPU, t.Messages) }),
	}
	if kairan != nil {
		b.Ratio, b.CPURatio = kairan.MessagesPerSecond/b.MessagesPerSecond, kairan.CPU/b.CPU
	}
	return b
}

func medianOf[T any](all []T, figure func(T) float64) float64 {
	var xs []float64
	for _, x := range all {
		xs = append(xs, figure(x))
	}
	slices.Sort(xs)
	if n := len(xs); n%2 == 0 {
		return (xs[n/2-1] + xs[n/2]) / 2
	}
	return xs[len(xs)/2]
}

// printJSON prints one object, or an array if there were several numbers of
// connections.
func printJSON(w io.Writer, reports []report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if len(reports) == 1 {
		return e.Encode(reports[0])
	}
	return e.Encode(reports)
}

func printTable(w io.Writer, reports []report) {
	for _, r := range reports {
		fmt.Fprintf(w, "%s readers, %d connections, %s octets a message, median of %d\n",
			deliver.Thousands(r.Readers), r.Connections, deliver.Thousands(r.MessageBytes), r.Runs)
		t := newTable(w, "", "Messages a second", "CPU µs a message", "Sink's CPU µs", "Kairan is")
		row := func(name string, rate, cpu, sink float64, ratio string) {
			t.AppendRow(table.Row{name, deliver.Thousands(int(rate)), fixed(cpu, 1), fixed(sink, 1), ratio})
		}
		row("Kairan", r.MessagesPerSecond, r.CPU, r.Sink.CPU, "")
		for _, b := range []struct {
			name string
			is   *baseline
		}{{"smtp-source", r.Baselines.SMTPSource}, {"go-mail Send", r.Baselines.GoMail}, {"--beside", r.Baselines.Beside}} {
			if b.is != nil {
				row(b.name, b.is.MessagesPerSecond, b.is.CPU, b.is.SinkCPU, fixed(b.is.Ratio, 2)+" times as fast, for "+fixed(b.is.CPURatio, 2)+" of its CPU")
			}
		}
		t.AppendRow(table.Row{"the sink's ceiling", deliver.Thousands(int(r.Sink.Ceiling)), "", fixed(r.Sink.CeilingCPU, 1), ""})
		t.Render()
		if r.Waits != nil {
			t = newTable(w, fmt.Sprintf("Milliseconds from each of %s sign-ups until", deliver.Thousands(r.Waits.SignUps)), "p50", "p90", "p99", "Most")
			t.AppendRow(r.Waits.Answer.row("it is on disk"))
			t.AppendRow(r.Waits.Relay.row("the relay has the mail (p99 to be under 1,000)"))
			t.Render()
		}
	}
	t := newTable(w, "Connections", "Allocations", "Commits", "Fsyncs", "Octets a reader", "Anonymous MiB", "Start", "An fsync here")
	for _, r := range reports {
		sync := fixed(r.FsyncMicros, 0) + " µs"
		if r.FsyncDelayMicros > 0 {
			sync += " + " + fixed(r.FsyncDelayMicros, 0)
		}
		t.AppendRow(table.Row{r.Connections, fixed(r.Allocs, 1), fixed(r.Commits, 3), fixed(r.Fsyncs, 3), fixed(r.BytesPerReader, 0),
			fixed(r.AnonMiB, 1), fixed(r.StartSeconds*1000, 0) + " ms", sync})
	}
	t.Render()
	fmt.Fprintf(w, "Allocations, commits and fsyncs are a message; GOGC is %d.\n", reports[0].GCPercent)
}
