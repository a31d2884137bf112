//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"example.jp/kairan/cmd/internal/service"
)

// TestPostfixInTrouble sends an issue by a real submission, by STARTTLS and login,
// pipelined, through what befalls a sender: a greylist, a limit of the rate, a
// password that is not the one of an hour ago. Everybody has it once.
func TestPostfixInTrouble(t *testing.T) {
	t.Parallel()
	const readers, grey = 60, 11
	p := newPosted(t, readers, killReader, map[string]string{"connections": "4\nmessages_per_connection = 8"},
		// A limit, of which even this machine is not exempt: for each two seconds, and low, so that
		// it is met when the machine is busy, too.
		"smtpd_client_event_limit_exceptions=", "anvil_rate_time_unit=2s", "smtpd_client_message_rate_limit=12")
	p.relay.policy.greylist(`^reader-[12]?5@|^reader-4[0-9]@`) // 5, 15, 25, and ten more
	p.relay.policy.later(readers/2, func() { p.relay.logins.change("second-password") })
	p.start()
	p.schedule()

	p.until("a password that does not hold is said", func(service.Issue) bool {
		return strings.Contains(p.kairan(strings.NewReader(""), "issue", "status", killIssue), "No mail goes out: the relay cannot be used: AUTH")
	})
	if err := os.WriteFile(filepath.Join(filepath.Dir(p.config), "relay-password"), []byte("second-password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := p.until("the issue is out", finished)
	p.relay.await("every copy is in the Maildir", func() bool { return len(p.relay.copies()) >= readers })
	p.end(syscall.SIGTERM)

	if b := i.Balance; b.Accepted != readers || b.UncertainEver > 0 {
		t.Errorf("the books: %+v", b)
	}
	for to, n := range p.relay.copies() {
		if n != 1 {
			t.Errorf("%s has %d copies", to, n)
		}
	}
	log := p.relay.log()
	for what, want := range map[string]int{
		`submission/smtpd.* client=.*sasl_method=PLAIN, sasl_username=` + relayUser: readers,
		`NOQUEUE: reject: RCPT .* 450 4\.2\.0 .*Greylisted`:                         grey,
		`warning: Message delivery request rate limit exceeded|too much mail from`:  1,
		`SASL PLAIN authentication failed`:                                          1,
	} {
		if n := len(regexp.MustCompile(what).FindAllString(log, -1)); n < want {
			t.Errorf("%d lines of the relay's log have %s, want %d", n, what, want)
		}
	}
	if strings.Contains(log, "improper command pipelining") || p.relay.policy.putOff() < grey {
		t.Errorf("%d readers were put off, and the relay logged:\n%s", p.relay.policy.putOff(), log)
	}
}
