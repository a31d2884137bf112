package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

const tracedReaders = 30

// TestClaimIsOnDiskBeforeData runs the real program under strace, and holds for
// every copy that its reader's claim was on disk before the first byte of its
// data went out. What is on disk at a moment is what was
// written before an fdatasync that had returned by then. A store is opened on
// exactly that, as after a power cut: it must not hand the reader out any more.
func TestClaimIsOnDiskBeforeData(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("strace"); err != nil && os.Getenv("CI") == "" {
		t.Skip("strace is not installed; .ci/run brings it")
	}
	for _, c := range []struct {
		connections int
		pipelining  bool
	}{{1, true}, {3, true}, {3, false}} {
		t.Run(fmt.Sprintf("%d connections, pipelining %t", c.connections, c.pipelining), func(t *testing.T) {
			t.Parallel()
			r := newTraced(t, c.connections, c.pipelining)
			calls := r.calls(r.serve())
			copies, ahead := r.copies(calls)
			if len(copies) != tracedReaders {
				t.Errorf("the trace shows the data of %d copies, want %d", len(copies), tracedReaders)
			}
			if c.pipelining != (ahead > 0) {
				t.Errorf("pipelining %t, and %d envelopes travelled behind a final dot", c.pipelining, ahead)
			}
			if early := r.early(calls, copies); len(early) > 0 {
				t.Errorf("the data of %d copies went out before the claim was on disk, first in line %d of the trace", len(early), early[0].line)
			}
			// The same trace without its fdatasyncs proves nothing for anybody.
			calls = slices.DeleteFunc(calls, syscallTo.isSync)
			if early := r.early(calls, copies); len(early) != len(copies) {
				t.Errorf("without one fdatasync, %d of %d claims are taken to be on disk", len(copies)-len(early), len(copies))
			}
		})
	}
}

// traced is an installation whose server runs under strace.
type traced struct {
	t     *testing.T
	dir   string
	cfg   *config.Config
	relay string // host:port
	image []byte // the database before the server opened it
}

func newTraced(t *testing.T, connections int, pipelining bool) *traced {
	r := &traced{t: t, dir: t.TempDir()}
	relay, err := sink.Start(sink.Options{Judge: func(to string, attempt int) string {
		if attempt == 1 && strings.HasPrefix(to, "reader-1") { // a further attempt is claimed otherwise
			return "451 4.2.0 later"
		}
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	r.relay = relay.Addr()
	if !pipelining {
		r.relay = withoutPipelining(t, r.relay)
	}
	host, port, _ := net.SplitHostPort(r.relay)
	number, _ := strconv.Atoi(port)
	source := config.DemoSource(r.dir, "http://localhost", "127.0.0.1:0", "127.0.0.1:0", host, number)
	writeWith(t, r.file("kairan.toml"), source, map[string]string{"connections": strconv.Itoa(connections), "now_delay": `"1s"`, "retry": `["1s"]`})
	if r.cfg, err = config.Load(r.file("kairan.toml")); err != nil {
		t.Fatal(err)
	}
	r.seed()
	return r
}

func (r *traced) file(name string) string { return filepath.Join(r.dir, name) }

func (r *traced) database() string { return filepath.Join(r.cfg.Data, "kairan.db") }

// withoutPipelining stands before a relay and hides its PIPELINING.
func withoutPipelining(t *testing.T, relay string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", relay)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(server, client)
				_ = server.Close()
			}()
			go func() {
				defer client.Close()
				for lines := bufio.NewReader(server); ; {
					line, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					_, _ = io.WriteString(client, strings.Replace(line, "PIPELINING", "X-NOTHING", 1))
				}
			}()
		}
	}()
	return l.Addr().String()
}

// seed stores the readers and the issue, and keeps the database as the
// server will find it.
func (r *traced) seed() {
	if err := seal.Generate(time.Now()).Write(r.cfg.Keys); err != nil {
		r.t.Fatal(err)
	}
	h, err := service.Open(r.cfg, "strace test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		r.t.Fatal(err)
	}
	who := func(n int) (string, subscribe.Fields) { return killReader(n), nil }
	ctx := control.WithActor(r.t.Context(), deliver.Self)
	err = crowd.Seed(ctx, h.Store, r.cfg.Lists["japanifornia"], tracedReaders, time.Now(), who)
	if err == nil {
		_, err = service.IssueAdd.Call(ctx, &client{Local: h}, service.Source{Issue: killIssue, Source: demoIssue})
	}
	if err := errors.Join(err, h.Close()); err != nil {
		r.t.Fatal(err)
	}
	if r.image, err = os.ReadFile(r.database()); err != nil {
		r.t.Fatal(err)
	}
}

// serve runs the program until it has sent the issue, and returns the trace.
func (r *traced) serve() []byte {
	exe, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(exe, r.file(program)); err != nil {
		r.t.Fatal(err)
	}
	// With -D the child is the program itself, and strace watches from aside.
	server := exec.Command("strace", "-D", "-f", "-yy", "-xx", "-s", "1000000", "-o", r.file("trace"),
		"-e", "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,sendfile,fsync,fdatasync", "--", r.file(program), "-c", r.file("kairan.toml"), "serve")
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	server.WaitDelay = patience
	if err := server.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = server.Process.Kill() })
	cl := control.Over[service.Service](r.cfg.Socket)
	sent := await(func() bool {
		_, err := service.IssueSchedule.Call(r.t.Context(), cl, service.Schedule{Issue: killIssue, Now: true})
		return err == nil
	}) && await(func() bool {
		i, err := service.IssueStatus.Call(r.t.Context(), cl, service.Named{Issue: killIssue})
		return err == nil && i.State == "finished" && i.Balance.Accepted == tracedReaders
	})
	_ = server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil || !sent {
		r.t.Fatalf("sent: %t, and the server ended with %v:\n%s", sent, err, &log)
	}
	end := regexp.MustCompile(fmt.Sprintf(`\n%d +\+\+\+ exited with 0 \+\+\+\n$`, server.Process.Pid))
	var trace []byte
	whole := await(func() bool {
		trace, err = os.ReadFile(r.file("trace"))
		return err == nil && end.Match(trace[max(0, len(trace)-100):])
	})
	if !whole {
		r.t.Fatalf("the trace does not come to its end (%v): %d bytes", err, len(trace))
	}
	return trace
}

// syscallTo is one system call on a descriptor. It began at the line in which
// strace saw it come, and ended at the line in which strace saw it return.
type syscallTo struct {
	name       string
	to         string // the path, or TCP:[from->to]
	data       []byte
	offset     int64
	result     int64
	begun, end int
}

func (c syscallTo) isSync() bool { return c.name == "fdatasync" || c.name == "fsync" }

var (
	hexText  = `((?:\\x[0-9a-f]{2})*)`
	callLine = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<(.*?)>(?:, "` + hexText + `", \d+(?:, (\d+))?)?(?:\) += (-?\d+).*| <unfinished \.\.\.>)$`)
	backLine = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>.*\) += (-?\d+)`)
)

// calls reads what the trace says of the database and of the relay, in the order
// in which the calls began.
func (r *traced) calls(trace []byte) (all []syscallTo) {
	out := map[string]int{} // calls that have not returned, by thread
	n := 0
	for line := range strings.Lines(string(trace)) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if back := backLine.FindStringSubmatch(line); back != nil {
			if at, ok := out[back[1]]; ok {
				all[at].end, all[at].result = n, number(back[2])
				delete(out, back[1])
			}
			continue
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			if strings.Contains(line, r.relay) || strings.Contains(line, "kairan.db") {
				r.t.Fatalf("line %d of the trace is not understood: %.200s", n, line)
			}
			continue
		}
		c := syscallTo{name: m[2], to: m[3], begun: n}
		if path, ok := unhex(m[3]); ok {
			c.to = string(path)
		}
		database, relay := c.to == r.database(), strings.HasSuffix(c.to, "->"+r.relay+"]")
		if !database && !relay {
			continue
		}
		if database && c.name != "pwrite64" && !c.isSync() || relay && c.name != "write" {
			r.t.Fatalf("line %d: a %s, which this test cannot weigh", n, c.name)
		}
		c.data, _ = unhex(m[4])
		c.offset = number(m[5])
		if m[6] == "" {
			out[m[1]] = len(all)
		} else {
			c.end, c.result = n, number(m[6])
		}
		all = append(all, c)
	}
	return all
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // the pattern holds digits only
	return n
}

func unhex(s string) ([]byte, bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	return b, err == nil && strings.HasPrefix(s, `\x`)
}

// dataBegins is the first byte of one copy's data.
type dataBegins struct {
	to   string
	line int // in which the write began that has it
}

// copies follows what was said on each connection. ahead counts the envelopes
// that travelled behind a final dot.
func (r *traced) copies(calls []syscallTo) (begins []dataBegins, ahead int) {
	type dialogue struct {
		rest   []byte
		to     string
		asked  bool // for leave to send data
		inData bool
	}
	connections := map[string]*dialogue{}
	for _, c := range calls {
		if c.name != "write" || c.result <= 0 {
			continue
		}
		d := connections[c.to]
		if d == nil {
			d = &dialogue{}
			connections[c.to] = d
		}
		d.rest = append(d.rest, c.data[:c.result]...)
		for len(d.rest) > 0 {
			if d.asked { // what follows is data, unless the relay has refused it
				d.asked = false
				if d.inData = !bytes.HasPrefix(d.rest, []byte("RSET\r\n")) && !bytes.HasPrefix(d.rest, []byte("QUIT\r\n")); d.inData {
					begins = append(begins, dataBegins{d.to, c.begun})
				}
			}
			end := []byte("\r\n")
			if d.inData {
				end = []byte("\r\n.\r\n")
			}
			text, rest, whole := bytes.Cut(d.rest, end)
			if !whole {
				break
			}
			if d.inData {
				d.inData = false
				if len(rest) > 0 {
					ahead++
				}
			} else if path, ok := bytes.CutPrefix(text, []byte("RCPT TO:<")); ok {
				d.to, _, _ = strings.Cut(string(path), ">")
			} else {
				d.asked = string(text) == "DATA"
			}
			d.rest = rest
		}
	}
	return begins, ahead
}

// early returns the copies whose claim was not on disk when their data began.
func (r *traced) early(calls []syscallTo, copies []dataBegins) (early []dataBegins) {
	var syncs, writes []syscallTo
	for _, c := range calls {
		switch {
		case c.isSync() && c.end > 0 && c.result == 0:
			syncs = append(syncs, c)
		case c.name == "pwrite64" && c.end > 0 && c.result == int64(len(c.data)):
			writes = append(writes, c)
		}
	}
	var unclaimed map[string]bool
	known := -1
	for _, x := range copies {
		since := 0 // what had been written by this line is on disk
		for _, s := range syncs {
			if s.end < x.line {
				since = max(since, s.begun)
			}
		}
		if since != known {
			known, unclaimed = since, r.unclaimed(writes, since)
		}
		if unclaimed[x.to] {
			early = append(early, x)
		}
	}
	return early
}

// unclaimed opens a store on what is on disk when only the writes that had ended
// before that line are, and returns whom it would still send the issue.
func (r *traced) unclaimed(writes []syscallTo, line int) map[string]bool {
	image := slices.Clone(r.image)
	for _, w := range writes {
		if w.end >= line {
			continue
		}
		if more := int(w.offset) + len(w.data) - len(image); more > 0 {
			image = append(image, make([]byte, more)...)
		}
		copy(image[w.offset:], w.data)
	}
	dir := r.t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "kairan.db"), image, 0o600), os.Chmod(dir, 0o700)); err != nil {
		r.t.Fatal(err)
	}
	keys, err := seal.Load(r.cfg.Keys)
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: dir, Keys: keys, UncertainAfter: -1})
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	out := map[string]bool{}
	name, _ := deliver.ParseIssueName(killIssue)
	run, err := s.OpenRun(name)
	if errors.Is(err, deliver.ErrNoIssue) { // it has not even begun
		for n := range tracedReaders {
			out[fmt.Sprintf("reader-%d@readers.example", n)] = true
		}
		return out
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for {
		reader, err := run.Reserve(time.Now().Add(time.Hour))
		if err != nil {
			r.t.Fatal(err)
		}
		if reader == nil {
			return out
		}
		out[reader.Address.Envelope()] = true
	}
}
