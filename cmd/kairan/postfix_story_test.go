//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// posted is an installation beside a Postfix.
type posted struct {
	served
	relay *livePostfix
}

// newPosted has so many readers, and one issue. The values are for its
// configuration, the settings for its Postfix.
func newPosted(t *testing.T, readers int, address func(int) string, values map[string]string, settings ...string) *posted {
	t.Helper()
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &posted{served: servedIn(t, dir)}
	p.relay = startPostfix(t, programFor(t, dir)+" -c "+p.config, settings...)
	if err := os.WriteFile(filepath.Join(dir, "relay-password"), []byte(relayPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := p.relay.submission
	set := map[string]string{
		"socket":      strconv.Quote(filepath.Join(dir, "kairan.sock")) + "\nsocket_group = \"nogroup\"",
		"tls":         `"starttls"`,
		"hello":       fmt.Sprintf("\"magazine.example.jp\"\nca_file = %q\nusername = %q\npassword_file = %q", p.relay.ca, relayUser, filepath.Join(dir, "relay-password")),
		"connections": "4", "now_delay": `"1s"`, "retry": "[\"1s\"]\nprobe_every = \"1s\"",
	}
	for key, value := range values {
		if key == "relay" {
			at = value
		} else {
			set[key] = value
		}
	}
	if values["tls"] == `"none"` {
		set["hello"] = `"magazine.example.jp"`
	}
	host, port, _ := net.SplitHostPort(at)
	number, _ := strconv.Atoi(port)
	writeWith(t, p.config, config.DemoSource(dir, "http://localhost", "127.0.0.1:0", "127.0.0.1:0", host, number), set)
	if err := os.Chmod(p.config, 0o644); err != nil {
		t.Fatal(err)
	}
	p.seed(killIssue, dottedIssue(), readers, address)
	return p
}

// dottedIssue is an issue with lines that begin with a dot, which SMTP doubles.
func dottedIssue() []byte {
	return append(bytes.Clone(demoIssue), "\n\n```\n.\n..\n.profile\n```\n"...)
}

// kairan runs a command of the program, and wants it done.
func (p *posted) kairan(in io.Reader, args ...string) string {
	p.t.Helper()
	var out, errs bytes.Buffer
	code := run(p.t.Context(), append([]string{"kairan", "-c", p.config}, args...), streams{in, &out, &errs}, shifted(p.clock))
	if code != exit.Done {
		p.t.Fatalf("kairan %q: exit %d: %s", args, code, &errs)
	}
	return out.String()
}

// schedule sends the issue now.
func (p *posted) schedule() {
	p.t.Helper()
	if _, err := service.IssueSchedule.Call(p.t.Context(), p.client, service.Schedule{Issue: killIssue, Now: true}); err != nil {
		p.t.Fatal(err)
	}
}

// status is what `issue status --json` says; the books balance at every look.
func (p *posted) status() service.Issue {
	p.t.Helper()
	var i service.Issue
	if err := json.Unmarshal([]byte(p.kairan(strings.NewReader(""), "issue", "status", killIssue, "--json")), &i); err != nil {
		p.t.Fatal(err)
	}
	if !i.Balances {
		p.t.Fatalf("the books are wrong: %+v", i.Balance)
	}
	return i
}

// until waits until the status is so, for as long as the books still change.
func (p *posted) until(what string, ok func(service.Issue) bool) (i service.Issue) {
	p.t.Helper()
	var last deliver.Balance
	for moved := time.Now(); ; time.Sleep(look) {
		if i = p.status(); ok(i) {
			return i
		}
		if i.Balance != last {
			last, moved = i.Balance, time.Now()
		}
		if time.Since(moved) > 3*patience {
			p.t.Fatalf("it does not come to this: %s; %s: %s\n%s", what, i.State, i.Balance,
				p.kairan(strings.NewReader(""), "issue", "status", killIssue))
		}
	}
}

func finished(i service.Issue) bool { return i.State == "finished" }

// TestPostfixPassesEveryByte: what a reader gets is what was sent, octet by octet,
// but for what relays put before it. It goes out in clear, so that it can be read.
func TestPostfixPassesEveryByte(t *testing.T) {
	t.Parallel()
	const readers = 30
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := newPosted(t, readers, killReader, map[string]string{"relay": l.Addr().String(), "tls": `"none"`, "connections": "1"})
	wires := t.TempDir()
	go func() {
		for n := 0; ; n++ {
			in, err := l.Accept()
			if err != nil {
				return
			}
			wire, err := os.Create(filepath.Join(wires, strconv.Itoa(n)))
			if err != nil {
				t.Error(err)
				return
			}
			go func() {
				defer func() { _ = wire.Close() }()
				tap(in, p.relay.clear, wire)
			}()
		}
	}()
	p.start()
	p.schedule()
	p.until("the issue is out", finished)
	p.relay.await("every copy is in the Maildir", func() bool { return len(p.relay.copies()) >= readers })
	p.end(syscall.SIGTERM)

	sent := saidOverWire(t, wires)
	dots := 0
	for _, a := range p.relay.box() {
		if !bytes.Equal(a.data, sent[a.to]) {
			t.Errorf("what arrived for %s is not what was sent:\n%q\n%q", a.to, a.data, sent[a.to])
		}
		if bytes.Contains(a.data, []byte("\r\n.\r\n..\r\n")) {
			dots++
		}
		if bytes.Count(a.traces, []byte("Received: ")) != 1 {
			t.Errorf("the traces of one relay: %s", a.traces)
		}
	}
	if len(sent) != readers || dots != readers {
		t.Errorf("%d copies were sent, %d with lines of dots, to %d readers", len(sent), dots, readers)
	}
	p.relay.polices()
	if complaints := faults.FindAllString(p.relay.log(), -1); len(complaints) > 0 {
		t.Errorf("the relay complains:\n%s", strings.Join(complaints, "\n"))
	}
}

// saidOverWire are the mails of all connections, by recipient, as the receiver has
// them: the doubled dots are single again. Each connection is a file.
func saidOverWire(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	mails := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		to, inData := "", false
		for line := range strings.Lines(string(b)) {
			switch rcpt, isRcpt := strings.CutPrefix(line, "RCPT TO:<"); {
			case inData && line == ".\r\n":
				inData = false
			case inData:
				mails[to] = append(mails[to], strings.TrimPrefix(line, ".")...)
			case isRcpt:
				to, _, _ = strings.Cut(rcpt, ">")
			case line == "DATA\r\n":
				inData = true
			}
		}
	}
	return mails
}
