//go:build unix

package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// logins are the accounts of the relay: a server of the kind that Dovecot has
// (its auth protocol, version 1.1), as the printed submission asks for one.
type logins struct {
	mu       sync.Mutex
	password string
	refused  int
}

func newLogins(t *testing.T, path string) *logins {
	t.Helper()
	l := &logins{password: relayPassword}
	listenIn(t, path, l.answer)
	return l
}

// change gives the account another password.
func (l *logins) change(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.password = to
}

func (l *logins) answer(c net.Conn) {
	fmt.Fprint(c, "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		words := strings.Split(lines.Text(), "\t")
		if words[0] != "AUTH" || len(words) < 3 {
			continue
		}
		_, resp, _ := strings.Cut(lines.Text(), "\tresp=")
		said, err := base64.StdEncoding.DecodeString(resp)
		if err == nil && l.knows(string(said)) {
			fmt.Fprintf(c, "OK\t%s\tuser=%s\n", words[1], relayUser)
		} else {
			fmt.Fprintf(c, "FAIL\t%s\tuser=%s\n", words[1], relayUser)
		}
	}
}

// knows reads what PLAIN says (RFC 4616).
func (l *logins) knows(said string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if said != "\x00"+relayUser+"\x00"+l.password {
		l.refused++
		return false
	}
	return true
}

// policy answers for each recipient whether the relay takes the mail (Postfix's
// policy delegation): who is new is put off once, where a greylist says so.
type policy struct {
	mu    sync.Mutex
	grey  *regexp.Regexp // nil: nobody
	known map[string]bool
	after map[int]func() // at this many recipients
	asked int
}

func newPolicy(t *testing.T, path string) *policy {
	t.Helper()
	p := &policy{known: map[string]bool{}, after: map[int]func(){}}
	listenIn(t, path, p.answer)
	return p
}

func (p *policy) answer(c net.Conn) {
	to := ""
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), "="); name == "recipient" {
			to = value
		} else if name == "" {
			fmt.Fprintf(c, "action=%s\n\n", p.judge(to))
		}
	}
}

func (p *policy) judge(to string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.grey != nil && p.grey.MatchString(to) && !p.known[to] {
		p.known[to] = true
		return "450 4.2.0 Greylisted, come back later"
	}
	p.asked++
	if do := p.after[p.asked]; do != nil {
		do()
	}
	return "dunno"
}

// greylist puts off, once, whoever matches.
func (p *policy) greylist(who string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grey = regexp.MustCompile(who)
}

// later does something when so many more recipients have been taken.
func (p *policy) later(recipients int, do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after[p.asked+recipients] = do
}

// putOff says how many were.
func (p *policy) putOff() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.known)
}
