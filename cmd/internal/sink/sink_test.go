package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/smtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o Options) *Sink {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		eventually(t, "the end of all connections", func() bool { open, _ := s.Connections(); return open == 0 })
	})
	return s
}

func relayOf(t *testing.T, s *Sink) smtp.Relay {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return smtp.Relay{Host: host, Port: n, TLS: smtp.None, Hello: "kairan.example.jp"}
}

func dial(t *testing.T, r smtp.Relay) deliver.Conn {
	t.Helper()
	tr, err := smtp.New(r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c deliver.Conn, to, data string) deliver.Result {
	t.Helper()
	return c.Send(t.Context(), deliver.Message{
		Envelope: deliver.Envelope{From: "b+x@bounce.example.jp", To: to},
		Data:     []byte(strings.ReplaceAll(data, "\n", "\r\n")),
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("not seen in ten seconds: %s", what)
			return
		}
	}
}

func TestKeepsWhatItReceives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
	s := start(t, Options{Record: true, Now: func() time.Time { return at }})
	c := dial(t, relayOf(t, s))
	for _, to := range []string{"a@example.org", `"b..c"@example.org`, "a@example.org"} {
		if r := send(t, c, to, "Subject: x\n\n.dot\n"); r.Outcome != deliver.Accepted {
			t.Fatalf("%+v", r)
		}
	}
	mails := s.Mails()
	if len(mails) != 3 || s.Count() != 3 || s.CountTo("a@example.org") != 2 || s.CountTo("b..c@example.org") != 1 || s.CountTo("z@example.org") != 0 {
		t.Errorf("%d mails, %d in all, %d to a", len(mails), s.Count(), s.CountTo("a@example.org"))
	}
	if m := mails[1]; m.N != 2 || m.From != "b+x@bounce.example.jp" || m.To != "b..c@example.org" || !m.At.Equal(at) ||
		string(m.Data) != "Subject: x\r\n\r\n.dot\r\n" {
		t.Errorf("%+v %q", m, m.Data)
	}
	if open, ever := s.Connections(); open != 1 || ever != 1 {
		t.Errorf("%d connections open, %d ever", open, ever)
	}
	c.Close()
	eventually(t, "the end of the connection", func() bool { open, _ := s.Connections(); return open == 0 })
}

func TestCountsWithoutRecording(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	send(t, dial(t, relayOf(t, s)), "a@example.org", "x\n")
	if m := s.Mails(); len(m) != 1 || m[0].Data != nil || s.Count() != 1 {
		t.Errorf("%+v", m)
	}
}

func TestStartTLSAndLogin(t *testing.T) {
	t.Parallel()
	certificate, roots, err := SelfSigned("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, User: "kairan", Password: "one"})
	relay := relayOf(t, s)
	relay.TLS, relay.RootCAs = smtp.StartTLS, func() (*x509.CertPool, error) { return roots, nil }
	if r := send(t, dial(t, relay), "a@example.org", "x\n"); r.Outcome != deliver.Deferred || r.Stage != deliver.StageMail {
		t.Errorf("without a login: %+v", r)
	}
	password := "one"
	relay.Username, relay.Password = "kairan", func() (string, error) { return password, nil }
	if r := send(t, dial(t, relay), "a@example.org", "x\n"); r.Outcome != deliver.Accepted {
		t.Errorf("with a login: %+v", r)
	}
	s.Change(func(o *Options) { o.Password = "two" })
	tr, err := smtp.New(relay)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *deliver.Refusal
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); !errors.As(err, &refusal) || refusal.Result.Code != 535 {
		t.Errorf("the old password: %v", err)
	}
	password = "two"
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if _, ever := s.Connections(); ever != 4 {
		t.Errorf("%d connections; STARTTLS must not count twice", ever)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	busyOnce := func(rcpt string, attempt int) string {
		switch {
		case strings.HasPrefix(rcpt, "gone"):
			return "550 5.1.1 no such user"
		case strings.HasPrefix(rcpt, "busy") && attempt == 1:
			return "450 4.2.1 later"
		}
		return ""
	}
	s := start(t, Options{Judge: busyOnce})
	c := dial(t, relayOf(t, s))
	for _, want := range []struct {
		to      string
		outcome deliver.Outcome
	}{
		{"gone@example.org", deliver.Refused}, {"busy@example.org", deliver.Deferred},
		{"busy@example.org", deliver.Accepted}, {"a@example.org", deliver.Accepted},
	} {
		if r := send(t, c, want.to, "x\n"); r.Outcome != want.outcome {
			t.Errorf("%s: %+v", want.to, r)
		}
	}
	s.Change(func(o *Options) { o.Judge = nil })
	if r := send(t, c, "gone@example.org", "x\n"); r.Outcome != deliver.Accepted {
		t.Errorf("without a judge: %+v", r)
	}
	if _, _, total := s.page(false, 0, 0); total != (totals{Typed: 3, PutOff: 1, Refused: 1}) || s.Count() != 3 {
		t.Errorf("%+v", total)
	}
}

// A client that goes away before the reply to its final dot has handed its mail
// over all the same.
func TestDelayedMailCountsBeforeItsReply(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Delay: time.Hour})
	c := dial(t, relayOf(t, s))
	result := make(chan deliver.Result, 1)
	go func() {
		result <- c.Send(context.Background(), deliver.Message{Envelope: deliver.Envelope{To: "a@example.org"}, Data: []byte("x\r\n")})
	}()
	eventually(t, "the mail", func() bool { return s.CountTo("a@example.org") == 1 })
	c.Close()
	if r := <-result; r.Outcome != deliver.Uncertain {
		t.Errorf("%+v", r)
	}
	s.Change(func(o *Options) { o.Delay = 0 })
	if r := send(t, dial(t, relayOf(t, s)), "b@example.org", "x\n"); r.Outcome != deliver.Accepted {
		t.Errorf("%+v", r)
	}
}

func TestMailWithoutItsDotIsNone(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "EHLO x.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nhalf a mail\r\n")
	c.Close()
	eventually(t, "the end of the connection", func() bool { open, ever := s.Connections(); return ever == 1 && open == 0 })
	if s.Count() != 0 {
		t.Error("half a mail was counted")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Record: true, Keep: 300, IsMadeUp: madeUp})
	body := make([]byte, 1<<20)
	s.mu.Lock()
	for i := range 400 {
		s.keep("", fmt.Sprintf("r%d@readers.example", i), body[:10])
		s.keep("", "you@example.com", body)
	}
	s.mu.Unlock()
	bytes, typed, others := 0, 0, 0
	for _, m := range s.Mails() {
		switch {
		case madeUp(m.To):
			others++
			if kept := m.Data != nil; kept != (m.N > 2*(400-keepBodies)) {
				t.Fatalf("mail %d: body kept %v", m.N, kept)
			}
		default:
			typed++
			bytes += len(m.Data)
		}
	}
	if typed != 300 || others != 300 || bytes != keepBytes || s.bytes != bytes {
		t.Errorf("%d and %d mails, %d bytes (reckoned %d)", typed, others, bytes, s.bytes)
	}
	if s.Count() != 800 || s.CountTo("you@example.com") != 400 || s.CountTo("r0@readers.example") != 1 {
		t.Error("the counts forget")
	}
	if m, ok := s.find(800); !ok || m.To != "you@example.com" || m.Data == nil {
		t.Error("the newest mail is not found")
	}
	if _, ok := s.find(1); ok {
		t.Error("the oldest mail is still there")
	}
}

func madeUp(addr string) bool { return strings.HasSuffix(addr, "@readers.example") }

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	if _, err := Start(Options{Addr: s.Addr()}); err == nil {
		t.Error("two sinks on one port")
	}
}
