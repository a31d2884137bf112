package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// sampleReport is three runs, of which the middle one counts.
func sampleReport(baseline bool) report {
	var all runs
	for _, x := range []int{3, 1, 2} {
		second, milli := time.Duration(x)*time.Second, time.Duration(x)*time.Millisecond
		all.kairan = append(all.kairan, took{1000, second, 10 * milli, milli, &sent{
			Start: milli, Allocs: uint64(x) * 1000, AnonPeak: int64(x) << 20, Commits: uint64(x) * 10, DatabaseBytes: 5000, GCPercent: 100,
		}})
		if baseline {
			all.source = append(all.source, took{1000, 2 * second, milli, milli, nil})
			all.goMail = append(all.goMail, took{500, 10 * second, milli, milli, nil})
		}
	}
	return all.report(report{
		Readers: 1000, Connections: 32, MessageBytes: 10240, Runs: 3, FsyncMicros: 500, FsyncDelayMicros: 1000,
		Sink: sinkReport{Ceiling: 90_000, CeilingCPU: 7},
	})
}

func TestReportIsOfMedians(t *testing.T) {
	t.Parallel()
	r := sampleReport(true)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"messages", r.MessagesPerSecond, 500}, {"cpu", r.CPU, 20}, {"allocs", r.Allocs, 2}, {"anon", r.AnonMiB, 2},
		{"commits", r.Commits, 0.02}, {"fsyncs", r.Fsyncs, 0.04}, {"bytes", r.BytesPerReader, 5}, {"start", r.StartSeconds, 0.002},
		{"sink", r.Sink.CPU, 2}, {"fsync", r.FsyncMicros, 500}, {"delay", r.FsyncDelayMicros, 1000},
		{"smtp-source", r.Baselines.SMTPSource.Ratio, 2}, {"go-mail", r.Baselines.GoMail.Ratio, 20}, {"go-mail rate", r.Baselines.GoMail.MessagesPerSecond, 25},
	} {
		if d := c.got - c.want; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
}

// TestJSONKeys: scripts rely on them.
func TestJSONKeys(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := printJSON(&out, []report{sampleReport(true)}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"messages_per_second", "cpu_us_per_message", "allocs_per_message", "anon_mib_peak", "commits_per_message",
		"fsyncs_per_message", "bytes_per_reader", "start_seconds", "readers", "connections", "message_bytes", "runs"} {
		if x, ok := got[key].(float64); !ok || x <= 0 {
			t.Errorf("%s is %v", key, got[key])
		}
	}
	others, _ := got["baselines"].(map[string]any)
	if keys := slices.Sorted(maps.Keys(others)); !slices.Equal(keys, []string{"go_mail_send", "smtp_source"}) {
		t.Errorf("baselines %v", keys)
	}
	for name, b := range others {
		if x, _ := b.(map[string]any)["messages_per_second"].(float64); x <= 0 {
			t.Errorf("%s: %v", name, b)
		}
	}
	out.Reset()
	if err := printJSON(&out, []report{sampleReport(false), sampleReport(false)}); err != nil || out.Bytes()[0] != '[' {
		t.Errorf("several numbers of connections do not make an array: %v", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printTable(&out, []report{sampleReport(true)})
	for _, want := range []string{"1,000 readers, 32 connections, 10,240 octets", "smtp-source", "2.00 times as fast", "go-mail Send", "90,000", "0.020", "500 µs + 1000", "GOGC is 100"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	width := 0
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "┌") && !strings.HasPrefix(line, "│") {
			width = 0
			continue
		}
		if n := len([]rune(line)); width == 0 {
			width = n
		} else if n != width && strings.HasPrefix(line, "│") {
			t.Errorf("a crooked table:\n%s", out.String())
			break
		}
		if strings.HasPrefix(line, "┌") {
			width = len([]rune(line))
		}
	}
}
