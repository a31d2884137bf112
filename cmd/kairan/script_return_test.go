package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// returns hands the last mail that the relay has taken for each matching reader back, as the
// relay's report that it could not be delivered, with that status.
func (s *story) returns(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 2, "returns RE STATUS")
	re, last := pattern(ts, args[0]), map[string]string{}
	for _, m := range s.sink.Mails() {
		if re.MatchString(m.To) {
			last[m.To] = m.From
		}
	}
	for to, from := range last {
		cmd := exec.Command(program, "bounce", "--to", from)
		cmd.Dir, cmd.Stdin = s.file("."), strings.NewReader(failureOf(from, to, args[1]))
		cmd.Env = append(os.Environ(), "KAIRAN_CONFIG="+s.file("kairan.toml"))
		said, err := cmd.CombinedOutput()
		s.secrets.record("output of kairan bounce", string(said))
		if err != nil || len(said) > 0 {
			ts.Fatalf("kairan bounce: %v, and it says %q", err, said)
		}
	}
	if len(last) == 0 {
		ts.Fatalf("the relay has nothing for %s", args[0])
	}
}

// failureOf is such a report (RFC 3464, RFC 6522).
func failureOf(from, to, status string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@mx1.example.org (Mail Delivery System)
To: %s
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host mx1.example.org.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.example.org

Final-Recipient: rfc822; %s
Action: failed
Status: %s

--b--
`, from, to, status), "\n", "\r\n")
}
