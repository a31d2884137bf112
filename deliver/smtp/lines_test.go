package smtp

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestRepliesOfTheCodeAlone: they are replies, at every stage (RFC 5321 §4.2).
func TestRepliesOfTheCodeAlone(t *testing.T) {
	t.Parallel()
	own, roots := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	for _, ext := range []string{"", "250-PIPELINING\r\n", "250-pipelining\r\n"} {
		data := []string{"354", "354-go\r\n354", "503", "354", "354"}
		if ext == "" {
			data = slices.Delete(data, 2, 3) // in lockstep it is not asked after a refusal
		}
		s := &script{upgrade: config, answers: answers{
			"GREETING": {"220-\r\n220"},
			"EHLO":     {"250-relay.example\r\n" + ext + "250-STARTTLS\r\n250", "250-relay.example\r\n" + ext + "250-AUTH PLAIN\r\n250"},
			"STARTTLS": {"220"},
			"AUTH":     {"235"},
			"MAIL":     {"250", "250-\r\n250", "250", "250", "250"},
			"RCPT":     {"250", "251", "550", "250", "250"},
			"DATA":     data,
			"DOT":      {"250", "250-\r\n250", "452", "250"},
			"RSET":     {"250"},
		}}
		relay := s.start(t)
		soon := 5 * time.Second
		relay.Timeouts = Timeouts{Greeting: soon, Mail: soon, Rcpt: soon, Data: soon, Dot: soon}
		relay.TLS, relay.RootCAs = StartTLS, trusting(roots)
		relay.Username, relay.Password = "kairan", func() (string, error) { return "x", nil }
		results := stream(t.Context(), dial(t, relay).(*conn), numbered(5))
		for i, want := range []deliver.Result{
			{Outcome: deliver.Accepted, Stage: deliver.StageDot, Code: 250},
			{Outcome: deliver.Accepted, Stage: deliver.StageDot, Code: 250},
			{Outcome: deliver.Refused, Stage: deliver.StageRcpt, Code: 550},
			{Outcome: deliver.Deferred, Stage: deliver.StageDot, Code: 452},
			{Outcome: deliver.Accepted, Stage: deliver.StageDot, Code: 250},
		} {
			if r := results[i]; r.Outcome != want.Outcome || r.Stage != want.Stage || r.Code != want.Code || r.Broken {
				t.Errorf("%q, message %d: %+v", ext, i, r)
			}
		}
	}
	for verb, stage := range map[string]deliver.Stage{"GREETING": deliver.StageGreeting, "AUTH": deliver.StageAuth} {
		s := &script{tls: config, ext: "AUTH=PLAIN", answers: answers{verb: {"554"}}}
		relay := s.start(t)
		relay.TLS, relay.RootCAs = Implicit, trusting(roots)
		relay.Username, relay.Password = "kairan", func() (string, error) { return "x", nil }
		tr, err := New(relay)
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, tr, stage, 554, "")
	}
}

// TestKeywords: those of EHLO, and the names of mechanisms, are what they are in
// any case (RFC 5321 §2.4, RFC 4422 §3.1), and AUTH= is AUTH.
func TestKeywords(t *testing.T) {
	t.Parallel()
	own, roots := certificate(t)
	for offered, want := range map[string]string{
		"250-AUTH PLAIN LOGIN":                        "PLAIN",
		"250-auth login plain":                        "PLAIN",
		"250-Auth=Plain":                              "PLAIN",
		"250-AUTH=LOGIN":                              "LOGIN",
		"250-AUTH PLAIN\r\n250-AUTH=LOGIN CRAM-MD5":   "PLAIN",
		"250-AUTH=CRAM-MD5\r\n250-AUTH LOGIN GSSAPI":  "LOGIN",
		"250-AUTH  =  scram-sha-256":                  "SCRAM-SHA-256",
		"250-AUTH GSSAPI\r\n250-XAUTH PLAIN":          "",
		"250-MYPLAIN\r\n250-AUTH=PLAINER":             "",
		"250-AUTH PLAIN\r\n250-auth=":                 "PLAIN",
		"250-X AUTH PLAIN\r\n250-AUTHX PLAIN":         "",
		"250-AUTH\tPLAIN":                             "PLAIN",
		"250-AUTH LOGIN\r\n250-AUTH=PLAIN\r\n250-dsn": "PLAIN",
	} {
		s := &script{
			tls:     &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12},
			answers: answers{"EHLO": {"250-auth plain.example\r\n" + offered + "\r\n250-Size 4711\r\n250 Pipelining"}, "AUTH": {drop}},
		}
		relay := s.start(t)
		relay.TLS, relay.RootCAs = Implicit, trusting(roots)
		relay.Username, relay.Password = "kairan", func() (string, error) { return "x", nil }
		tr, err := New(relay)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Dial(t.Context()); err == nil {
			t.Fatal("logged in")
		}
		commands, _, _ := s.received()
		got := ""
		for _, l := range commands {
			if words := strings.Fields(l); words[0] == "AUTH" {
				got = words[1]
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", offered, got, want)
		}
		s = &script{tls: s.tls, answers: answers{"EHLO": {"250-auth plain.example\r\n250-Size 4711\r\n250 Pipelining"}}}
		relay.Username, relay.Port = "", s.start(t).Port
		if tr, err = New(relay); err != nil {
			t.Fatal(err)
		}
		c, err := tr.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := c.(*conn); !c.pipes || c.maxSize != 4711 {
			t.Errorf("pipes %v, size %d", c.pipes, c.maxSize)
		}
		c.Close()
	}
}

// TestIPv6Literals: an address as the host, in clear and under TLS.
func TestIPv6Literals(t *testing.T) {
	t.Parallel()
	own, roots := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	for mode, s := range map[TLSMode]*script{
		None: {}, Implicit: {tls: config},
		StartTLS: {upgrade: config, answers: answers{"EHLO": {"250-relay.example\r\n250 STARTTLS"}, "STARTTLS": {"220 go"}}},
	} {
		l, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			t.Skip("no IPv6 on this machine: ", err)
		}
		relay := s.startOn(t, l)
		relay.Host, relay.TLS, relay.RootCAs = "::1", mode, trusting(roots)
		if r := dial(t, relay).Send(t.Context(), message(reader)); r.Outcome != deliver.Accepted {
			t.Errorf("mode %d: %+v", mode, r)
		}
	}
}

// bits hands out what it holds in pieces.
type bits struct {
	bytes.Buffer
	rng *rand.Rand
}

func (b *bits) Read(p []byte) (int, error) { return b.Buffer.Read(p[:1+b.rng.IntN(min(len(p), 9))]) }

// TestLinesInPieces: what is read does not depend on how it came.
func TestLinesInPieces(t *testing.T) {
	t.Parallel()
	const in = "250-a auth\r\n250-Auth=plain \r\n250-x-Own=a b\r\n250-8bitMime\r\n250\r\n250-auth x\n354\n\r\n25\r\n2500\r\n999\r\n550 \r\nx\r\n250"
	const want = "250-a auth\r\n250-AUTH PLAIN\r\n250-x-Own=a b\r\n250-8BITMIME\r\n250 \r\n250-auth x\n354 \n\r\n25\r\n2500\r\n999 \r\n550 \r\nx\r\n250"
	seed := cmp.Or(*relaySeed, rand.Uint64())
	for run := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, run))
		b := &bits{rng: rng}
		l := newLines(struct {
			io.Reader
			io.Writer
		}{b, io.Discard})
		if _, err := l.Write([]byte("EHLO a.example\r\n")); err != nil {
			t.Fatal(err)
		}
		b.WriteString(in)
		if got, err := io.ReadAll(l); string(got) != want || err != nil {
			t.Fatalf("-relay.seed %d, run %d: %q, %v", seed, run, got, err)
		}
		if l.waiting() != 0 {
			t.Fatal("something waits behind the end")
		}
	}
}
