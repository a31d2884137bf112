package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// maillog writes the log that a Postfix would have written of the mails that the relay has,
// up to now.
func (s *story) maillog(ts *testscript.TestScript, neg bool, args []string) {
	const form = "maillog FILE [queued=RE] [bounced=RE]"
	usageOf(ts, neg || len(args) == 0, form)
	words := map[string]*regexp.Regexp{}
	for _, arg := range args[1:] {
		word, re, ok := strings.Cut(arg, "=")
		usageOf(ts, !ok, form)
		words[word] = pattern(ts, re)
	}
	var b strings.Builder
	line := func(at time.Time, program, format string, args ...any) {
		fmt.Fprintf(&b, "%s mx1 postfix/%s[12]: %s\n", at.Format("2006-01-02T15:04:05.000000Z07:00"), program, fmt.Sprintf(format, args...))
	}
	line(time.Now().Add(-time.Hour), "master", "daemon started -- version 3.7.11, configuration /etc/postfix")
	for _, m := range s.sink.Mails() {
		p, err := m.Parts()
		ts.Check(err)
		mid, err := p.Header.MessageID()
		ts.Check(err)
		id := fmt.Sprintf("4Wz%09d", m.N)
		line(m.At, "smtpd", "%s: client=localhost[127.0.0.1], sasl_method=PLAIN, sasl_username=kairan", id)
		line(m.At, "cleanup", "%s: message-id=<%s>", id, mid)
		line(m.At, "qmgr", "%s: from=<%s>, size=%d, nrcpt=1 (queue active)", id, m.From, len(m.Data))
		status, removed := "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 12345)", true
		if re := words["queued"]; re != nil && re.MatchString(m.To) {
			status, removed = "dsn=4.4.1, status=deferred (connect to mx.readers.example[192.0.2.25]:25: Connection refused)", false
		}
		if re := words["bounced"]; re != nil && re.MatchString(m.To) {
			status = "dsn=5.1.1, status=bounced (host mx.readers.example[192.0.2.25] said: 550 5.1.1 <" + m.To + ">: unknown)"
		}
		line(m.At, "smtp", "%s: to=<%s>, relay=mx.readers.example[192.0.2.25]:25, delay=0.1, delays=0/0/0/0.1, %s", id, m.To, status)
		if removed {
			line(m.At, "qmgr", "%s: removed", id)
		}
	}
	line(s.now(), "anvil", "statistics: max connection rate 1/60s for (smtp:127.0.0.1)")
	ts.Check(os.WriteFile(s.file(args[0]), []byte(b.String()), 0o600))
}
