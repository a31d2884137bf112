package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"example.jp/kairan/deliver"
)

// TestExactlyOnce sends through the real engine, store and connections to a relay
// that is not of our making and offers PIPELINING. A reader whose envelope it
// refuses, before the claim, is in the books as refused.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	const readers, connections = 300, 4
	for name, judge := range map[string]func(rcpt string, attempt int) *gosmtp.SMTPError{
		"a relay that takes everything": nil,
		"a relay that refuses": func(rcpt string, attempt int) *gosmtp.SMTPError {
			switch n := number(rcpt); {
			case n%10 == 3:
				return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 2, 3}, Message: "too big for " + rcpt}
			case n%10 == 7 && attempt == 1:
				return &gosmtp.SMTPError{Code: 450, EnhancedCode: gosmtp.EnhancedCode{4, 2, 1}, Message: "later"}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startForeign(t, judge)
			books := sendTo(t, s.addr, readers, connections)
			s.mu.Lock()
			defer s.mu.Unlock()
			refused := 0
			for n := range readers {
				want := 1
				if judge != nil && judge(recipient(n), 2) != nil {
					want = 0
					refused++
				}
				if got := len(s.taken[recipient(n)]); got != want {
					t.Errorf("reader %d has %d copies, want %d", n, got, want)
				}
			}
			if !books.Balances() || books.Audience != readers || books.Accepted != readers-refused || books.Refused != refused || books.UncertainEver != 0 {
				t.Errorf("%+v", books)
			}
			for to, mails := range s.taken {
				if data := mails[0]; !bytes.Contains(data, []byte(to)) || !bytes.HasSuffix(data, []byte("--\r\n")) {
					t.Errorf("the copy of %s is not whole, or another's", readerName(number(to)))
				}
			}
			if s.connections > connections {
				t.Errorf("%d connections", s.connections)
			}
		})
	}
}

// foreign is a relay that is not of our making.
type foreign struct {
	addr  string
	judge func(rcpt string, attempt int) *gosmtp.SMTPError // nil accepts

	mu          sync.Mutex
	attempts    map[string]int
	taken       map[string][][]byte
	connections int
}

func startForeign(t *testing.T, judge func(string, int) *gosmtp.SMTPError) *foreign {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &foreign{addr: l.Addr().String(), judge: judge, attempts: map[string]int{}, taken: map[string][][]byte{}}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.connections++
		return &foreignSession{foreign: f}, nil
	}))
	server.Domain = "relay.example"
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return f
}

type foreignSession struct {
	*foreign
	to string
}

func (s *foreignSession) Mail(string, *gosmtp.MailOptions) error { return nil }

func (s *foreignSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
	if s.attempts[to]++; s.judge != nil {
		if no := s.judge(to, s.attempts[to]); no != nil {
			return no
		}
	}
	return nil
}

func (s *foreignSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.taken[s.to] = append(s.taken[s.to], data)
	}
	return err
}

func (s *foreignSession) Reset() {}

func (s *foreignSession) Logout() error { return nil }

// number is which reader has the address; -1: none.
func number(rcpt string) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(rcpt, "reader-"), "@")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

// sendTo sends one issue to its end and returns its books.
func sendTo(t *testing.T, relay string, readers, connections int) deliver.Balance {
	t.Helper()
	_, port, err := net.SplitHostPort(relay)
	if err != nil {
		t.Fatal(err)
	}
	spec := senderSpec{Dir: t.TempDir(), Slug: "once", Connections: connections, Retry: deliver.Retry{50 * time.Millisecond}}
	if spec.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := makeWorld(ctx, spec.Dir, readers, 9<<10, 0); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runSender(ctx, spec, streams{out: &out}); err != nil || ctx.Err() != nil {
		log, _ := os.ReadFile(spec.Dir + "/log")
		t.Fatalf("%v, %v\n%.3000s", err, ctx.Err(), log)
	}
	var last said
	for says := json.NewDecoder(&out); says.More(); {
		if err := says.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	return last.Books
}
