package main

import (
	"fmt"
	"io"

	"example.jp/kairan/deliver"
)

func (r machineReport) print(w io.Writer) {
	whole := func(x float64) string { return deliver.Thousands(int(x)) }
	mb := func(octets int64) string { return whole(float64(octets)/1e6) + " MB" }
	seconds := func(x float64) string { return fixed(x, 2) + " s" }
	visits := func(q quantiles) string {
		return fmt.Sprintf("%s, %s, %s ms", fixed(q.P50, 1), fixed(q.P99, 1), fixed(q.Max, 1))
	}
	t := newTable(w, whole(float64(r.Readers))+" readers", "")
	for _, row := range [][2]string{
		{"seeding", whole(r.Seeded) + " readers a second"},
		{"the database", fmt.Sprintf("%s, %s octets a reader", mb(r.Octets), whole(r.OctetsAReader))},
		{"opening it", seconds(r.Open)},
		{"from due to the first copy", seconds(r.Start)},
		{"messages a second, an hour", whole(r.PerSecond) + ", " + whole(r.PerHour)},
		{"CPU a message", fixed(r.CPU, 1) + " µs"},
		{"memory, anonymous and whole", fmt.Sprintf("%s and %s MiB", fixed(r.AnonMiB, 0), fixed(r.WholeMiB, 0))},
		{"killed: until it answers", seconds(r.CrashOpen)},
		{"killed: until the next copy", seconds(r.CrashResume)},
		{"messages a second afterwards", whole(r.PerSecondAfter)},
		{"the books", r.Books.String()},
		{"readers with a copy, with two", whole(float64(r.Copies)) + ", " + whole(float64(r.Twice))},
		{"a compaction", fmt.Sprintf("%s, to %s", seconds(r.Compaction), mb(r.Compacted))},
		{"an encrypted backup", fmt.Sprintf("%s, of %s", seconds(r.Backup), mb(r.BackupOctets))},
		{"a restore of it", seconds(r.Restore)},
		{"opening the compacted file", seconds(r.OpenCompacted)},
		{fmt.Sprintf("%d sign-ups alone: p50, p99, longest", r.Alone.SignUps), visits(r.Alone.SignUp)},
		{fmt.Sprintf("%d leavings alone", r.Alone.Leavings), visits(r.Alone.Leave)},
		{fmt.Sprintf("%d sign-ups while sending", r.Sending.SignUps), visits(r.Sending.SignUp)},
		{fmt.Sprintf("%d leavings while sending", r.Sending.Leavings), visits(r.Sending.Leave)},
		{"an fsync here alone, while sending", fmt.Sprintf("%s, %s µs", fixed(r.Fsync, 0), fixed(r.FsyncSending, 0))},
	} {
		t.AppendRow([]any{row[0], row[1]})
	}
	t.SetCaption("%s", r.Command)
	t.Render()
}
