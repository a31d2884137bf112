package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// sshdConfig is of a real sshd on loopback, as this account may run one: it logs in nobody else.
// HOME is not the account's own, whose profile would run there, and may say something.
const sshdConfig = `ListenAddress %[1]s
Port %[2]s
HostKey %[3]s/host
PidFile none
AuthorizedKeysFile %[3]s/authorized_keys
AuthenticationMethods publickey
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
AcceptEnv LANG LC_*
SetEnv HOME=%[3]s PATH=%[3]s/bin:/usr/local/bin:/usr/bin:/bin KAIRAN_CONFIG=%[4]s %[5]s=%[6]s
`

const sshConfig = `Host office
HostName %[1]s
Port %[2]s
User %[3]s
IdentityFile %[4]s/editor
IdentitiesOnly yes
UserKnownHostsFile %[4]s/known_hosts
StrictHostKeyChecking yes
SendEnv LANG LC_*
ControlMaster auto
ControlPath %[4]s/control
ControlPersist 60
LogLevel error
`

// sshd starts one, which is `office` to the editor, whose key may do all; or, with `sshd
// forced`, is bound.
func (s *story) sshd(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) > 1 || len(args) == 1 && args[0] != forcedName, "sshd [forced]")
	daemon := s.sshTools(ts)
	dir := s.file("ssh" + strings.Join(args, ""))
	ts.Check(os.MkdirAll(filepath.Join(dir, "bin"), 0o755))
	self, err := exec.LookPath(program)
	ts.Check(err)
	me, err := user.Current()
	ts.Check(err)
	at := portsOn(s.t, ownHost(), 1)[0]
	host, port, err := net.SplitHostPort(at)
	ts.Check(err)
	for _, key := range []string{"host", "editor"} {
		ts.Check(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)).Run())
	}
	public := func(key string) string { return strings.TrimSpace(ts.ReadFile(filepath.Join(dir, key+".pub"))) }
	kairan := filepath.Join(dir, "bin", "kairan")
	may := ""
	if len(args) == 1 {
		may = fmt.Sprintf("restrict,pty,command=%q ", kairan+" "+forcedName)
	}
	for name, text := range map[string]string{
		"authorized_keys": may + public("editor") + "\n",
		"known_hosts":     fmt.Sprintf("[%s]:%s %s\n", host, port, public("host")),
		"sshd_config":     fmt.Sprintf(sshdConfig, host, port, dir, s.file("kairan.toml"), clockEnv, s.file("clock")),
		"config":          fmt.Sprintf(sshConfig, host, port, me.Username, dir),
		"bin/kairan":      "#!/bin/sh\nexec " + self + " \"$@\"\n",
	} {
		ts.Check(writeProgram(filepath.Join(dir, name), text)) // one of them is
	}
	d := exec.Command(daemon, "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	log, err := os.Create(filepath.Join(dir, "log"))
	ts.Check(err)
	defer log.Close()
	d.Stderr = log
	ts.Check(d.Start())
	ts.Defer(func() {
		_ = exec.Command("ssh", "-F", filepath.Join(dir, "config"), "-O", "exit", "office").Run()
		_ = d.Process.Kill()
		_ = d.Wait()
	})
	if !await(func() bool { c, err := net.Dial("tcp", at); return err == nil && c.Close() == nil }) {
		ts.Fatalf("sshd does not listen:\n%s", ts.ReadFile(log.Name()))
	}
	s.ssh = dir
}

// sshTools finds sshd, which CI installs. As root it wants a folder that its package's unit makes.
func (s *story) sshTools(ts *testscript.TestScript) string {
	for _, name := range []string{"ssh", "ssh-keygen", "tar", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			s.missing(ts, err)
		}
	}
	if os.Geteuid() == 0 {
		ts.Check(os.MkdirAll("/run/sshd", 0o755))
	}
	for _, path := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/libexec/sshd"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	s.missing(ts, errors.New("sshd is not installed"))
	return ""
}

func (s *story) missing(ts *testscript.TestScript, err error) {
	if os.Getenv("CI") != "" {
		ts.Fatalf("%v", err)
	}
	s.t.Skip(err)
}

// editor runs a line on the editor's own computer, which has the handbook's function.
func (s *story) editor(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) != 1, "[!] editor LINE")
	err := ts.Exec("bash", "--norc", "-c", s.profile(ts)+args[0])
	s.secrets.record("output of "+args[0], ts.ReadFile("stdout")+ts.ReadFile("stderr"))
	s.code = 0
	if failed, is := errors.AsType[*exec.ExitError](err); is {
		s.code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if neg != (s.code != 0) {
		ts.Fatalf("exit code %d", s.code)
	}
}

// terminal runs a line there on a terminal, waits for each question and answers it.
func (s *story) terminal(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args)%2 != 1, "terminal LINE [REGEXP ANSWER]…")
	c := exec.Command("bash", "--norc", "-c", s.profile(ts)+args[0])
	c.Dir, c.Env = s.work, append(os.Environ(), "TERM=xterm")
	p, err := sitDown(c, 80)
	ts.Check(err)
	for n := 1; n < len(args); n += 2 {
		err := p.sees(args[n])
		if log := ts.ReadFile(filepath.Join(s.ssh, "log")); err != nil && strings.Contains(log, "chown(") {
			s.missing(ts, errors.New("sshd hands out no terminal: run this as root, or where /dev/pts is mounted with the group tty"))
		}
		ts.Check(err)
		ts.Check(p.types(args[n+1] + "\n"))
	}
	shown, _ := p.leave() // how it ended, is shown
	s.secrets.record("terminal of "+args[0], shown)
	ts.Check(os.WriteFile(s.file("terminal"), []byte(shown), 0o600))
}

// functionInHandbook is what an editor puts into the profile of a shell.
var functionInHandbook = regexp.MustCompile(`(?ms)^kairan\(\) \{.*?^\}\n`)

// profile is that, with the test's own ssh in front of any other.
func (s *story) profile(ts *testscript.TestScript) string {
	page, err := os.ReadFile(filepath.Join(moduleRoot, editing))
	ts.Check(err)
	function := functionInHandbook.Find(page)
	if function == nil {
		ts.Fatalf("the handbook has no function kairan")
	}
	return "ssh() { command ssh -F " + filepath.Join(s.ssh, "config") + " \"$@\"; }\n" + string(function)
}
