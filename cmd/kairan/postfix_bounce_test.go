//go:build unix

package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestPostfixStory is told once from an issue to a suspension. One reader's mailbox is
// gone: the relay takes the copy all the same, finds out, and sends it back by the return
// path and the printed pipe. Then from outside, while the service is down, another
// copy comes back, and a reader leaves by a mail program that knows no button.
func TestPostfixStory(t *testing.T) {
	t.Parallel()
	const readers = 12
	p := newPosted(t, readers, func(n int) string {
		if n == 0 {
			return deadAddress
		}
		return killReader(n)
	}, map[string]string{"now_delay": "\"1s\"\n\n[bounce]\ndelimiter = \"+\"\n"})
	p.start()
	p.schedule()
	back := regexp.MustCompile(`relay=kairan, .*status=sent`)
	p.relay.await("a copy came back by the pipe", func() bool { return back.MatchString(p.relay.log()) })
	i := p.until("the copy to a mailbox that is gone came back", func(i service.Issue) bool { return finished(i) && i.Balance.Bounced == 1 })
	if i.Balance.Accepted != readers {
		t.Errorf("the relay took every copy, and the books say: %+v", i.Balance)
	}
	said := p.kairan(strings.NewReader(""), "issue", "status", killIssue)
	// As asked for (RFC 3461 §4.3), it came back without its text: it is shorter than it went.
	log := p.relay.log()
	if sent, report := sizeFrom(log, `bounce\+\w+@sf\.example\.org`), sizeFrom(log, ""); report == 0 || report > sent/2 {
		t.Errorf("a copy of %d octets came back with %d", sent, report)
	}
	if want := fmt.Sprintf("(handed to the relay %d, bounced since 1)", readers); !strings.Contains(said, want) {
		t.Errorf("the status lacks %q:\n%s", want, said)
	}
	p.relay.await("the others' copies are in the Maildir", func() bool { return len(p.relay.copies()) == readers-1 })
	p.fromOutside(readers)

	// Two hours later: by the relay's own log, one reader's copy went nowhere.
	p.advance(deliver.BouncesQuiet + time.Hour)
	said = p.kairan(strings.NewReader(p.wholeLog()), "relay-log")
	if !regexp.MustCompile(fmt.Sprintf(`\b%d\s+0\s+1\s+0\b`, readers-1)).MatchString(said) {
		t.Errorf("the log says:\n%s", said)
	}
	p.end(syscall.SIGTERM)
	if strings.Contains(p.log.String(), livingDomain) {
		t.Errorf("the service logs an address:\n%s", &p.log)
	}
	p.judge()
	if said := p.kairan(strings.NewReader(""), "list", "ls", "--json"); !strings.Contains(said, `"suspended": 2`) {
		t.Errorf("who cannot be reached is not suspended:\n%s", said)
	}
}

// judge does what the service does each ten minutes: once no more come back, whoever
// cannot be reached gets no more issues.
func (p *posted) judge() {
	t := p.t
	t.Helper()
	cfg, err := config.Load(p.config)
	if err != nil {
		t.Fatal(err)
	}
	h, err := service.Open(cfg, "story", shifted(p.clock), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Store.JudgeBounces(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sizeFrom is that of the first mail from an address.
func sizeFrom(log, address string) (octets int) {
	if m := regexp.MustCompile(`from=<` + address + `>, size=(\d+)`).FindStringSubmatch(log); m != nil {
		octets, _ = strconv.Atoi(m[1])
	}
	return octets
}

// fromOutside is what comes to return paths from the rest of the world.
func (p *posted) fromOutside(readers int) {
	t := p.t
	t.Helper()
	box := p.relay.box()
	p.end(syscall.SIGTERM)
	p.relay.takes(returnPath(box[1]), bytes.ReplaceAll(bytes.ReplaceAll(sampleReport(t), []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")))
	p.relay.takes(leaveByMail(box[2]), []byte("Subject: leave\r\n\r\n"))
	waits := regexp.MustCompile(`relay=kairan, .*dsn=4\.3\.0, status=deferred \(temporary failure`)
	p.relay.await("what comes back waits while the service is down", func() bool { return len(waits.FindAllString(p.relay.log(), -1)) >= 2 })
	p.start()
	p.until("it is taken in when the service is there again", func(i service.Issue) bool { return i.Balance.Bounced == 2 && i.Readers == readers-1 })
	p.relay.settled()

	for _, to := range []string{"someone@sf.example.org", "bounces@sf.example.org"} {
		if err := p.relay.give(to, []byte("Subject: hello\r\n\r\n")); err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("a mailbox that is not Kairan's is taken for: %v", err)
		}
	}
	if bounced := regexp.MustCompile(`relay=kairan, .*status=bounced`).FindString(p.relay.log()); bounced != "" {
		t.Errorf("what came back was sent back: %s", bounced)
	}
}

// advance sets the clock of the service forward.
func (p *posted) advance(by time.Duration) {
	p.t.Helper()
	if err := os.WriteFile(p.clock, []byte(by.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// sampleReport is what another relay sends when a mailbox is gone.
func sampleReport(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "bounce", "exim-unknown.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// returnPath is where what cannot be delivered goes to.
func returnPath(a arrived) string {
	_, path, _ := strings.Cut(string(a.traces), "Return-Path: <")
	path, _, _ = strings.Cut(path, ">")
	return path
}

// leaveByMail is where a mail program writes that its user leaves (RFC 2369).
func leaveByMail(a arrived) string {
	return string(regexp.MustCompile(`<mailto:([^?>]+)`).FindSubmatch(a.data)[1])
}

// takes gives the relay a mail from nobody, as reports are (RFC 5321 §4.5.5).
func (p *livePostfix) takes(to string, data []byte) {
	p.t.Helper()
	if err := p.give(to, data); err != nil {
		p.t.Fatal(err)
	}
}

func (p *livePostfix) give(to string, data []byte) error {
	host, _, _ := net.SplitHostPort(p.clear)
	c, err := smtp.Dial(p.clear)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Hello(host); err != nil {
		return err
	}
	if err := c.Mail(""); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}
