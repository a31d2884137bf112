package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver/compose/composetest"
)

// The scripts under testdata/script are the story of Kairan from outside: each
// runs the real program as a process of its own, with real HTTP and a real SMTP
// server with STARTTLS and a login. What they may say is in storyCommands.
//
// Whatever a script does, at its end the server stops cleanly, the database is
// whole, and nothing of what readers typed has come out anywhere (storyEnd).

const (
	program  = "kairan-under-test"   // the test binary under this name is the program
	panicker = "panicker"            // a program that ends as bugs end it
	clockEnv = "KAIRAN_SCRIPT_CLOCK" // names the file with the clock's offset
	look     = 20 * time.Millisecond // between two looks
)

// patience is how long anything is waited for.
var patience = 20 * time.Second

func TestMain(m *testing.M) {
	if composetest.Race { // under which everything takes its time
		patience *= 3
	}
	narrow()
	if strings.HasSuffix(filepath.Base(os.Args[0]), ".test") { // the program itself keeps its locale
		for _, of := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			_ = os.Unsetenv(of)
		}
		if signal.Ignored(os.Interrupt) { // as in the background of a script: its children would ignore it, too
			signal.Notify(make(chan os.Signal, 1), os.Interrupt)
		}
	}
	_ = flag.Set("test.parallel", "8") // scripts wait more than they work
	testscript.Main(m, map[string]func(){program: programMain, panicker: func() { panic("as a bug does") }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:              scripts(t),
		WorkdirRoot:        shortDir(t), // the control socket lies in it
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			s := newStory(env.T().(testing.TB), env.WorkDir)
			env.Values[storyKey{}] = s
			env.Setenv("KAIRAN_CONFIG", s.file("kairan.toml"))
			env.Setenv(clockEnv, s.file("clock"))
			env.Setenv("SITE", "http://"+s.public)
			env.Defer(s.end)
			return nil
		},
		Cmds: storyCommands,
	})
}

type storyKey struct{}

// storyCommands is what scripts can say beside testscript's own commands.
var storyCommands = map[string]func(*testscript.TestScript, bool, []string){
	// kairan ARGS… runs a command of the program; ! kairan, one that fails.
	// exit N: with this exit code.
	// as UID[,GID…] kairan ARGS… runs it as another account, in these groups. word FILE sets
	// $WORD to what a command has said to be approved by --seen.
	"kairan": do((*story).kairan), "as": do((*story).as), "word": do((*story).word),
	// tab bash|zsh|fish LINE prints what that shell offers behind a line.
	"tab":  do((*story).tab),
	"exit": do((*story).exit),
	// clock +8d or -2h moves the clock of the program, also of the running server;
	// clock 2030-12-01T02:30:00-08:00 sets it.
	"clock": do((*story).clock),
	// config [-lists FILE] [SECTION.KEY=TOML]… writes a configuration, and keys
	// if there are none. SECTION.KEY= leaves the key out; lists.LIST.KEY=TOML adds
	// one to a list.
	"config": do((*story).config),
	// serve [FLAG]… starts the server and waits until it is ready; shutdown ends it with
	// SIGTERM, kill9 without any warning. (stop is testscript's own: it ends the
	// script, and is not for ours.)
	"serve":    do((*story).serve),
	"shutdown": do((*story).shutdown),
	"kill9":    do((*story).kill9),
	// log REGEXP waits for a line of the server's log; ready REGEXP for an answer of
	// /readyz; ready -mail REGEXP for one of /readyz/mail, behind its status.
	"log":   do((*story).log),
	"ready": do((*story).ready),
	// relay start, or plain: without TLS and login, and what it hears is in the
	// file `wire`. relay password NEW; refuse RE CODE ENHANCED; defer RE TIMES;
	// accept: everybody again;
	// delay DURATION before each final reply; lose N: it goes away at the final dot of the
	// next N, and has not taken them; hold N: after N recipients the next
	// ones wait, until relay go. relay second, before config, starts one more, with
	// the first password for ever; it is configured as the fallback, localhost. relay third
	// starts another of the kind; what config sets of them is second.KEY and third.KEY.
	"relay": do((*story).relayCmd),
	// get [-head] URL, -again or -since with the tag or the date of the last answer that had
	// one; post [-multipart] [-from IP] URL KEY=VALUE…; then
	// status CODE, page REGEXP, and keep FILE: the answer but for Date and the
	// address as typed.
	"get":    do((*story).get),
	"post":   do((*story).post),
	"status": do((*story).status), "page": do((*story).page), "keep": do((*story).keep),
	// mail ADDRESS waits for the next mail to it, prints it, and sets $LINK,
	// $CORRECT, $LEAVE, $BROWSER and $BLOCK to the links in it, $LINK_TOKEN and so on to
	// what they end with, and $FORGED to $LINK with one character changed. mails ADDRESS N: it has
	// got N mails when everything has settled. copies SUBJECT READERS [TWICE]:
	// so many readers have the issue, and TWICE (0) of them twice. What the second
	// relay has got counts for copies only.
	"mail":   do((*story).mail),
	"mails":  do((*story).mails),
	"copies": do((*story).copies),
	// maillog FILE [queued=RE] [bounced=RE] writes the log that a Postfix would have
	// written of the mails that the relay has, up to now; all are delivered but those.
	"maillog": do((*story).maillog),
	// returns RE STATUS has the relay report that it could not deliver what it took last for
	// each of these readers.
	"returns": do((*story).returns),
	// seed [-at DOMAIN,…] LIST N [FIELD=VALUE]… stores reader-1@readers.example to
	// reader-N, or has them at these domains in turn, while no server runs. fill fills the database to its max_size, and writes
	// long.md, an issue that has no room in it any more. hostile NAME FILE writes one
	// that was made to hold the service.
	// schema N writes the database's schema number. identity NAME writes an age identity to NAME.identity, and sets $NAME to its recipient.
	"seed": do((*story).seed),
	"fill": do((*story).fill), "hostile": do((*story).hostile),
	"schema": do((*story).schema), "identity": do((*story).identity), "decrypt": do((*story).decrypt),
	// second-key gives the key file a further data key, as a change of keys that was
	// cut off leaves it.
	"second-key": do((*story).secondKey),
	// damage BUCKET… KEY flips a bit in the middle of a value of the stopped
	// server's database; KEY first and last are those of the bucket. damage cut
	// leaves three pages of the file.
	"damage": do((*story).damage),
	// books LIST/SLUG KEY=VALUE… waits until `issue status --json` says so, and
	// looks at each answer that it balances. KEY<=N is a bound.
	"books": do((*story).books),
	// sshd [forced] starts a real one, in which the editor can log in with a key, which is bound
	// to `kairan forced`; editor LINE runs a line of a shell on the editor's own computer, where
	// it is `ssh office`, and kairan is the handbook's function; terminal LINE [REGEXP ANSWER]… does
	// on a terminal, answers each question that comes, and puts all that was shown into the file `terminal`.
	"sshd": do((*story).sshd), "editor": do((*story).editor), "terminal": do((*story).terminal),
	// site FILE [STATUS] serves a file at $FEED, as a web site its feed; what it serves may
	// change.
	"site": do((*story).siteCmd),
	// dns NAME TYPE VALUE… has a DNS server at $DNS say this. comesback FILE DOMAIN
	// ADDRESS [HEADER…] writes the last mail as a mailbox keeps it that got it from that
	// address, signed for the domain with a new key: these headers, or all.
	"dns": do((*story).dnsCmd), "comesback": do((*story).comesBack),
	// timeline LIST/SLUG REGEXP waits until `issue show` says so. alarm NAME REGEXP: it is
	// told wherever alarms are; ! alarm NAME: it is over. https serves the pages at $HTTPS, too.
	"timeline": do((*story).timeline), "alarm": do((*story).alarm), "https": do((*story).https),
}

// do makes a command of a method. Only those that say so in their arguments
// may be negated; the rest refuse it.
func do(cmd func(*story, *testscript.TestScript, bool, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		cmd(ts.Value(storyKey{}).(*story), ts, neg, args)
	}
}

// story is one script at work.
type story struct {
	t             testing.TB
	work          string
	public, admin string // host:port
	code          int    // of the last command
	offset        time.Duration
	client        *http.Client
	answer        *webAnswer
	kept          http.Header // of the last answer that may be asked for again
	sink          *sink.Sink
	second, third *sink.Sink // the fallbacks; nil: none
	site          *servedSite
	rules         rules
	ca            []byte
	seen          map[string]int // the last mail that a script has looked at, by address
	server        *process
	secrets       secrets
	names         *nameServer
	ssh           string // the folder of the sshd that `office` is
}

func newStory(t testing.TB, work string) *story {
	at := portsOn(t, ownHost(), 2)
	return &story{
		t: t, work: work, public: at[0], admin: at[1], seen: map[string]int{},
		client: &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       patience,
		},
	}
}

func (s *story) file(name string) string { return filepath.Join(s.work, name) }

var hosts struct {
	sync.Mutex
	n int
}

// ownHost is a loopback address that no other script uses, so that a port that
// was free a moment ago still is.
func ownHost() string {
	hosts.Lock()
	defer hosts.Unlock()
	hosts.n++
	pid := os.Getpid()
	return net.IPv4(127, byte(1+pid>>8%100), byte(pid), byte(hosts.n)).String()
}

// portsOn are so many of a host that are free, as host:port. All are held until the last is
// drawn: one that is given back may be drawn again.
func portsOn(t testing.TB, host string, n int) (all []string) {
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

// await looks until ok, and says whether it came to that. On a machine that is so busy that
// looking itself takes long, a look costs no more patience than two on a quiet one.
func await(ok func() bool) bool {
	began := time.Now()
	for left := patience; left > 0 && time.Since(began) < 6*patience; {
		looked := time.Now()
		if ok() {
			return true
		}
		time.Sleep(look)
		left -= min(time.Since(looked), 2*look)
	}
	return false
}

func usageOf(ts *testscript.TestScript, wrong bool, form string) {
	if wrong {
		ts.Fatalf("usage: %s", form)
	}
}

func pattern(ts *testscript.TestScript, s string) *regexp.Regexp {
	re, err := regexp.Compile("(?m)" + s)
	ts.Check(err)
	return re
}

func (s *story) kairan(ts *testscript.TestScript, neg bool, args []string) {
	s.run(ts, neg, args, program)
}

func (s *story) exit(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "exit CODE")
	if args[0] != strconv.Itoa(s.code) {
		ts.Fatalf("the exit code was %d", s.code)
	}
}

func (s *story) clock(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "clock +DURATION|-DURATION|TIME")
	s.awaitClock(ts)
	var by time.Duration
	if at, err := time.Parse(time.RFC3339, args[0]); err == nil {
		ts.Check(s.advance(at.Sub(s.now())))
		return
	}
	usageOf(ts, !strings.ContainsAny(args[0][:1], "+-"), "clock +DURATION|-DURATION|TIME")
	if days, ok := strings.CutSuffix(args[0], "d"); ok {
		n, err := strconv.Atoi(days)
		ts.Check(err)
		by = time.Duration(n) * 24 * time.Hour
	} else {
		var err error
		by, err = time.ParseDuration(args[0])
		ts.Check(err)
	}
	ts.Check(s.advance(by))
}

func (s *story) advance(by time.Duration) error {
	s.offset += by
	tmp := s.file("clock.new")
	if err := os.WriteFile(tmp, []byte(s.offset.String()), 0o600); err != nil {
		return err
	}
	defer time.Sleep(look) // until a running server has seen it
	return os.Rename(tmp, s.file("clock"))
}

func (s *story) now() time.Time { return time.Now().Add(s.offset) }

// process is the server as the operating system has it.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // after done

	mu  sync.Mutex
	out bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// start runs `kairan serve` with these flags.
func (s *story) start(flags ...string) (*process, error) {
	p := &process{done: make(chan struct{})}
	p.cmd = exec.Command(program, append([]string{"serve"}, flags...)...)
	if p.cmd.Err != nil {
		return nil, p.cmd.Err
	}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.work, p, p
	p.cmd.Env = append(os.Environ(), "KAIRAN_CONFIG="+s.file("kairan.toml"), clockEnv+"="+s.file("clock"), "SSL_CERT_FILE="+s.file("roots.pem"))
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	up := await(func() bool {
		r, err := s.client.Get("http://" + s.admin + "/readyz")
		if err != nil {
			return p.ended()
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		return err == nil && string(b) != "starting\n"
	})
	if !up || p.ended() {
		_ = p.cmd.Process.Kill()
		<-p.done
		return nil, fmt.Errorf("the server did not come up (%w):\n%s", p.err, p.text())
	}
	return p, nil
}

func (s *story) serve(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || s.server != nil, "serve [FLAG]… (one at a time)")
	p, err := s.start(args...)
	ts.Check(err)
	s.server = p
}

// halt ends the server and keeps its log for the canaries.
func (s *story) halt(sig os.Signal) error {
	p := s.server
	if p == nil {
		return errors.New("no server is running")
	}
	s.server = nil
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("the server did not end after %v:\n%s", sig, p.text())
	}
	s.secrets.record("log of the server", p.text())
	if sig != os.Kill && p.err != nil {
		return fmt.Errorf("the server ended with %w:\n%s", p.err, p.text())
	}
	return nil
}

func (s *story) shutdown(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 0, "shutdown")
	ts.Check(s.halt(syscall.SIGTERM))
}

func (s *story) kill9(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 0, "kill9")
	ts.Check(s.halt(os.Kill))
}

func (s *story) log(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) != 1 || s.server == nil, "[!] log REGEXP, while the server runs")
	re, p := pattern(ts, args[0]), s.server
	if neg {
		if re.MatchString(p.text()) {
			ts.Fatalf("the log has it:\n%s", p.text())
		}
	} else if !await(func() bool { return re.MatchString(p.text()) }) {
		ts.Fatalf("the log has no %s:\n%s", re, p.text())
	}
}
