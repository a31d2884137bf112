package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
)

// TestMain lets the test binary be the program, for the parts that it plays.
func TestMain(m *testing.M) {
	name, value, _ := strings.Cut(childEnv, "=")
	if os.Getenv(name) != value {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// lockedBuffer is written by several children at once, as a file could be.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bench runs a command line.
func bench(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e lockedBuffer
	code = run(t.Context(), args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

func TestSendMeasures(t *testing.T) {
	t.Parallel()
	code, out, errs := bench(t, "send", "--readers", "500", "--connections", "4", "--json", "--baseline", "--runs", "1", "--dir", t.TempDir())
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for name, x := range map[string]float64{
		"messages_per_second": r.MessagesPerSecond, "cpu_us_per_message": r.CPU, "allocs_per_message": r.Allocs, "anon_mib_peak": r.AnonMiB,
		"commits_per_message": r.Commits, "bytes_per_reader": r.BytesPerReader, "start_seconds": r.StartSeconds, "fsync_us": r.FsyncMicros,
		"the relay's ceiling": r.Sink.Ceiling, "the relay's CPU": r.Sink.CPU,
	} {
		if x <= 0 {
			t.Errorf("%s is %g", name, x)
		}
	}
	if r.Readers != 500 || r.Connections != 4 || r.MessageBytes < 9<<10 || r.MessageBytes > 10<<10 {
		t.Errorf("not what was asked for: %+v", r)
	}
	if b := r.Baselines.GoMail; b == nil || b.MessagesPerSecond <= 0 || b.Ratio <= 0 {
		t.Errorf("go-mail: %+v", b)
	}
	if b := r.Baselines.SMTPSource; (b == nil) != (smtpSource() == "") {
		t.Errorf("smtp-source: %+v", b)
	}
}

// TestAttachedOnce: what is attached lies in memory once, however many connections send
// it. Each connection with a copy of its own would take 2.7 MB more, all of them 102; what
// one takes anyway the race detector makes a MB.
func TestAttachedOnce(t *testing.T) {
	peak := func(connections string) float64 {
		code, out, errs := bench(t, "send", "--readers", "300", "--connections", connections, "--attach", "2MB", "--json", "--dir", t.TempDir())
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		var r report
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if r.MessageBytes < 2_800_000 {
			t.Fatalf("messages of %d octets", r.MessageBytes)
		}
		return r.AnonMiB
	}
	few, many := peak("2"), peak("40")
	t.Logf("%.0f MiB over 2 connections, %.0f over 40", few, many)
	if more := many - few; more > 70 {
		t.Errorf("38 connections more take %.0f MiB more", more)
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	code, out, errs := bench(t, "send", "--kill", "--kills", "3", "--readers", "400", "--connections", "4", "--seed", "7", "--dir", t.TempDir())
	if code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	if !strings.Contains(out, "--seed 7") || !strings.Contains(out, "balance") || strings.Contains(out, "WRONG") {
		t.Errorf("it is not told:\n%s", out)
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--readers", "0"}, "--readers 0"},
		{[]string{"--connections", "8,0"}, "--connections 0"},
		{[]string{"--body", "ten"}, `--body "ten"`},
		{[]string{"--body", "2MB"}, "at most 1MB"},
		{[]string{"--attach", "21MB"}, `--attach "21MB": give a size such as 10KB, at most 20MB`},
		{[]string{"--attach", "2MB", "--baseline"}, "the baselines attach nothing"},
		{[]string{"--kill", "--json"}, "--kill measures nothing"},
		{[]string{"--fsync-delay", "-1ms"}, "--fsync-delay"},
		{[]string{"--every", "0s"}, "--every 0s"},
		{[]string{"--readers", "20", "--sign-ups", "20", "--every", "100ms"}, "before the last sign-up"},
	} {
		if code, _, errs := bench(t, append([]string{"send"}, c.args...)...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %q; want 1 and %q", c.args, code, errs, c.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"10KB": 10240, "10kb": 10240, "300": 300, "12b": 12, "1MB": 1 << 20, "2K": 2048} {
		if got, err := parseSize("body", in, 1<<20); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestReadMemory(t *testing.T) {
	t.Parallel()
	page := int64(os.Getpagesize())
	if m, err := readMemory([]byte("4200000 900 897 12 0 300 0\n")); err != nil || m != (memory{3 * page, 900 * page}) {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := readMemory([]byte("4200000 900")); err == nil {
		t.Error("a kernel that does not say is believed")
	}
}

// TestLetter: what go-mail is given to send is the issue that Kairan sends.
func TestLetter(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	source, err := w.source(12 << 10)
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.sample(deliver.Manuscript{Source: source})
	if err != nil {
		t.Fatal(err)
	}
	l, err := letterOf(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := l.message(7)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.Len(), len(m.Data); got < want*8/10 || got > want*12/10 {
		t.Errorf("go-mail's message has %d octets, Kairan's %d", got, want)
	}
	again, err := (sink.Mail{Data: out.Bytes()}).Parts()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(again.Text, readerName(7)) || strings.Contains(again.HTML, sampleName) {
		t.Error("the reader's name is not merged")
	}
}
