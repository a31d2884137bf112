package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
)

// stockMaster is what a Postfix comes with, without a chroot.
const stockMaster = `smtp      inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
`

// postfixHome is a configuration folder into which the printed files were put by
// the very commands that are printed, beside what a Postfix comes with.
func postfixHome(t *testing.T) string {
	t.Helper()
	etc, dir := t.TempDir(), filepath.Join(t.TempDir(), "of-kairan")
	if err := os.WriteFile(filepath.Join(etc, "master.cf"), []byte(stockMaster), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := typed(t, "init", "--print", "postfix", dir)
	if code != exit.Done {
		t.Fatalf("exit %d: %s", code, errs)
	}
	_, commands, _ := strings.Cut(out, "as root:\n")
	commands, _, _ = strings.Cut(commands, "  postfix check") // it looks at the machine's own queue
	commands = swap(t, commands, "/etc/postfix", etc)
	for range 2 { // who runs them again adds nothing twice
		if out, err := exec.CommandContext(t.Context(), "sh", "-ec", commands).CombinedOutput(); err != nil {
			t.Fatalf("%s\n%v\n%s", commands, err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(etc, "main.cf"))
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(swap(t, string(text), "texthash:/etc/postfix/", "texthash:"+etc+"/"))
	if err := os.WriteFile(filepath.Join(etc, "main.cf"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return etc
}

// postfix runs one of its tools, and wants no complaint.
func postfix(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, name), args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%s %q: %v\n%s", name, args, err, errs.String())
	}
	return string(out)
}

// TestPostfixKnowsEverySetting: postconf complains of a misspelt or unused one.
func TestPostfixKnowsEverySetting(t *testing.T) {
	t.Parallel()
	dir := postfixHome(t)
	set := postfix(t, "postconf", "-c", dir, "-n")
	for _, want := range []string{
		"inet_interfaces = loopback-only", "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
		"milter_default_action = tempfail", "carrier_destination_concurrency_limit = 4", "transport_maps = texthash:" + dir + "/kairan_transport",
	} {
		if !strings.Contains(set, want+"\n") {
			t.Errorf("postconf -n lacks %q:\n%s", want, set)
		}
	}
	if strings.Contains(set, "smtpd_client_") {
		t.Error("a rate limit of smtpd is set, which would hold Kairan's connections up")
	}
	if services := postfix(t, "postconf", "-c", dir, "-M"); strings.Count(services, "\ncarrier ") != 1 || strings.Count(services, " smtpd\n") != 1 {
		t.Errorf("postconf -M: %s", services)
	}
}

// withSubmission is master.cf with what is commented out for a Kairan elsewhere.
func withSubmission(text string) string {
	return regexp.MustCompile(`(?m)^#(submission|  -o)`).ReplaceAllString(text, "$1")
}

// TestPostfixSubmission: what is commented out for a Kairan on another machine.
func TestPostfixSubmission(t *testing.T) {
	t.Parallel()
	dir := postfixHome(t)
	path := filepath.Join(dir, "master.cf")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(withSubmission(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	services := postfix(t, "postconf", "-c", dir, "-M", "submission/inet")
	for _, want := range []string{"smtpd_tls_security_level=encrypt", "smtpd_tls_auth_only=yes", "smtpd_relay_restrictions=permit_sasl_authenticated,reject"} {
		if !strings.Contains(services, want) {
			t.Errorf("submission lacks %s: %s", want, services)
		}
	}
}

// TestPostfixCarriers: what Kairan calls a carrier goes out by the slow queue,
// and nothing else does.
func TestPostfixCarriers(t *testing.T) {
	t.Parallel()
	table := "texthash:" + filepath.Join(postfixHome(t), "kairan_transport")
	for _, domain := range []string{"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", ".vodafone.ne.jp"} {
		if got := postfix(t, "postmap", "-q", domain, table); got != "carrier:\n" {
			t.Errorf("%s goes to %q", domain, got)
		}
	}
	named := 0
	for line := range strings.Lines(snippet(t, "postfix")) {
		words := strings.Fields(line)
		if len(words) != 2 || words[1] != "carrier:" {
			continue
		}
		named++
		a, err := subscribe.ParseAddress("you@" + strings.TrimPrefix(words[0], "."))
		if err != nil || !a.Carrier() {
			t.Errorf("%s is no carrier to Kairan (%v)", words[0], err)
		}
	}
	if named < 6 {
		t.Errorf("only %d domains are named", named)
	}
}
