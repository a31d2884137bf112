package relaylog

import (
	"bytes"
	"cmp"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

var jst = time.FixedZone("JST", 9*3600)

// now is when the logs of these tests are read.
var now = time.Date(2026, 11, 27, 15, 0, 0, 0, jst)

// id is the Message-ID of the n-th copy.
func id(n byte) (id deliver.MessageID) {
	for i := range id {
		id[i] = n
	}
	return id
}

func left(n byte) string {
	x := id(n)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(x[:]))
}

// fill writes the Message-IDs of copies into a log: <1> is that of the first.
func fill(log string) string {
	for n := byte(1); n < 10; n++ {
		log = strings.ReplaceAll(log, fmt.Sprintf("<%d>", n), "<"+left(n)+"@news.example.jp>")
	}
	return log
}

// heard reads a log, and says what it said of each copy.
func heard(t *testing.T, log string) (map[deliver.MessageID]deliver.RelayWord, Log) {
	t.Helper()
	said := map[deliver.MessageID]deliver.RelayWord{}
	out, err := Read(t.Context(), strings.NewReader(log), Options{Now: now, Zone: jst}, func(h deliver.Heard) error {
		said[h.ID] = max(said[h.ID], h.Word)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return said, out
}

const day = `Nov 27 09:00:00 mx1 postfix/smtpd[11]: connect from app[192.0.2.1]
Nov 27 09:00:00 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1], sasl_method=PLAIN, sasl_username=kairan
Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>
Nov 27 09:00:01 mx1 postfix/qmgr[13]: 4AAAA1: from=<news@example.jp>, size=2000, nrcpt=1 (queue active)
Nov 27 09:00:02 mx1 postfix/smtp[14]: 4AAAA1: to=<a@example.jp>, relay=mx.example.jp[192.0.2.9]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 12345)
Nov 27 09:00:02 mx1 postfix/qmgr[13]: 4AAAA1: removed
`

func TestWhatALogSays(t *testing.T) {
	t.Parallel()
	took := "Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\nNov 27 09:00:01 mx1 postfix/qmgr[13]: 4AAAA1: from=<news@example.jp>, size=2000, nrcpt=1 (queue active)\n"
	for name, c := range map[string]struct {
		log  string
		want deliver.RelayWord
	}{
		"delivered":         {day, deliver.RelayDelivered},
		"taken":             {took, deliver.RelayQueued},
		"its header only":   {"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n", deliver.RelayMet},
		"deferred":          {took + "Nov 27 09:00:02 mx1 postfix/smtp[14]: 4AAAA1: to=<a@example.jp>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx[192.0.2.9]:25: Connection refused)\n", deliver.RelayQueued},
		"bounced":           {took + "Nov 27 09:00:02 mx1 postfix/lmtp[14]: 4AAAA1: to=<a@example.jp>, relay=x, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host x said: 550 no such user)\nNov 27 09:00:02 mx1 postfix/bounce[15]: 4AAAA1: sender non-delivery notification: 4BBBB2\n", deliver.RelayBounced},
		"no such transport": {took + "Nov 27 09:00:02 mx1 postfix/error[14]: 4AAAA1: to=<a@example.jp>, relay=none, delay=1, delays=1/0/0/0, dsn=5.4.4, status=bounced (Host not found)\n", deliver.RelayBounced},
		"expired":           {took + "Nov 27 09:00:02 mx1 postfix/qmgr[13]: 4AAAA1: from=<news@example.jp>, status=expired, returned to sender\n", deliver.RelayBounced},
		"delivered at last": {took + "Nov 27 09:00:02 mx1 postfix/smtp[14]: 4AAAA1: to=<a@example.jp>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (no)\nNov 27 10:00:02 mx1 postfix/virtual[14]: 4AAAA1: to=<a@example.jp>, relay=virtual, delay=3601, delays=1/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)\n", deliver.RelayDelivered},
		"another instance":  {strings.ReplaceAll(day, "postfix/", "postfix-out/"), deliver.RelayDelivered},
		"submission":        {strings.ReplaceAll(day, "postfix/smtpd", "postfix/submission/smtpd"), deliver.RelayDelivered},
		"long queue ids":    {strings.ReplaceAll(day, "4AAAA1", "4WzYbd2wN6z3kXq"), deliver.RelayDelivered},
		"RFC 3339":          {strings.ReplaceAll(day, "Nov 27 ", "2026-11-27T"), 0},
		"RFC 3339 with a zone": {
			strings.ReplaceAll(strings.ReplaceAll(day, "Nov 27 ", "2026-11-27T"), " mx1", ".123456+09:00 mx1"), deliver.RelayDelivered,
		},
		"short-iso":     {strings.ReplaceAll(strings.ReplaceAll(day, "Nov 27 ", "2026-11-27T"), " mx1", "+0900 mx1"), deliver.RelayDelivered},
		"short-precise": {strings.ReplaceAll(day, " mx1", ".123456 mx1"), deliver.RelayDelivered},
		"short-unix":    {strings.ReplaceAll(day, "Nov 27 09:00:0", "179567640"), deliver.RelayDelivered},
		"held": {"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: hold: header Subject: x from app[192.0.2.1]; from=<a> to=<b>\n", deliver.RelayQueued},
		"a filter refuses it": {"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: milter-reject: END-OF-MESSAGE from app[192.0.2.1]: 5.7.1 Spam; from=<a> to=<b>\n", 0},
		"cut in the data": {"Nov 27 09:00:00 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1]\nNov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/smtpd[11]: lost connection after DATA (1234 bytes) from app[192.0.2.1]\n", 0},
		"too slow in the data": {"Nov 27 09:00:00 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1]\nNov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:05:00 mx1 postfix/smtpd[11]: timeout after DATA (1234 bytes) from app[192.0.2.1]\n", 0},
		"cut behind the data": {"Nov 27 09:00:00 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1]\n" + took +
			"Nov 27 09:00:01 mx1 postfix/smtpd[11]: lost connection after END-OF-MESSAGE from app[192.0.2.1]\n", deliver.RelayQueued},
		"another process is cut": {"Nov 27 09:00:00 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1]\nNov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/smtpd[77]: lost connection after DATA (1234 bytes) from app[192.0.2.1]\n", deliver.RelayMet},
		"cut before its header came": {"Nov 27 09:00:10 mx1 postfix/smtpd[11]: 4AAAA1: client=app[192.0.2.1]\nNov 27 09:00:10 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/smtpd[11]: lost connection after DATA (1234 bytes) from app[192.0.2.1]\n", deliver.RelayMet},
		"a queue id used again": {took + "Nov 27 09:30:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<x@example.org>\n" +
			"Nov 27 09:30:02 mx1 postfix/smtp[14]: 4AAAA1: to=<a@example.jp>, relay=x, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (no)\n", deliver.RelayQueued},
		"what stands in an address": {took + "Nov 27 09:00:02 mx1 postfix/smtp[14]: 4AAAA1: to=<\"a>, status=bounced (\"@example.jp>, relay=x, delay=1, delays=1/0/0/0, dsn=2.0.0, status=deferred (status=bounced)\n", deliver.RelayQueued},
		"orig_to":                   {took + "Nov 27 09:00:02 mx1 postfix/local[14]: 4AAAA1: to=<b@example.jp>, orig_to=<\"x, status=bounced\"@example.jp>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)\n", deliver.RelayDelivered},
		"lines in another order": {"Nov 27 09:00:01 mx1 postfix/qmgr[13]: 4AAAA1: from=<news@example.jp>, size=2000, nrcpt=1 (queue active)\n" +
			"Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n", deliver.RelayQueued},
		"another's words":  {"Nov 27 09:00:00 mx1 app[12]: 4AAAA1: message-id=<1>\n", 0},
		"upper case is no": {strings.ReplaceAll(strings.ToUpper(strings.ReplaceAll(day, "<1>", "<"+left(1)+"@x>")), "POSTFIX/CLEANUP", "postfix/cleanup"), 0},
	} {
		said, _ := heard(t, fill(c.log))
		if said[id(1)] != c.want || len(said) > 1 {
			t.Errorf("%s: it says %v, want %v", name, said, c.want)
		}
	}
}

// TestWhatABounceSays: its status, and the text of our return path; of any other mail, or of
// one that was delivered after all, nothing.
func TestWhatABounceSays(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("abcdefgh23", 5)
	log := func(id, from, status string) string {
		return "Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=" + id + "\nNov 27 09:00:00 mx1 postfix/qmgr[13]: 4AAAA1: from=<" + from + ">, size=1, nrcpt=1 (queue active)\n" +
			"Nov 27 09:00:00 mx1 postfix/smtp[13]: 4AAAA1: to=<\"dsn=5.7.1\"@x>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (dsn=5.7.1)\n" +
			"Nov 27 09:00:01 mx1 postfix/qmgr[13]: 4AAAA1: from=<" + from + ">, status=" + status + ", returned to sender\n"
	}
	for name, c := range map[string]struct{ id, from, status, wantStatus, wantReturn string }{
		"ours":         {"<1>", "bounce+" + token + "@example.jp", "expired", "4.4.1", token},
		"in capitals":  {"<1>", "bounce-" + strings.ToUpper(token) + "@example.jp", "force-expired", "4.4.1", strings.ToUpper(token)},
		"plain":        {"<1>", "bounce@example.jp", "expired", "4.4.1", ""},
		"an address":   {"<1>", "some.body+news@example.jp", "expired", "4.4.1", ""},
		"too long":     {"<1>", "bounce+" + token + token + "@example.jp", "expired", "4.4.1", ""},
		"not bounced":  {"<1>", "bounce+" + token + "@example.jp", "sent", "", ""},
		"nobody's own": {"<x@example.jp>", "bounce+" + token + "@example.jp", "expired", "", ""},
	} {
		var got deliver.Heard
		_, err := Read(t.Context(), strings.NewReader(fill(log(c.id, c.from, c.status))), Options{Now: now, Zone: jst}, func(h deliver.Heard) error { got = h; return nil })
		if err != nil || got.Status != c.wantStatus || got.Return != c.wantReturn {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestABounceOfWhoIsWell: where an address hands its mail on, and that one is gone, the first
// may be well; and so is who takes no mail of this sender, which docomo calls unknown.
func TestABounceOfWhoIsWell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ orig, said, want string }{
		{"", "550 5.1.1 no such user (in reply to RCPT TO command)", "5.1.1"},
		{"orig_to=<hanako@example.jp>, ", "550 5.1.1 no such user (in reply to RCPT TO command)", "5.2.4"},
		{"", "550 5.1.1 Unknown user (in reply to end of DATA command)", "5.7.1"},
		{"", "550 5.1.1 Unknown user (in reply to DATA command)", "5.7.1"},
	} {
		var got deliver.Heard
		log := "Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\n" +
			"Nov 27 09:00:00 mx1 postfix/smtp[13]: 4AAAA1: to=<hana@example.org>, " + c.orig + "relay=x, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host x said: " + c.said + ")\n"
		_, err := Read(t.Context(), strings.NewReader(fill(log)), Options{Now: now, Zone: jst}, func(h deliver.Heard) error { got = h; return nil })
		if err != nil || got.Word != deliver.RelayBounced || got.Status != c.want {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

// TestAFilterHandsBack: what a filter took is not delivered, and what it hands back under
// another queue id is the same copy.
func TestAFilterHandsBack(t *testing.T) {
	t.Parallel()
	in := "Nov 27 09:00:00 mx1 postfix/cleanup[12]: 4AAAA1: message-id=<1>\nNov 27 09:00:00 mx1 postfix/qmgr[13]: 4AAAA1: from=<x>, size=1, nrcpt=1 (queue active)\n"
	back := "Nov 27 09:00:01 mx1 postfix/cleanup[12]: 4BBBB2: message-id=<1>\nNov 27 09:00:01 mx1 postfix/qmgr[13]: 4BBBB2: from=<x>, size=1, nrcpt=1 (queue active)\n"
	passed := "Nov 27 09:00:01 mx1 postfix/smtp[14]: 4AAAA1: to=<a@example.jp>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4BBBB2)\nNov 27 09:00:01 mx1 postfix/qmgr[13]: 4AAAA1: removed\n"
	bounced := "Nov 27 09:00:02 mx1 postfix/smtp[14]: 4BBBB2: to=<a@example.jp>, relay=x, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (no)\nNov 27 09:00:02 mx1 postfix/qmgr[13]: 4BBBB2: removed\n"
	for want, log := range map[deliver.RelayWord]string{
		deliver.RelayQueued:    in + back + passed,
		deliver.RelayBounced:   in + back + passed + bounced,
		deliver.RelayDelivered: in + passed, // to somebody else's queue
	} {
		if said, _ := heard(t, fill(log)); said[id(1)] != want {
			t.Errorf("it says %v, want %v", said, want)
		}
	}
	if said, _ := heard(t, fill(in+back+bounced+passed)); said[id(1)] != deliver.RelayBounced {
		t.Errorf("the filter's reply comes last: %v", said)
	}
}

// TestHowMuchALogHolds: what the absence of a copy is judged by.
func TestHowMuchALogHolds(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-11-"+clock, jst)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	start := "Nov 27 10:00:00 mx1 postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix\n"
	stop := "Nov 27 09:59:00 mx1 postfix/master[1]: terminating on signal 15\n"
	late := "Nov 27 12:00:00 mx1 postfix/anvil[9]: statistics: max connection rate 1/60s\n"
	nameless := func(delay string) string {
		return "Nov 27 09:00:02 mx1 postfix/smtp[14]: 4CCCC3: to=<a@example.jp>, relay=x, delay=" + delay + ", delays=1/0/0/0, dsn=2.0.0, status=sent (ok)\n"
	}
	from, to := at("27 09:00:00"), at("27 12:00:00")
	for name, c := range map[string]struct {
		log  string
		want deliver.Doubt
	}{
		"all of it":                    {day + late, deliver.NoDoubt},
		"in pieces the wrong way":      {late + day, deliver.NoDoubt},
		"twice":                        {day + late + day + late, deliver.NoDoubt},
		"it begins late":               {late, deliver.DoubtEarly},
		"it ends early":                {day, deliver.DoubtLate},
		"nobody spoke for half a day":  {strings.ReplaceAll(day, "Nov 27 09", "Nov 26 22") + late, deliver.DoubtLate},
		"stopped, and started":         {day + stop + start + late, deliver.NoDoubt},
		"started without having been":  {day + start + late, deliver.DoubtLost},
		"that, in pieces":              {start + late + day, deliver.DoubtLost},
		"that, after another's stop":   {stop + late + start + late + day, deliver.DoubtLost},
		"the logger dropped lines":     {day + "Nov 27 10:00:00 mx1 rsyslogd: imuxsock lost 35 messages from pid 12 due to rate-limiting\n" + late, deliver.DoubtLost},
		"journald did":                 {day + "Nov 27 10:00:00 mx1 systemd-journald[1]: Suppressed 1524 messages from postfix@-.service\n" + late, deliver.DoubtLost},
		"another host's logger did":    {day + "Nov 27 10:00:00 mx2 rsyslogd: imuxsock lost 35 messages from pid 12 due to rate-limiting\n" + late, deliver.NoDoubt},
		"mail whose name is not there": {day + nameless("1.5") + late, deliver.DoubtNameless},
		"the same, from before":        {day + nameless("3600") + late, deliver.NoDoubt},
		"in the queue, when is unsaid": {day + "Nov 27 09:00:05 mx1 postfix/qmgr[13]: 4CCCC3: from=<x>, size=1, nrcpt=1 (queue active)\n" + late, deliver.DoubtNameless},
		"mail without a Message-ID":    {day + "Nov 27 09:00:05 mx1 postfix/cleanup[12]: 4CCCC3: message-id=<>\n" + nameless("0.1") + late, deliver.NoDoubt},
	} {
		_, log := heard(t, fill(c.log))
		if len(log.Sources) != 1 {
			t.Errorf("%s: %d sources", name, len(log.Sources))
		} else if got := log.Sources[0].Covers(from, to); got != c.want {
			t.Errorf("%s: %q, want %q: %+v", name, got, c.want, log.Sources[0])
		}
	}
}

func TestYearOfAStamp(t *testing.T) {
	t.Parallel()
	for stamp, want := range map[string]int{"Nov 27 14:00:00": 2026, "Nov 28 14:00:00": 2026, "Nov 30 14:00:00": 2025, "Jan  1 00:00:00": 2026, "Feb 29 12:00:00": 2024, "Dec 31 23:59:59": 2025} {
		r := reader{now: now, zone: jst}
		at, ok := r.parseStamp(stamp)
		if !ok || at.Year() != want {
			t.Errorf("%s is of %v", stamp, at)
		}
	}
}

// export is a log as journalctl -o export gives it out.
func export(t *testing.T, log string) string {
	t.Helper()
	var b bytes.Buffer
	r := reader{now: now, zone: jst}
	for n, text := range strings.Split(strings.TrimSpace(log), "\n") {
		l, ok := r.parseLine([]byte(text))
		if !ok {
			t.Fatalf("no line: %q", text)
		}
		fmt.Fprintf(&b, "__CURSOR=s=abc;i=%x\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=%s\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%s\n", n, l.at.UnixMicro(), l.host, l.tag, l.pid)
		if n%2 == 0 {
			fmt.Fprintf(&b, "MESSAGE=%s\n\n", l.text)
			continue
		}
		b.WriteString("_BLOB\n")
		_ = binary.Write(&b, binary.LittleEndian, uint64(3))
		b.WriteString("\n\nx\nMESSAGE\n")
		_ = binary.Write(&b, binary.LittleEndian, uint64(len(l.text)))
		b.Write(l.text)
		b.WriteString("\n\n")
	}
	return b.String()
}

func TestJournald(t *testing.T) {
	t.Parallel()
	whole := export(t, fill(day))
	said, log := heard(t, whole)
	if said[id(1)] != deliver.RelayDelivered || log.Told != 5 || len(log.Sources) != 1 || log.Sources[0].Covers(now.Add(-6*time.Hour), now.Add(-6*time.Hour+time.Second)) != deliver.NoDoubt {
		t.Errorf("%v, %+v", said, log)
	}
	for n := range len(whole) { // cut anywhere
		heard(t, whole[:n])
	}
	var lines strings.Builder
	r := reader{now: now, zone: jst}
	for text := range strings.Lines(fill(day)) {
		l, _ := r.parseLine([]byte(strings.TrimSpace(text)))
		fmt.Fprintf(&lines, `{"__REALTIME_TIMESTAMP":"%d","_HOSTNAME":"%s","SYSLOG_IDENTIFIER":"%s","SYSLOG_PID":"%s","MESSAGE":%q,"_UID":["1","2"]}`+"\n", l.at.UnixMicro(), l.host, l.tag, l.pid, l.text)
	}
	if said, _ := heard(t, lines.String()+`{"MESSAGE":[1,2,3]}`+"\n{\n"); said[id(1)] != deliver.RelayDelivered {
		t.Errorf("json: %v", said)
	}
}

// TestSources: each host, and each instance on it, is a relay of its own; what two of them
// call by one queue id are two messages.
func TestSources(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(strings.ReplaceAll(day, "mx1", "mx2"), "<1>", "<2>")
	third := strings.ReplaceAll(strings.ReplaceAll(day, "postfix/", "postfix-out/"), "<1>", "<3>")
	lines := slices.SortedStableFunc(slices.Values(strings.SplitAfter(fill(day+other+third), "\n")), func(a, b string) int { return cmp.Compare(a[:min(15, len(a))], b[:min(15, len(b))]) })
	said, log := heard(t, strings.Join(lines, ""))
	if len(said) != 3 || len(log.Sources) != 3 || log.Sources[0].Host == log.Sources[1].Host || log.Sources[0].Host != log.Sources[2].Host {
		t.Errorf("%v, %+v", said, log.Sources)
	}
	var many strings.Builder
	for n := range mostSources + 1 {
		many.WriteString(strings.ReplaceAll(day, "mx1", fmt.Sprint("mx", n)))
	}
	if _, err := Read(t.Context(), strings.NewReader(many.String()), Options{Now: now, Zone: jst}, func(deliver.Heard) error { return nil }); err == nil {
		t.Error("a log of any number of relays is read")
	}
}
