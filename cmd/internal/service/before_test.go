package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// beforeStart is an installation with an issue that is scheduled, and two relays that are real
// SMTP servers, with TLS and a login. The clock goes by hand.
type beforeStart struct {
	*Service
	t        *testing.T
	relay    *sink.Sink
	second   *sink.Sink
	closed   bool // the relay is
	list     *subscribe.List
	issue    deliver.IssueName
	due      time.Time
	clock    atomic.Int64
	jumped   time.Duration // by so much the clock does not go as time does
	log      lockedText
	asked    [2]atomic.Int64 // how often each relay heard MAIL
	expired  atomic.Bool     // the certificate of the first one
	password string          // file
}

// lockedText is a log that is read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const beforePassword = "correct horse"

func newBefore(t *testing.T) *beforeStart {
	t.Helper()
	b := &beforeStart{t: t, issue: deliver.IssueName{List: "ajc-newsletter", Slug: "autumn"}}
	dir := t.TempDir()
	cfg, err := config.Parse(filepath.Join(dir, "kairan.toml"), config.DemoSource(dir, "http://localhost:1", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1", 9))
	b.must(err)
	b.must(seal.Generate(time.Now()).Write(cfg.Keys))
	b.password = filepath.Join(dir, "password")
	b.must(os.WriteFile(b.password, []byte(beforePassword+"\n"), 0o600))
	b.relay, cfg.Relay = b.startRelay(cfg.Relay, "127.0.0.1", 0)
	var second config.Relay
	b.second, second = b.startRelay(cfg.Relay, "localhost", 1)
	cfg.Fallback = []config.Relay{second}
	cfg.Sending.Expires = 72 * time.Hour

	start := time.Date(2026, 12, 1, 7, 30, 0, 0, time.UTC)
	b.clock.Store(start.UnixNano())
	b.Service, err = Open(cfg, "a test", b.at, slog.New(slog.NewTextHandler(&b.log, nil)))
	b.must(err)
	t.Cleanup(func() { _ = b.Close() })
	b.must(b.adopt(t.Context()))
	b.list = cfg.Lists[b.issue.List]
	b.must(crowd.Seed(t.Context(), b.Store, b.list, 5, b.now(), func(n int) (string, subscribe.Fields) {
		return fmt.Sprintf("reader%d@example.org", n), subscribe.Fields{"name": "Ume", "prefecture": "13", "business": "trade"}
	}))
	b.serve()

	picture := deliver.File{Name: "press.csv", Data: bytes.Repeat([]byte("a,b\r\n"), 1000)}
	_, err = b.editor.Add(t.Context(), "uid 1", b.issue.String(), deliver.Manuscript{
		Source: []byte("+++\nsubject = \"秋\"\nattachments = [\"press.csv\"]\n+++\n\n秋です。添付をご覧ください。\n"), Files: []deliver.File{picture},
	})
	b.must(err)
	b.schedule(start.Add(90 * time.Minute))
	return b
}

func (b *beforeStart) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// at is the clock on the wall.
func (b *beforeStart) at() time.Time { return time.Unix(0, b.clock.Load()).UTC() }

// startRelay starts the nth relay, and says how it is used.
func (b *beforeStart) startRelay(like config.Relay, host string, n int) (*sink.Sink, config.Relay) {
	b.t.Helper()
	good, _, err := sink.SelfSigned(host)
	b.must(err)
	bad, _, err := sink.Expired(host)
	b.must(err)
	s, err := sink.Start(sink.Options{
		TLS: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if n == 0 && b.expired.Load() {
				return &bad, nil
			}
			return &good, nil
		}},
		User: "kairan", Password: beforePassword, Record: true,
		SenderJudge: func(string) string { b.asked[n].Add(1); return "" },
	})
	b.must(err)
	b.t.Cleanup(func() {
		if n > 0 || !b.closed {
			_ = s.Close()
		}
	})
	_, port, err := net.SplitHostPort(s.Addr())
	b.must(err)
	like.Host, like.TLS, like.Username, like.PasswordFile = host, config.TLSStart, "kairan", b.password
	like.Port, err = strconv.Atoi(port)
	b.must(err)
	like.CAFile = filepath.Join(b.t.TempDir(), "ca.pem")
	pems := []byte(nil)
	for _, c := range []tls.Certificate{good, bad} {
		pems = append(pems, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})...)
	}
	b.must(os.WriteFile(like.CAFile, pems, 0o600))
	return s, like
}

// serve lets the engine run, which logs in nowhere by itself.
func (b *beforeStart) serve() {
	b.editor.Serving = true
	b.scheduler.Mono = func() time.Duration { return b.at().Add(-b.jumped).Sub(time.Unix(0, 0)) }
	b.scheduler.Settles = 24 * time.Hour
	b.engine.Policy.LoginEvery = 0
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.engine.Run(ctx)
	}()
	b.t.Cleanup(func() { stop(); <-done })
	for len(b.engine.RelaysFor(b.issue.List)) == 0 {
		time.Sleep(time.Millisecond)
	}
}

// minute sets the clock to so long before the start, and does what the service does in that
// minute, less often.
func (b *beforeStart) minute(before time.Duration) {
	for n := range 4 {
		b.clock.Store(b.due.Add(b.jumped - before + time.Duration(n)*3*lookEvery).UnixNano())
		b.scheduler.Tick(b.t.Context())
		b.editor.Rehearse(b.t.Context())
		b.lookOut()
		b.tellAlarms(b.t.Context())
	}
}

// until lets the minutes pass from one to another before the start.
func (b *beforeStart) until(from, to time.Duration) {
	for ; from > to; from -= time.Minute {
		b.minute(from)
	}
}

// rings are the alarms of the issue that were told: what was wrong each time.
func (b *beforeStart) rings() (all []string) {
	for _, m := range regexp.MustCompile(`(?m)msg=Alarm alarm=issue-unready of=ajc-newsletter/autumn why="((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(b.log.String(), -1) {
		all = append(all, m[1])
	}
	return all
}

// faulty is a store that is broken at a place.
type faulty struct {
	*store.Store
	full, narrow, files error
}

func (f *faulty) RoomToStart() error { return f.full }

func (f *faulty) RoomToRun(n int) error { return errors.Join(f.narrow, f.Store.RoomToRun(n)) }

func (f *faulty) Files(name deliver.IssueName) ([]deliver.File, error) {
	if f.files != nil {
		return nil, f.files
	}
	return f.Store.Files(name)
}

// faultsBefore are what may go wrong before a start, and what is told of it.
var faultsBefore = []struct {
	name, want string
	begins     bool // all the same
	provoke    func(b *beforeStart)
}{
	{"a relay that is down", "127.0.0.1 cannot be used .*at connect.*localhost is used instead", true, func(b *beforeStart) { b.closed = true; _ = b.relay.Close() }},
	{"a login that is refused", "127.0.0.1 does not take our login .*reply 535 5.7.8", true, func(b *beforeStart) { b.relay.Change(func(o *sink.Options) { o.Password = "another" }) }},
	{"a password file that is gone", "127.0.0.1 does not take our login .*password", false, func(b *beforeStart) { _ = os.Remove(b.password) }},
	{"a certificate that has expired", "127.0.0.1 cannot be used .*certificate", true, func(b *beforeStart) { b.expired.Store(true) }},
	{"a sender that is refused everywhere", "127.0.0.1 does not take mail of this list .*reply 553 5.1.8.*at MAIL.*return_path.*fallback relay localhost does not take mail of this list", false, func(b *beforeStart) {
		for _, s := range []*sink.Sink{b.relay, b.second} {
			s.Change(func(o *sink.Options) { o.SenderJudge = func(string) string { return "553 5.1.8 no such sender" } })
		}
	}},
	{"a recipient that is refused", "127.0.0.1 does not take a mail to the office's own address.*at RCPT", true, func(b *beforeStart) {
		b.relay.Change(func(o *sink.Options) { o.Judge = func(string, int) string { return "550 5.1.1 no such mailbox" } })
	}},
	{"relaying that is denied", "127.0.0.1 does not take mail of this list .*5.7.1.*at RCPT", true, func(b *beforeStart) {
		b.relay.Change(func(o *sink.Options) { o.Judge = func(string, int) string { return "550 5.7.1 relaying denied" } })
	}},
	{"a size that is refused", "127.0.0.1 takes no message as large as a copy of it.*552 5.3.4", false, func(b *beforeStart) { b.relay.Change(func(o *sink.Options) { o.Most = 6000 }) }},
	{"a fallback that takes no login", "begins .*not all is well: the fallback relay localhost does not take our login", true, func(b *beforeStart) { b.second.Change(func(o *sink.Options) { o.Password = "x" }) }},
	{"a disk that is full", "no room for the books of its run: .*no space left", false, func(b *beforeStart) { b.editor.Store = &faulty{Store: b.Store, full: store.ErrFull} }},
	{"a disk with too little for the books", "it would stop midway", true, func(b *beforeStart) { b.editor.Store = &faulty{Store: b.Store, narrow: errors.New("3 MB are left")} }},
	{"a clock that has jumped", "the clock is wrong: it has jumped ahead", false, func(b *beforeStart) { b.jumped = 20 * time.Second }},
	{"a window that is too short", "would reach only about", false, func(b *beforeStart) {
		b.editor.Sending.Pace, b.editor.Sending.Expires = []deliver.RelayPace{{PerMinute: 1}}, time.Minute
	}},
	{"an approval that is missing", "nobody but its author stands for it", false, func(b *beforeStart) { b.list.Approvals = 2 }},
	{"an embargo after the start", "it is under embargo until", false, func(b *beforeStart) {
		b.must(b.Store.ChangeIssue(b.t.Context(), b.issue, func(i *deliver.Issue, _ time.Time) error {
			i.Embargo = i.Due.Add(time.Hour)
			return nil
		}))
	}},
	{"an attachment that is missing", "it cannot be composed: .*damaged", false, func(b *beforeStart) {
		b.editor.Store = &faulty{Store: b.Store, files: errors.New("the file is damaged")}
	}},
	{"a list that is erased", "was to be erased on", false, func(b *beforeStart) { b.list.EraseBy = b.due.AddDate(0, 0, -1) }},
}

// TestFaultsBeforeAStartAreTold: what is not well an hour before a start is told then, what
// has come since is told ten minutes before, or sooner; once, with what to do, and whether
// the issue begins all the same.
func TestFaultsBeforeAStartAreTold(t *testing.T) {
	t.Parallel()
	for _, x := range faultsBefore {
		for _, late := range []bool{false, true} {
			name := x.name + ", an hour before"
			if late {
				name = x.name + ", in the last hour"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newBefore(t)
				b.until(63*time.Minute, 60*time.Minute)
				if late {
					b.until(60*time.Minute, 30*time.Minute)
				}
				if told := b.rings(); len(told) > 0 {
					t.Fatalf("nothing is wrong, and it is told: %q", told)
				}
				x.provoke(b)
				if !late {
					b.until(60*time.Minute, 58*time.Minute)
				} else {
					b.until(30*time.Minute, 8*time.Minute)
				}
				told := b.rings()
				if len(told) != 1 || !regexp.MustCompile(x.want).MatchString(told[0]) || x.begins == strings.Contains(told[0], "and would not") {
					t.Fatalf("told %q; want one, with %q", told, x.want)
				}
				if b.until(8*time.Minute, time.Minute); len(b.rings()) != 1 {
					t.Errorf("told again: %q", b.rings())
				}
			})
		}
	}
}

// TestAllIsWellBeforeAStart: each relay is asked twice, gets no mail, and nobody is told
// anything; the status says that all is well.
func TestAllIsWellBeforeAStart(t *testing.T) {
	t.Parallel()
	b := newBefore(t)
	b.until(80*time.Minute, 60*time.Minute+time.Second)
	b.wantAsked(0, 0)
	b.until(60*time.Minute, 59*time.Minute)
	b.wantAsked(1, 1)
	st, err := b.status(t.Context(), struct{}{})
	b.must(err)
	if x := st.Next[0].Before; x == nil || len(x.Lacks) > 0 || len(x.Tried) != 2 || !x.Tried[0].Takes || !x.Tried[0].At.Equal(b.due.Add(-time.Hour)) {
		t.Errorf("an hour before: %+v", x)
	}
	b.until(59*time.Minute, 10*time.Minute)
	b.wantAsked(1, 1)
	b.until(10*time.Minute, 0)
	b.wantAsked(2, 2)
	if told := b.rings(); len(told) > 0 {
		t.Errorf("told %q", told)
	}
	if n := b.relay.Count() + b.second.Count(); n > 0 {
		t.Errorf("%d mails went out", n)
	}
}

func (b *beforeStart) wantAsked(first, second int64) {
	b.t.Helper()
	if n, m := b.asked[0].Load(), b.asked[1].Load(); n != first || m != second {
		b.t.Errorf("%s: the relays were asked %d and %d times, want %d and %d", b.now(), n, m, first, second)
	}
}

// TestTrialIsKept: what a trial has shown is known after a restart, and is not asked again;
// an issue that is scheduled or replaced within the hour is tried at once, and what was
// mended is well from the next trial on.
func TestTrialIsKept(t *testing.T) {
	t.Parallel()
	b := newBefore(t)
	refuse := func(no string) {
		b.relay.Change(func(o *sink.Options) {
			o.SenderJudge = func(string) string { b.asked[0].Add(1); return no }
		})
	}
	refuse("553 5.1.8 no such sender")
	b.until(60*time.Minute, 57*time.Minute)
	stored, err := b.Store.Issue(b.issue)
	b.must(err)
	if x := stored.Tried; len(x) != 2 || x[0].Relay != "127.0.0.1" || x[0].Stage != deliver.StageMail || x[0].Code != 553 || x[1].Stage != 0 {
		t.Errorf("kept: %+v", stored.Tried)
	}
	b.board = board{} // as after a restart
	b.until(57*time.Minute, 55*time.Minute)
	b.wantAsked(1, 1)
	if told := b.rings(); len(told) != 2 {
		t.Errorf("after a restart: told %q", told)
	}

	// It is replaced, and the sender is taken meanwhile.
	refuse("")
	_, err = b.editor.Add(t.Context(), "uid 1", b.issue.String(), deliver.Manuscript{Source: []byte("+++\nsubject = \"秋\"\n+++\n\n秋です。\n")})
	b.must(err)
	b.until(54*time.Minute, 52*time.Minute)
	b.wantAsked(2, 2)
	if !strings.Contains(b.log.String(), "msg=AlarmOver alarm=issue-unready") {
		t.Error("what was mended is not over")
	}

	// It is scheduled for earlier, and tried again at once.
	b.schedule(b.due.Add(-20 * time.Minute))
	b.until(30*time.Minute, 11*time.Minute)
	b.wantAsked(3, 3)
	b.minute(9 * time.Minute)
	b.wantAsked(4, 4)
}

func (b *beforeStart) schedule(due time.Time) {
	b.t.Helper()
	_, err := b.editor.Schedule(b.t.Context(), "uid 1", b.issue.String(), editor.When{At: due.In(b.list.Zone).Format("2006-01-02 15:04")})
	b.must(err)
	b.due = due
}
