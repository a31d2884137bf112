package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
)

const (
	killConns = 8
	killIssue = "japanifornia/autumn"
)

// TestKill kills the real program with SIGKILL in the middle of an issue, again
// and again, and starts it anew: nobody is lost, and at most one reader of each
// open connection is uncertain, is counted, and gets the same message once more.
// .ci/long does it hundreds of times, with kairan-bench.
func TestKill(t *testing.T) {
	t.Parallel()
	const kills, perLife = 5, 100 // mails that a server delivers before it is killed
	k := newKilled(t, kills*perLife+100)
	ever := 0
	for n := range kills + 1 {
		k.start()
		if n == 0 {
			if _, err := service.IssueSchedule.Call(t.Context(), k.client, service.Schedule{Issue: killIssue, Now: true}); err != nil {
				t.Fatal(err)
			}
		}
		more := k.books().UncertainEver - ever
		if more < 0 || more > killConns {
			t.Errorf("kill %d: %d more readers uncertain, over %d connections", n, more, killConns)
		}
		ever += more
		if n == kills {
			break
		}
		for goal := k.sink.Count() + perLife; k.sink.Count() < goal; time.Sleep(5 * time.Millisecond) {
			if k.books(); k.state == "finished" {
				t.Fatalf("finished before kill %d", n+1)
			}
		}
		k.end(syscall.SIGKILL)
	}
	killedFor := time.Since(k.begun)
	k.beforeTheResend()
	if err := os.WriteFile(k.clock, []byte("2h"), 0o600); err != nil {
		t.Fatal(err)
	}
	for k.state != "finished" {
		k.books()
		time.Sleep(20 * time.Millisecond)
	}
	k.end(syscall.SIGTERM)
	k.judge(ever)
	t.Logf("%d kills took %s, and all of it %s; the books were looked at %d times",
		kills, killedFor.Round(time.Millisecond), time.Since(k.begun).Round(time.Millisecond), k.looks)
}

// beforeTheResend waits until only the resend is left to do: every reader has the
// issue or is counted uncertain, and nobody has it twice.
func (k *killed) beforeTheResend() {
	b := k.books()
	for ; b.Pending+b.InFlight > 0; b = k.books() {
		time.Sleep(20 * time.Millisecond)
	}
	missing, twice, _ := k.received()
	if missing > b.Uncertain || twice > 0 || b.Accepted+b.Uncertain != k.readers || b.Uncertain != b.UncertainEver {
		k.t.Errorf("before the resend %d readers do not have it, %d have it twice, and the books: %+v", missing, twice, b)
	}
	k.t.Logf("before the resend: %s; of the uncertain %d do not have it", b, missing)
}

// killed is an installation whose server is killed.
type killed struct {
	served
	readers int
	sink    *sink.Sink
	begun   time.Time
	moved   time.Time // when the books were seen to be others
	last    deliver.Balance
	state   string
	looks   int
}

// newKilled has so many readers.
func newKilled(t *testing.T, readers int) *killed {
	dir := shortDir(t)
	k := &killed{served: servedIn(t, dir), readers: readers, begun: time.Now()}
	var err error
	if k.sink, err = sink.Start(sink.Options{Record: true, Delay: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.sink.Close() })
	host, port, _ := net.SplitHostPort(k.sink.Addr())
	relay, _ := strconv.Atoi(port)
	source := config.DemoSource(dir, "http://localhost", "127.0.0.1:0", "127.0.0.1:0", host, relay)
	writeWith(t, k.config, source, map[string]string{
		"connections": strconv.Itoa(killConns), "uncertain_after": `"1h"`, "now_delay": `"1s"`, "retry": `["1s"]`,
	})
	k.seed(killIssue, demoIssue, readers, killReader)
	return k
}

// writeWith writes a configuration whose keys have other values.
func writeWith(t *testing.T, path string, source []byte, values map[string]string) {
	t.Helper()
	for key, value := range values {
		line := regexp.MustCompile(`(?m)^` + key + ` = .*$`)
		if !line.Match(source) {
			t.Fatalf("the configuration has no %s", key)
		}
		source = line.ReplaceAllLiteral(source, []byte(key+" = "+value))
	}
	if err := os.WriteFile(path, source, 0o600); err != nil {
		t.Fatal(err)
	}
}

func killReader(n int) string { return fmt.Sprintf("reader-%d@readers.example", n) }

// books asks the running server how far the issue is; the books balance at
// every look.
func (k *killed) books() deliver.Balance {
	k.t.Helper()
	i, err := service.IssueStatus.Call(k.t.Context(), k.client, service.Named{Issue: killIssue})
	if err != nil {
		k.t.Fatal(err)
	}
	k.looks++
	k.state = i.State
	if i.Balance != k.last || k.moved.IsZero() {
		k.last, k.moved = i.Balance, time.Now()
	}
	if time.Since(k.moved) > 3*patience {
		k.t.Fatalf("it goes nowhere: %s, %s", i.State, i.Balance)
	}
	if b := i.Balance; !i.Balances || !b.Balances() || !i.Started.IsZero() && b.Audience != k.readers || b.InFlight > killConns {
		k.t.Fatalf("look %d: the books are wrong: %+v", k.looks, b)
	}
	if n := i.Balance.Accepted; n > k.sink.Count() {
		k.t.Fatalf("look %d: %d accepted, says the ledger, and the relay took %d", k.looks, n, k.sink.Count())
	}
	return i.Balance
}

// judge holds what `issue status --json` says at the end against what the relay
// has got.
func (k *killed) judge(ever int) {
	var out, fault bytes.Buffer
	code := run(k.t.Context(), []string{"kairan", "-c", k.config, "issue", "status", killIssue, "--json"}, streams{strings.NewReader(""), &out, &fault}, time.Now)
	var i service.Issue
	if err := json.Unmarshal(out.Bytes(), &i); err != nil || code != exit.Done {
		k.t.Fatalf("exit %d, %v: %s", code, err, &fault)
	}
	b := i.Balance
	missing, twice, pairs := k.received()
	k.t.Logf("after it: %s; %d ever uncertain, of whom %d have it twice; the relay took %d mails", b, b.UncertainEver, twice, k.sink.Count())
	if i.State != "finished" || !b.Balances() || b.Audience != k.readers || b.Accepted != k.readers || missing > 0 {
		k.t.Errorf("%s; %d readers do not have it, and the books: %+v", i.State, missing, b)
	}
	if b.UncertainEver != ever || ever == 0 {
		k.t.Errorf("%d readers were uncertain by the books, %d as seen after the kills", b.UncertainEver, ever)
	}
	if twice > ever || k.sink.Count() != k.readers+twice {
		k.t.Errorf("the relay took %d mails; %d readers have it twice, and %d were counted uncertain", k.sink.Count(), twice, ever)
	}
	for _, p := range pairs {
		k.same(p[0], p[1])
	}
}

// received counts the readers without a copy and with two, and returns the pairs.
func (k *killed) received() (missing, twice int, pairs [][]sink.Mail) {
	copies := map[string][]sink.Mail{}
	for _, m := range k.sink.Mails() {
		copies[m.To] = append(copies[m.To], m)
	}
	for n := range k.readers {
		switch got := copies[killReader(n)]; len(got) {
		case 0:
			missing++
		case 1:
		case 2:
			twice++
			pairs = append(pairs, got)
		default:
			k.t.Errorf("a reader has %d copies", len(got))
		}
	}
	return missing, twice, pairs
}

// same holds two copies for one reader against each other, byte by byte.
func (k *killed) same(a, b sink.Mail) {
	k.t.Helper()
	if a.From != b.From || !bytes.Equal(a.Data, b.Data) {
		k.t.Errorf("mail %d and mail %d are for the same reader and differ", a.N, b.N)
	}
	m, err := mail.ReadMessage(bytes.NewReader(b.Data))
	if err != nil || m.Header.Get("Message-ID") == "" {
		k.t.Errorf("mail %d: %v, %v", b.N, err, m)
	}
}
