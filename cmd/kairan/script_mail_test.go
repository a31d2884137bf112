package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.jp/kairan/cmd/internal/sink"
)

const (
	relayUser     = "kairan"
	relayPassword = "first-password"
)

// rules are what the relay refuses, and how often.
type rules struct {
	sync.Mutex
	all  []rule
	left int           // how many recipients are still accepted at once
	held chan struct{} // and the others, when it is closed; nil: nobody waits
}

type rule struct {
	to    *regexp.Regexp
	times int    // 0: always
	no    string // codes, and words
}

func (r *rules) add(x rule) {
	r.Lock()
	defer r.Unlock()
	r.all = append(r.all, x)
}

// clear takes back what was refused and put off.
func (r *rules) clear() {
	r.Lock()
	defer r.Unlock()
	r.all = nil
}

// judge names the reader in its reply as relays like to: by the address, by what
// stands before the @, and by the host of the domain.
func (r *rules) judge(to string, attempt int) string {
	r.Lock()
	defer r.Unlock()
	for _, x := range r.all {
		if x.to.MatchString(to) && (x.times == 0 || attempt <= x.times) {
			no := strings.SplitN(x.no, " ", 3)
			name, domain, _ := strings.Cut(to, "@")
			return no[0] + " " + no[1] + " <" + to + ">: " + no[2] + "; host mx." + domain + "[192.0.2.25] said: " + name + "... " + no[2]
		}
	}
	if held := r.held; held != nil && r.left == 0 {
		r.Unlock()
		<-held
		r.Lock()
	} else if held != nil {
		r.left--
	}
	return ""
}

func (r *rules) hold(after int) {
	r.Lock()
	defer r.Unlock()
	r.left, r.held = after, make(chan struct{})
}

func (r *rules) release() {
	r.Lock()
	defer r.Unlock()
	if r.held != nil {
		close(r.held)
	}
	r.held = nil
}

func (s *story) relayCmd(ts *testscript.TestScript, neg bool, args []string) {
	const form = "relay start|plain|second|third|password NEW|refuse RE CODE ENHANCED|sender RE CODE ENHANCED|defer RE TIMES|accept|delay DURATION|lose N|hold N|go"
	usageOf(ts, neg || len(args) == 0, form)
	verb, rest := args[0], args[1:]
	need := map[string]int{"password": 1, "refuse": 3, "sender": 3, "defer": 2, "delay": 1, "lose": 1, "hold": 1}[verb]
	usageOf(ts, len(rest) != need, form)
	switch verb {
	case "start":
		ts.Check(s.startRelay())
		s.setRelay(ts, s.sink.Addr())
	case "plain":
		s.startPlainRelay(ts)
	case "second":
		var err error
		s.second, err = s.openRelay("localhost")
		ts.Check(err)
	case "third":
		var err error
		s.third, err = s.openRelay("localhost")
		ts.Check(err)
	case "password":
		s.sink.Change(func(o *sink.Options) { o.Password = rest[0] })
	case "refuse":
		s.rules.add(rule{regexp.MustCompile(rest[0]), 0, reply(rest)})
	case "sender":
		re, no := regexp.MustCompile(rest[0]), reply(rest)
		s.sink.Change(func(o *sink.Options) {
			o.SenderJudge = func(from string) string {
				if !re.MatchString(from) {
					return ""
				}
				return no
			}
		})
	case "defer":
		times, err := strconv.Atoi(rest[1])
		ts.Check(err)
		s.rules.add(rule{regexp.MustCompile(rest[0]), times, "451 4.2.0 try again later"})
	case "accept":
		s.rules.clear()
		s.sink.Change(func(o *sink.Options) { o.SenderJudge = nil })
	case "lose":
		n, err := strconv.Atoi(rest[0])
		ts.Check(err)
		s.sink.Change(func(o *sink.Options) { o.Lose = n })
	case "hold":
		n, err := strconv.Atoi(rest[0])
		ts.Check(err)
		s.rules.hold(n)
	case "go":
		s.rules.release()
	case "delay":
		d, err := time.ParseDuration(rest[0])
		ts.Check(err)
		s.sink.Change(func(o *sink.Options) { o.Delay = d })
	default:
		usageOf(ts, true, form)
	}
}

// reply is what a relay says, from the arguments behind the pattern.
func reply(args []string) string { return args[1] + " " + args[2] + " not here" }

// startRelay starts the relay.
func (s *story) startRelay() (err error) {
	s.sink, err = s.openRelay("127.0.0.1")
	return err
}

// openRelay is a relay as it should be: STARTTLS and a login.
func (s *story) openRelay(host string) (*sink.Sink, error) {
	cert, _, err := sink.SelfSigned(host)
	if err != nil {
		return nil, err
	}
	s.ca = append(s.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})...)
	return sink.Start(sink.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, User: relayUser, Password: relayPassword,
		Judge: s.rules.judge, Record: true,
	})
}

// startPlainRelay is one on the same machine, in clear, so that what goes over
// the wire can be read: it is written to the file `wire`.
func (s *story) startPlainRelay(ts *testscript.TestScript) {
	var err error
	s.sink, err = sink.Start(sink.Options{Judge: s.rules.judge, Record: true})
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	wire, err := os.OpenFile(s.file("wire"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	ts.Check(err)
	ts.Defer(func() { _ = l.Close(); _ = wire.Close() })
	to := s.sink.Addr()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go tap(in, to, wire)
		}
	}()
	s.setRelay(ts, l.Addr().String())
}

// tap passes a connection on, and writes down what the client says.
func tap(in net.Conn, to string, wire io.Writer) {
	defer in.Close()
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(out, wire), in)
	_ = out.Close()
}

func (s *story) setRelay(ts *testscript.TestScript, addr string) {
	_, port, err := net.SplitHostPort(addr)
	ts.Check(err)
	ts.Setenv("RELAY_PORT", port)
}

// mailsTo are the mails to an address that are kept, oldest first.
func (s *story) mailsTo(address string) (all []sink.Mail) {
	for _, m := range s.sink.Mails() {
		if m.To == address {
			all = append(all, m)
		}
	}
	return all
}

// linkKinds are the variables for the links in a mail.
var linkKinds = []struct {
	name string
	re   *regexp.Regexp
}{
	{"LINK", regexp.MustCompile(`/(confirm|correct)/[^/]+$`)},
	{"CORRECT", regexp.MustCompile(`/correct($|[/?])`)},
	{"LEAVE", regexp.MustCompile(`/leave/`)},
	{"BROWSER", regexp.MustCompile(`/lists/[^/]+/issues/[^/]+$`)},
	{"BLOCK", regexp.MustCompile(`/block/`)},
}

func (s *story) mail(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "mail ADDRESS")
	var m sink.Mail
	got := await(func() bool {
		if all := s.mailsTo(args[0]); len(all) > 0 {
			m = all[len(all)-1]
		}
		return m.N > s.seen[args[0]]
	})
	if !got {
		ts.Fatalf("no new mail came")
	}
	s.seen[args[0]] = m.N
	p, err := m.Parts()
	ts.Check(err)
	ts.Check(os.WriteFile(s.file("mail.eml"), m.Data, 0o600))
	ts.Check(os.WriteFile(s.file("mail.html"), []byte(p.HTML), 0o600))
	out := ts.Stdout()
	for f := p.Header.Fields(); f.Next(); {
		value, err := f.Text()
		ts.Check(err)
		fmt.Fprintf(out, "%s: %s\n", f.Key(), value)
	}
	fmt.Fprintf(out, "\n%s\n", strings.ReplaceAll(p.Text, "\r\n", "\n"))
	for _, k := range linkKinds {
		ts.Setenv(k.name, "")
		ts.Setenv(k.name+"_TOKEN", "")
		for _, link := range m.Links() {
			if k.re.MatchString(link) {
				ts.Setenv(k.name, link)
				ts.Setenv(k.name+"_TOKEN", link[strings.LastIndex(link, "/")+1:])
				break
			}
		}
	}
	ts.Setenv("FORGED", forged(ts.Getenv("LINK")))
}

// forged is a link with one character changed.
func forged(link string) string {
	at := len(link) - 10
	if at < 0 {
		return ""
	}
	other := "A"
	if link[at] == 'A' {
		other = "B"
	}
	return link[:at] + other + link[at+1:]
}

// settled is longer than the intake and the engine take for anything.
const settled = 700 * time.Millisecond

// waitSettled waits that long.
func waitSettled() { time.Sleep(settled) }

func (s *story) mails(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 2, "mails ADDRESS N")
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	await(func() bool { return s.sink.CountTo(args[0]) >= want })
	waitSettled()
	if n := s.sink.CountTo(args[0]); n != want {
		ts.Fatalf("it has got %d mails", n)
	}
}

func (s *story) copies(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) < 2 || len(args) > 3, "copies SUBJECT READERS [TWICE]")
	re, want := pattern(ts, args[0]), []int{0, 0}
	for i, arg := range args[1:] {
		n, err := strconv.Atoi(arg)
		ts.Check(err)
		want[i] = n
	}
	var got []int
	if !await(func() bool { got = s.count(ts, re); return slices.Equal(got, want) }) {
		ts.Fatalf("%d readers have it, %d of them twice", got[0], got[1])
	}
}

// count says how many readers have an issue, and how many of them twice.
func (s *story) count(ts *testscript.TestScript, subject *regexp.Regexp) []int {
	ids := map[string][]string{} // by address
	mails := s.sink.Mails()
	for _, relay := range []*sink.Sink{s.second, s.third} {
		if relay != nil {
			mails = append(mails, relay.Mails()...)
		}
	}
	for _, m := range mails {
		p, err := m.Parts()
		ts.Check(err)
		if subject.MatchString(p.Subject) {
			id, err := p.Header.MessageID()
			ts.Check(err)
			ids[m.To] = append(ids[m.To], id)
		}
	}
	twice := 0
	for _, got := range ids {
		switch {
		case len(got) == 2 && got[0] == got[1]:
			twice++
		case len(got) != 1:
			ts.Fatalf("a reader has it %d times, as %q", len(got), got)
		}
	}
	return []int{len(ids), twice}
}
