package smtp

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What a script may answer besides a reply.
const (
	drop = "<drop>" // close the connection
	hang = "<hang>" // say nothing, and nothing more
	none = "<none>" // leave this reply out
)

// script is a relay that answers each verb by a list; when a list is used up,
// or there is none, it answers as a relay that takes everything. The verbs are
// also GREETING and DOT (the end of the data).
type script struct {
	answers map[string][]string
	ext     string        // extensions, separated by blanks
	tls     *tls.Config   // if set, it speaks TLS from the first byte
	upgrade *tls.Config   // after STARTTLS
	gate    chan struct{} // if set, the reply to the final dot waits for it
	silence silence

	mu     sync.Mutex
	open   int      // connections
	lines  []string // every command line received
	mails  []string // every message that was ended, dots still doubled
	broken []string // data whose connection ended before the final dot
	done   chan struct{}
	wg     sync.WaitGroup
}

func (s *script) start(t *testing.T) Relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return s.startOn(t, l)
}

func (s *script) startOn(t *testing.T, l net.Listener) Relay {
	at := l.Addr()
	if s.tls != nil {
		l = tls.NewListener(l, s.tls)
	}
	s.done = make(chan struct{})
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { close(s.done); l.Close(); s.wg.Wait() })
	return relayAt(at)
}

func relayAt(a net.Addr) Relay {
	return Relay{Host: "127.0.0.1", Port: a.(*net.TCPAddr).Port, TLS: None, Hello: "kairan.example.jp"}
}

func (s *script) serve(over net.Conn) {
	own := &speaking{Conn: over, of: &s.silence}
	var c net.Conn = own
	s.count(1)
	defer s.count(-1)
	defer c.Close()
	stop := make(chan struct{})
	defer close(stop)
	go func() { // the test's end frees a reader that waits
		select {
		case <-s.done:
			c.Close()
		case <-stop:
		}
	}()
	r := bufio.NewReader(c)
	for verb := "GREETING"; ; {
		answer := s.answer(verb)
		if answer == drop {
			return
		}
		own.owes = own.owes || answer == none || answer == hang
		if answer == hang {
			_, _ = io.Copy(io.Discard, r) // until the client goes
			return
		}
		if answer != none {
			if _, err := io.WriteString(c, answer+"\r\n"); err != nil {
				return
			}
		}
		if verb == "STARTTLS" && s.upgrade != nil && strings.HasPrefix(answer, "220") {
			c = tls.Server(c, s.upgrade)
			r.Reset(c)
		}
		if verb == "DATA" && strings.HasPrefix(answer, "354") {
			if !s.data(r) {
				return
			}
			verb = "DOT"
			if s.gate != nil {
				select {
				case <-s.gate:
				case <-s.done:
				}
			}
			continue
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		s.lines = append(s.lines, strings.TrimSuffix(line, "\r\n"))
		s.mu.Unlock()
		verb = strings.ToUpper(strings.Fields(line + " ?")[0])
	}
}

func (s *script) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

// ended waits until the relay has seen the end of every connection.
func (s *script) ended(t *testing.T) {
	t.Helper()
	eventually(t, "the end of the connection", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.open == 0
	})
}

// data reads a message and says whether it was ended.
func (s *script) data(r *bufio.Reader) bool {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if line == ".\r\n" {
			s.mu.Lock()
			s.mails = append(s.mails, b.String())
			s.mu.Unlock()
			return true
		}
		b.WriteString(line)
		if err != nil {
			s.mu.Lock()
			s.broken = append(s.broken, b.String())
			s.mu.Unlock()
			return false
		}
	}
}

func (s *script) answer(verb string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := s.answers[verb]; len(left) > 0 {
		s.answers[verb] = left[1:]
		return left[0]
	}
	switch verb {
	case "GREETING":
		return "220 relay.example ready"
	case "EHLO":
		return strings.Join(append([]string{"250-relay.example"}, ehloLines(s.ext)...), "\r\n")
	case "DATA":
		return "354 go ahead"
	case "QUIT":
		return "221 bye"
	}
	return "250 ok"
}

func ehloLines(ext string) (lines []string) {
	for _, e := range strings.Fields(ext) {
		lines = append(lines, "250-"+strings.ReplaceAll(e, "=", " "))
	}
	return append(lines, "250 HELP")
}

// received returns what the relay got so far.
func (s *script) received() (lines, mails, broken []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(lines, s.lines...), append(mails, s.mails...), append(broken, s.broken...)
}

// real is a relay with STARTTLS and a login, by go-smtp.
type real struct {
	maxTLS uint16 // newest version it speaks; 0: any

	mu       sync.Mutex
	password string
	rcpt     []string
	data     []string
	logins   int
}

// start serves with STARTTLS, or with TLS from the first byte.
func (s *real) start(t *testing.T, mode TLSMode) Relay {
	t.Helper()
	certificate, roots := certificate(t)
	server := gosmtp.NewServer(s)
	server.Domain = "relay.example"
	server.EnableSMTPUTF8 = true // offered so that the tests see it is not used
	server.ErrorLog = log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: s.maxTLS}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := relayAt(l.Addr())
	relay.TLS, relay.RootCAs = mode, trusting(roots)
	if mode == Implicit {
		l = tls.NewListener(l, config)
	} else {
		server.TLSConfig = config
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	t.Cleanup(func() { l.Close(); <-served })
	return relay
}

func trusting(roots *x509.CertPool) func() (*x509.CertPool, error) {
	return func() (*x509.CertPool, error) { return roots, nil }
}

// certificate is a self-signed one for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], roots
}

func (s *real) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &realSession{s: s}, nil }

type realSession struct {
	s    *real
	in   bool
	rcpt string
}

func (c *realSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (c *realSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if user != "kairan" || password != c.s.password {
			return gosmtp.ErrAuthFailed
		}
		c.s.logins++
		c.in = true
		return nil
	}), nil
}

func (c *realSession) Mail(_ string, o *gosmtp.MailOptions) error {
	if c.s.password != "" && !c.in {
		return gosmtp.ErrAuthRequired
	}
	if o.UTF8 {
		return errors.New("SMTPUTF8 was asked for")
	}
	return nil
}
func (c *realSession) Rcpt(to string, _ *gosmtp.RcptOptions) error { c.rcpt = to; return nil }
func (c *realSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.rcpt, c.s.data = append(c.s.rcpt, c.rcpt), append(c.s.data, string(b))
	return nil
}
func (c *realSession) Reset()        {}
func (c *realSession) Logout() error { return nil }

// eventually waits for what another goroutine is about to see.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen in ten seconds: %s", what)
		}
	}
}
