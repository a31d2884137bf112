package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

// tapped calls out before each write.
type tapped struct {
	net.Conn
	before func([]byte)
}

func (c *tapped) Write(p []byte) (int, error) {
	c.before(p)
	return c.Conn.Write(p)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers answers
		mode    TLSMode
		stage   deliver.Stage
		code    int
		text    string
	}{
		{"greeting 554", answers{"GREETING": {"554 no service for admin@example.org"}}, None, deliver.StageGreeting, 554, "no service for [address]"},
		{"greeting 421", answers{"GREETING": {"421 busy"}}, None, deliver.StageGreeting, 421, "busy"},
		{"no greeting", answers{"GREETING": {drop}}, None, deliver.StageGreeting, 0, "closed the connection"},
		{"silent", answers{"GREETING": {hang}}, None, deliver.StageGreeting, 0, "time limit"},
		{"another protocol", answers{"GREETING": {"HTTP/1.1 400 Bad Request"}}, None, deliver.StageGreeting, 0, "not an SMTP reply"},
		{"endless greeting", answers{"GREETING": {"220 " + strings.Repeat("x", 2*maxReply)}}, None, deliver.StageGreeting, 0, "too long"},
		{"EHLO and HELO refused", answers{"EHLO": {"550 who"}, "HELO": {"550 are you"}}, None, deliver.StageGreeting, 550, "who"},
		{"drop at EHLO", answers{"EHLO": {drop}}, None, deliver.StageGreeting, 0, "closed the connection"},
		{"421 at EHLO", answers{"EHLO": {"421 4.3.2 closing"}, "HELO": {drop}}, None, deliver.StageGreeting, 421, "closing"},
		{"421 at STARTTLS", answers{"EHLO": {"250-relay.example\r\n250 STARTTLS"}, "STARTTLS": {"421 4.3.2 closing"}}, StartTLS, deliver.StageGreeting, 421, "closing"},
		{"STARTTLS missing", nil, StartTLS, deliver.StageGreeting, 0, "STARTTLS"},
		{"no TLS behind TLS", nil, Implicit, deliver.StageDial, 0, "TLS handshake"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: c.answers}
			relay := s.start(t)
			relay.TLS = c.mode
			if c.name == "silent" {
				relay.Timeouts.Greeting = 50 * time.Millisecond
			}
			tr, err := New(relay)
			if err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, tr, c.stage, c.code, c.text)
			s.ended(t)
		})
	}
}

func TestTakenLeaveOfAtTheLogin(t *testing.T) {
	t.Parallel()
	own, roots := certificate(t)
	s := &script{
		answers: answers{"AUTH": {"421 4.3.2 closing"}}, ext: "AUTH=PLAIN",
		tls: &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12},
	}
	relay := s.start(t)
	relay.TLS, relay.RootCAs = Implicit, trusting(roots)
	relay.Username, relay.Password = "kairan", func() (string, error) { return "x", nil }
	tr, err := New(relay)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, tr, deliver.StageAuth, 421, "closing")
	s.ended(t)
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err == nil { // "250 ok" is no answer to AUTH
		t.Error("logged in without a 235")
	}
	odd := &script{ // a third challenge, which go-mail quotes
		answers: answers{"AUTH": {"334 VXNlcg=="}, "A2FPCMFU": {"334 UGFzcw=="}, "EA==": {"334 c2F5cyBoYW5ha28="}}, ext: "AUTH=LOGIN", tls: s.tls,
	}
	at := odd.start(t)
	relay.Host, relay.Port = at.Host, at.Port
	if tr, err = New(relay); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, tr, deliver.StageAuth, 0, "could not be understood")
}

// A renewed authority needs no restart, and one that is missing is our own fault.
func TestAuthoritiesAreReadAtEachConnection(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLSMode{StartTLS, Implicit} {
		relay := (&real{}).start(t, mode)
		right := relay.RootCAs
		var now func() (*x509.CertPool, error)
		relay.RootCAs = func() (*x509.CertPool, error) { return now() }
		tr, err := New(relay)
		if err != nil {
			t.Fatal(err)
		}
		now = trusting(x509.NewCertPool())
		wantRefusal(t, tr, deliver.StageDial, 0, "certificate")
		now = func() (*x509.CertPool, error) { return nil, errors.New("ca_file: open ca.pem: no such file") }
		wantRefusal(t, tr, deliver.StageDial, 0, "the certificate authority of the relay could not be read: ca_file: open ca.pem")
		now = right
		if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err != nil {
			t.Error(err)
		}
	}
}

func TestHeloWillDo(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"EHLO": {"502 unknown"}}}
	if r := dial(t, s.start(t)).Send(t.Context(), message(reader)); r.Outcome != deliver.Accepted {
		t.Errorf("%+v", r)
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := relayAt(l.Addr())
	l.Close()
	tr, err := New(relay)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, tr, deliver.StageDial, 0, "connection refused")
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err == nil {
		t.Error("a relay was found")
	}
}

func TestBadCertificates(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLSMode{StartTLS, Implicit} {
		unknown := (&real{}).start(t, mode)
		unknown.RootCAs = nil
		otherName := (&real{}).start(t, mode)
		otherName.Host = "localhost"
		for _, relay := range []Relay{unknown, otherName} {
			tr, err := New(relay)
			if err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, tr, deliver.StageDial, 0, "certificate")
		}
	}
}

func TestOldTLS(t *testing.T) {
	t.Parallel()
	tr, err := New((&real{maxTLS: tls.VersionTLS11}).start(t, Implicit))
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, tr, deliver.StageDial, 0, "protocol version")
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"mail.example.jp": false, "192.0.2.1": false, "localhost.example.jp": false, "127.0.0.1.example.jp": false, "": false} {
		if loopbackHost(host) != want {
			t.Errorf("host %q", host)
		}
	}
	for ip, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.0.0.1": true, "192.0.2.1": false, "2001:db8::1": false} {
		if loopbackAddr(&net.TCPAddr{IP: net.ParseIP(ip), Port: 25}) != want {
			t.Errorf("address %s", ip)
		}
	}
}

func TestMechanisms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		offered, want string
		tls           bool
	}{
		{"LOGIN PLAIN", "PLAIN", true},
		{"CRAM-MD5 LOGIN", "LOGIN", true},
		{"SCRAM-SHA-256", "SCRAM-SHA-256", true},
		{"GSSAPI", "", true},
		{"", "", true},
		{"PLAIN LOGIN", "", false},
	} {
		var stage deliver.Stage
		l := &login{user: "kairan", password: "x", host: "relay.example", secure: c.tls, stage: &stage}
		mech, _, err := l.Start(&gosmtp.ServerInfo{Name: "relay.example", Auth: strings.Fields(c.offered)})
		if mech != c.want || (err == nil) != (c.want != "") || stage != deliver.StageAuth {
			t.Errorf("%q: %q, %v", c.offered, mech, err)
		}
	}
}

func TestCancelledLogin(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"EHLO": {hang}}}
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		eventually(t, "EHLO", func() bool { lines, _, _ := s.received(); return len(lines) == 1 })
		cancel()
	}()
	if _, err := tr.Dial(ctx); err == nil || !strings.Contains(err.Error(), "given up") {
		t.Error(err)
	}
}

// go-mail sets one deadline for everything, by default 15 seconds; each
// command has one of its own (RFC 5321 §4.5.3.2).
func TestEachOperationHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	s := &script{}
	c := dial(t, s.start(t)).(*conn)
	l := limitsOf(c, c.wire.Conn)
	if err := c.wire.SetDeadline(time.Now()); err != nil || !l.read.IsZero() {
		t.Error("another deadline than ours got through")
	}
	for _, op := range []struct {
		name  string
		limit time.Duration
		run   func()
	}{
		{"MAIL", 5 * time.Minute, func() { c.command(deliver.StageMail, c.limits.Mail, 250, "MAIL FROM:<>") }},
		{"RCPT", 5 * time.Minute, func() { c.command(deliver.StageRcpt, c.limits.Rcpt, 250, "RCPT TO:<a@example.org>") }},
		{"DATA", 2 * time.Minute, func() { c.command(deliver.StageData, c.limits.Data, 354, "DATA") }},
		{"dot", 10 * time.Minute, func() { c.expectData(ready{data: []byte("a" + finalDot)}); c.Exchange(t.Context(), nil) }},
	} {
		op.run()
		if got := l.read.Sub(l.from); got < op.limit || got > op.limit+op.limit/100 {
			t.Errorf("%s: %s", op.name, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := Relay{Host: "mail.example.jp", Port: 587, Hello: "kairan.example.jp"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	password := func() (string, error) { return "x", nil }
	for _, c := range []struct {
		name, say string
		change    func(*Relay)
	}{
		{"no host", "host", func(r *Relay) { r.Host = "" }},
		{"a URL", "host", func(r *Relay) { r.Host = "smtp://mail.example.jp" }},
		{"no port", "port 0", func(r *Relay) { r.Port = 0 }},
		{"no hello", "hello", func(r *Relay) { r.Hello = "" }},
		{"bare hello", "hello", func(r *Relay) { r.Hello = "localhost" }},
		{"hello of two lines", "hello", func(r *Relay) { r.Hello = "a.example\r\nMAIL" }},
		{"an address as hello", "hello", func(r *Relay) { r.Hello = "127.0.0.1" }},
		{"clear beyond loopback", "this computer only", func(r *Relay) { r.TLS = None }},
		{"login in clear", "login in clear", func(r *Relay) { r.TLS, r.Host, r.Username, r.Password = None, "::1", "kairan", password }},
		{"no password", "needs a password", func(r *Relay) { r.Username = "kairan" }},
		{"unknown mode", "mode 9", func(r *Relay) { r.TLS = 9 }},
	} {
		r := good
		c.change(&r)
		if _, err := New(r); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	bad := Relay{}
	if _, err := New(bad); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all faults together: %v", err)
	}
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{"250 ok", "250-", "", "\r\n", "550 5.1.1", "354", "999 x", "-1 x", "250-a\r\n550 b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		s := &script{answers: answers{"RCPT": {reply}}}
		relay := s.start(t)
		relay.Timeouts = Timeouts{Rcpt: 20 * time.Millisecond, Mail: 20 * time.Millisecond, Data: 20 * time.Millisecond, Dot: 20 * time.Millisecond, Quit: time.Millisecond}
		dial(t, relay).Send(t.Context(), message(reader))
	})
}
