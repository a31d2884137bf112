//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/sink"
)

// deadAddress is of a reader whose mailbox is gone, and livingDomain where it was.
const (
	livingDomain = "readers.example"
	deadAddress  = "gone@" + livingDomain
)

// livePostfix is a real Postfix at work, of what `init --print postfix` prints: with a
// folder and ports of its own, so that nothing of this machine's own is touched. It
// takes what Kairan sends, and puts it into one Maildir.
type livePostfix struct {
	t    *testing.T
	dir  string // configuration, queue, data, log and Maildir
	host string // its own address on this machine
	// clear takes mail in clear from this machine, submission by STARTTLS and login.
	clear, submission string
	ca                string // the file with its certificate
	logins            *logins
	policy            *policy
}

// startPostfix starts one that sends what comes back to this Kairan. Settings are as
// for `postconf -e`, beyond what is printed.
func startPostfix(t *testing.T, kairan string, settings ...string) *livePostfix {
	t.Helper()
	tool(t, "postfix")
	if os.Geteuid() != 0 {
		t.Skip("a Postfix is started by root alone, so none was tried")
	}
	host := ownHost()
	at := portsOn(t, host, 2)
	p := &livePostfix{t: t, dir: shortDir(t), host: host, clear: at[0], submission: at[1]}
	p.lay(kairan)
	p.set(settings)
	p.guard()
	p.command("start")
	p.logins = newLogins(t, p.file("queue/private/auth"))
	p.policy = newPolicy(t, p.file("queue/private/policy"))
	return p
}

func (p *livePostfix) file(name string) string { return filepath.Join(p.dir, name) }

// lay puts the printed files in place, with the names of this machine.
func (p *livePostfix) lay(kairan string) {
	t := p.t
	t.Helper()
	etc := postfixHome(t)
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	for _, name := range []string{"", "etc", "data", "queue", "box"} {
		if err := os.MkdirAll(p.file(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p.file(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(p.file("box"), uid, gid); err != nil {
		t.Fatal(err)
	}
	if owner, err := user.Lookup("postfix"); err == nil {
		id, _ := strconv.Atoi(owner.Uid)
		if err := os.Chown(p.file("data"), id, -1); err != nil {
			t.Fatal(err)
		}
	}
	pemFile := p.certificate()
	master := swap(t, withSubmission(p.read(filepath.Join(etc, "master.cf"))), "smtp      inet", p.clear+" inet")
	master = swap(t, master, "submission inet", p.submission+" inet")
	master = swap(t, master, "/etc/ssl/private/magazine.example.jp.pem", pemFile)
	master = swap(t, master, "user=kairan argv=/usr/local/bin/kairan", "user=nobody argv="+kairan)
	// A relay takes mail for everybody, and learns later whom there is.
	master = swap(t, master, "  -o smtpd_sasl_auth_enable=yes\n", "  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_reject_unlisted_recipient=no\n")
	p.write("etc/master.cf", master)
	p.write("etc/main.cf", swap(t, p.read(filepath.Join(etc, "main.cf")), etc+"/", p.file("etc")+"/"))
	p.write("etc/kairan_transport", swap(t, p.read(filepath.Join(etc, "kairan_transport")), "bounce@magazine.example.jp", "bounce@sf.example.org"))
	p.write("etc/mailboxes", "!/^gone@/ box/\n")
	p.set([]string{
		"queue_directory=" + p.file("queue"), "data_directory=" + p.file("data"),
		"maillog_file=" + p.file("mail.log"), "maillog_file_prefixes=" + p.dir,
		"inet_protocols=ipv4", "alias_maps=", "alias_database=", "smtpd_milters=", "relay_domains=sf.example.org",
		"virtual_mailbox_domains=" + livingDomain, "virtual_mailbox_maps=regexp:" + p.file("etc/mailboxes"), "virtual_mailbox_base=" + p.dir,
		"virtual_minimum_uid=1", "virtual_uid_maps=static:" + nobody.Uid, "virtual_gid_maps=static:" + nobody.Gid,
		"smtpd_forbid_bare_newline_exclusions=", // not even this machine
		"smtpd_recipient_restrictions=check_policy_service unix:private/policy",
		// Longer than a delivery takes on a busy machine: what Postfix tries again while it is
		// still being delivered it skips for good.
		"queue_run_delay=1s", "minimal_backoff_time=4s", "maximal_backoff_time=4s",
	})
}

// certificate is the relay's, and its key, in the file that it reads.
func (p *livePostfix) certificate() string {
	p.t.Helper()
	cert, _, err := sink.SelfSigned(p.host)
	if err != nil {
		p.t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		p.t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	p.ca = p.file("ca.pem")
	p.write("ca.pem", string(public))
	p.write("relay.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))+string(public))
	return p.file("relay.pem")
}

func (p *livePostfix) read(path string) string {
	p.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func (p *livePostfix) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.file(name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *livePostfix) set(settings []string) {
	p.t.Helper()
	if len(settings) > 0 {
		postfix(p.t, "postconf", append([]string{"-c", p.file("etc"), "-e"}, settings...)...)
	}
}

// guard ends this Postfix when the test has ended, in whatever way: by then nobody
// holds the other end of the guard's standard input any more.
func (p *livePostfix) guard() {
	p.t.Helper()
	const wait = `cat >/dev/null; "$1" -c "$2/etc" stop 2>/dev/null; rm -rf "$2"`
	g := exec.Command("sh", "-c", wait, "sh", tool(p.t, "postfix"), p.dir)
	g.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := g.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		log := p.log()
		_ = in.Close()
		_ = g.Wait() // `postfix stop` kills after five seconds
		if p.t.Failed() {
			p.t.Logf("the end of the relay's log:\n%s", log[max(0, len(log)-6000):])
		}
	})
}

// command is one of `postfix start`, `postfix reload` and so on.
func (p *livePostfix) command(what string) {
	p.t.Helper()
	out, err := exec.CommandContext(p.t.Context(), tool(p.t, "postfix"), "-c", p.file("etc"), what).CombinedOutput()
	if err != nil {
		p.t.Fatalf("postfix %s: %v\n%s\n%s", what, err, out, p.log())
	}
}

// log is what the relay has logged.
func (p *livePostfix) log() string {
	b, _ := os.ReadFile(p.file("mail.log"))
	return string(b)
}

// faults are the lines of the log in which it complains of anything.
var faults = regexp.MustCompile(`(?m)^.*(warning|error|fatal|panic): .*$`)

// arrived is a mail in the Maildir.
type arrived struct {
	to     string
	traces []byte // what was put before it on the way
	data   []byte // and the mail, with the line ends of SMTP
}

// firstOwn is the first header of what Kairan sends.
var firstOwn = regexp.MustCompile(`(?m)^(Return-Path|X-Original-To|Delivered-To|Received): .*\n([ \t].*\n)*`)

// box is what has arrived so far.
func (p *livePostfix) box() (all []arrived) {
	p.t.Helper()
	files, err := filepath.Glob(p.file("box/new/*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range files {
		b := []byte(p.read(name))
		var a arrived
		for at := firstOwn.FindIndex(b); at != nil && at[0] == 0; at = firstOwn.FindIndex(b) {
			a.traces, b = append(a.traces, b[:at[1]]...), b[at[1]:]
		}
		a.data = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
		_, to, _ := strings.Cut(string(a.traces), "X-Original-To: ")
		a.to, _, _ = strings.Cut(to, "\n")
		all = append(all, a)
	}
	return all
}

// copies counts what has arrived, by whom it is for.
func (p *livePostfix) copies() map[string]int {
	n := map[string]int{}
	for _, a := range p.box() {
		n[a.to]++
	}
	return n
}

// await waits until the relay has come to something.
func (p *livePostfix) await(what string, ok func() bool) {
	p.t.Helper()
	if !await(ok) {
		p.t.Fatalf("the relay has not come to this: %s", what)
	}
}

// listenIn opens a socket for Postfix's processes, and answers each connection.
func listenIn(t *testing.T, path string, answer func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				answer(c)
			}()
		}
	}()
}

// programFor is a copy of the program that accounts without rights can run.
func programFor(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, program)
	if os.Link(self, path) == nil {
		return path
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err2 := to.Close(); err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return path
}

// polices holds that the relay ends the connection where somebody says more than was
// agreed on (RFC 2920 §3.1), or ends lines so that a mail could hide in another one.
func (p *livePostfix) polices() {
	p.t.Helper()
	for want, said := range map[string][]string{
		" ehlo=0/1 commands=0/1\n": {"EHLO a.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@a.example>\r\n"},
		// The bare newlines and the dot between them are of the mail, and so is the MAIL behind them.
		" mail=1 rcpt=1 data=1 quit=1 ": {
			"EHLO a.example\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<reader-0@" + livingDomain + ">\r\n", "DATA\r\n",
			"Subject: a\n.\nMAIL FROM:<b@b.example>\r\n.\r\n", "QUIT\r\n",
		},
	} {
		c, err := net.Dial("tcp", p.clear)
		if err != nil {
			p.t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(patience / 2))
		for r, n := bufio.NewReader(c), 0; n < len(said); n++ {
			for line := ""; len(line) < 4 || line[3] == '-'; { // a whole reply, first the greeting
				if line, err = r.ReadString('\n'); err != nil {
					p.t.Fatal(err)
				}
			}
			_, _ = io.WriteString(c, said[n])
		}
		if _, err := io.Copy(io.Discard, c); err != nil {
			p.t.Fatalf("the relay goes on with who should have been cut off (%v): %q", err, said)
		}
		_ = c.Close()
		p.await("it has logged: "+strings.TrimSpace(want), func() bool { return strings.Contains(p.log(), want) })
	}
}
