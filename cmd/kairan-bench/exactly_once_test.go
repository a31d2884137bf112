package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	mailbox "example.jp/kairan/cmd/internal/sink"
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
			s, err := mailbox.Start(mailbox.Options{Record: true, Judge: judge})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			books := sendTo(t, s.Addr(), readers, connections)
			refused := 0
			for n := range readers {
				want := 1
				if judge != nil && judge(recipient(n), 2) != nil {
					want = 0
					refused++
				}
				if got := s.CountTo(recipient(n)); got != want {
					t.Errorf("reader %d has %d copies, want %d", n, got, want)
				}
			}
			if !books.Balances() || books.Audience != readers || books.Accepted != readers-refused || books.Refused != refused || books.UncertainEver != 0 {
				t.Errorf("%+v", books)
			}
			for _, m := range s.Mails() {
				if name := readerName(number(m.To)); !bytes.Contains(m.Data, []byte(m.To)) || !bytes.HasSuffix(m.Data, []byte("--\r\n")) {
					t.Errorf("the copy of %s is not whole, or another's", name)
				}
			}
			if _, ever := s.Connections(); ever > connections {
				t.Errorf("%d connections", ever)
			}
		})
	}
}

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
	w, err := newWorld(spec.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.furnish(ctx, readers, 9<<10); err != nil {
		t.Fatal(err)
	}
	w, h, leave, err := moveIn(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := leave(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.schedule(ctx, w, spec); err != nil {
		t.Fatal(err)
	}
	if _, err := h.send(ctx, spec.Slug, func() error { return nil }); err != nil || ctx.Err() != nil {
		log, _ := os.ReadFile(spec.Dir + "/log")
		t.Fatalf("%v, %v\n%.3000s", err, ctx.Err(), log)
	}
	books, err := h.store.Balance(issueName(spec.Slug))
	if err != nil {
		t.Fatal(err)
	}
	return books
}
