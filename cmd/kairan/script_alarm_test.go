package main

import (
	"crypto/tls"
	"encoding/pem"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
)

// told is the file into which the alarm command of the scripts writes.
const told = "told"

// alarm waits until an alarm stands in the body of /readyz, in `kairan status`, in the
// metrics and in what the alarm command was told, a minute later; ! alarm NAME: until it is
// over in all of them.
func (s *story) alarm(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) == 0 || neg != (len(args) == 1), "alarm NAME REGEXP, or ! alarm NAME")
	name := regexp.QuoteMeta(args[0])
	wants := map[string]string{
		"readyz": "(?m)^" + name + ": ok$", "metrics": `(?m)^kairan_alarms\{alarm="` + name + `"\} 0$`, "told": "(?m)^over: " + name + ": ",
	}
	if !neg {
		wants = map[string]string{
			"readyz": "(?m)^" + name + ": .*" + args[1], "metrics": `(?m)^kairan_alarms\{alarm="` + name + `"\} [1-9]`,
			"status": `"name": "` + name + `"`, "told": "(?m)^begins: " + name + ": .*" + args[1],
		}
	}
	said, lacks := map[string]string{}, ""
	hangs := func(where ...string) bool {
		return await(func() bool {
			s.lookAround(ts, said)
			for _, place := range where {
				if want, ok := wants[place]; ok && !regexp.MustCompile(want).MatchString(said[place]) {
					lacks = place
					return false
				}
			}
			return true
		})
	}
	ok := hangs("readyz")
	if ok && !neg {
		s.awaitClock(ts)
		ts.Check(s.advance(61 * time.Second))
	}
	if !ok || !hangs("readyz", "metrics", "status", "told") {
		ts.Fatalf("%s has no %s:\n%s", lacks, wants[lacks], said[lacks])
	}
	if neg && strings.Contains(said["status"], `"name": "`+args[0]+`"`) {
		ts.Fatalf("kairan status still has it:\n%s", said["status"])
	}
}

// awaitClock waits while the alarm of the clock rings for the last time that it was moved: moved
// again it would have rung for a minute, and the office would be told. One that stands before the
// last commit rings until somebody sets it right, and is not waited for. The server is asked for
// its status, for which it looks at the clock: /readyz tells what it saw seconds ago.
func (s *story) awaitClock(ts *testscript.TestScript) {
	jumped := func(a service.Alarm) bool { return a.Name == "clock" && strings.Contains(a.Why, "it has jumped ") }
	if s.server != nil && !await(func() bool {
		now, err := service.NowStatus.Call(s.t.Context(), control.Over[service.Service](s.file("kairan.sock")), struct{}{})
		return err != nil || !slices.ContainsFunc(now.Alarms, jumped)
	}) {
		ts.Fatalf("the clock that was moved is not believed")
	}
}

// lookAround reads every place at which an alarm hangs.
func (s *story) lookAround(ts *testscript.TestScript, said map[string]string) {
	for _, page := range []string{"readyz", "metrics"} {
		a, err := s.ask(http.MethodGet, "http://"+s.admin+"/"+page, nil, "")
		ts.Check(err)
		said[page] = a.body
	}
	c := exec.Command(program, "status", "--json")
	c.Dir, c.Env = s.work, append(os.Environ(), "KAIRAN_CONFIG="+s.file("kairan.toml"), clockEnv+"="+s.file("clock"))
	out, _ := c.Output() // its exit code says that there is an alarm
	said["status"] = string(out)
	b, _ := os.ReadFile(s.file(told))
	said["told"] = string(b)
	for place, text := range said {
		s.secrets.record("an alarm in "+place, text)
	}
}

// https is a proxy in front of the pages, at $HTTPS, whose certificate the servers of the
// story trust. It is valid until 2199.
func (s *story) https(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) > 0, "https")
	host, _, err := net.SplitHostPort(s.public)
	ts.Check(err)
	certificate, _, err := sink.SelfSigned(host)
	ts.Check(err)
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	ts.Check(os.WriteFile(s.file("roots.pem"), root, 0o600))
	l, err := tls.Listen("tcp", net.JoinHostPort(host, "0"), &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.public})
	proxy.ErrorLog = log.New(s.t.Output(), "", 0)
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: patience, ErrorLog: proxy.ErrorLog}
	s.t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	ts.Setenv("HTTPS", "https://"+l.Addr().String())
}
