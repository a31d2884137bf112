package smtp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

const (
	reader     = "hanako.reader@example.org"
	returnPath = "b+abc123@bounce.example.jp"
)

func message(to string) deliver.Message {
	return deliver.Message{
		Envelope: deliver.Envelope{From: returnPath, To: to},
		Data:     []byte("Subject: test\r\n\r\nhello\r\n"),
	}
}

func dial(t *testing.T, r Relay) deliver.Conn {
	t.Helper()
	tr, err := New(r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

type answers = map[string][]string

// The table of what relays do; what go-mail makes of the same is the reason for
// this package.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	const short = 50 * time.Millisecond // of a stage at which no reply comes; the others have the time that they take
	type want = deliver.Result
	const (
		accepted, deferred, refused, uncertain = deliver.Accepted, deliver.Deferred, deliver.Refused, deliver.Uncertain
		mail, rcpt, data, dot                  = deliver.StageMail, deliver.StageRcpt, deliver.StageData, deliver.StageDot
	)
	for _, c := range []struct {
		name    string
		answers answers
		limits  Timeouts
		want    want // Text and Words are not compared
	}{
		{"250", nil, Timeouts{}, want{Outcome: accepted, Stage: dot, Code: 250}},
		{"450 at RCPT", answers{"RCPT": {"450 4.2.1 mailbox of Hanako.Reader busy"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Code: 450, Enhanced: "4.2.1"}},
		{"550 5.1.1 at RCPT", answers{"RCPT": {"550 5.1.1 <" + reader + ">: unknown"}}, Timeouts{},
			want{Outcome: refused, Blame: deliver.BlameAddress, Stage: rcpt, Code: 550, Enhanced: "5.1.1"}},
		{"550 5.7.1 at RCPT", answers{"RCPT": {"550 5.7.1 your IP is listed"}}, Timeouts{},
			want{Outcome: deferred, Blame: deliver.BlameSender, Stage: rcpt, Code: 550, Enhanced: "5.7.1"}},
		{"reply of several lines", answers{"RCPT": {"550-5.1.1 no such user\r\n550-5.1.1 here\r\n550 5.1.1 at all"}}, Timeouts{},
			want{Outcome: refused, Blame: deliver.BlameAddress, Stage: rcpt, Code: 550, Enhanced: "5.1.1"}},
		{"enhanced code of another class", answers{"RCPT": {"450 5.1.1 what now"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Code: 450}},
		{"251 at RCPT", answers{"RCPT": {"251 will forward"}}, Timeouts{}, want{Outcome: accepted, Stage: dot, Code: 250}},
		{"drop at MAIL", answers{"MAIL": {drop}}, Timeouts{}, want{Outcome: deferred, Stage: mail, Broken: true}},
		{"450 at MAIL", answers{"MAIL": {"450 4.3.2 not now"}}, Timeouts{}, want{Outcome: deferred, Blame: deliver.BlameLimit, Stage: mail, Code: 450, Enhanced: "4.3.2"}},
		{"421 at MAIL", answers{"MAIL": {"421 4.3.2 closing"}}, Timeouts{},
			want{Outcome: deferred, Blame: deliver.BlameLimit, Stage: mail, Code: 421, Enhanced: "4.3.2", Broken: true}},
		{"552 at MAIL, about the size", answers{"MAIL": {"552 5.3.4 too big"}}, Timeouts{},
			want{Outcome: refused, Blame: deliver.BlameMessage, Stage: mail, Code: 552, Enhanced: "5.3.4"}},
		{"421 at RCPT", answers{"RCPT": {"421 4.3.2 closing"}}, Timeouts{}, want{Outcome: deferred, Blame: deliver.BlameLimit, Stage: rcpt, Code: 421, Enhanced: "4.3.2", Broken: true}},
		{"drop at RCPT", answers{"RCPT": {drop}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"554 at DATA", answers{"DATA": {"554 no"}}, Timeouts{}, want{Outcome: refused, Blame: deliver.BlameMessage, Stage: data, Code: 554}},
		{"250 at DATA", answers{"DATA": {"250 ok"}}, Timeouts{}, want{Outcome: deferred, Stage: data, Broken: true}},
		{"drop after the dot", answers{"DOT": {drop}}, Timeouts{}, want{Outcome: uncertain, Stage: dot, Broken: true}},
		{"silence after the dot", answers{"DOT": {hang}}, Timeouts{Dot: short}, want{Outcome: uncertain, Stage: dot, Broken: true}},
		{"garbage after the dot", answers{"DOT": {"??"}}, Timeouts{}, want{Outcome: uncertain, Stage: dot, Broken: true}},
		{"354 after the dot", answers{"DOT": {"354 go ahead"}}, Timeouts{}, want{Outcome: uncertain, Stage: dot, Broken: true}},
		{"421 after the dot", answers{"DOT": {"421 4.3.2 closing"}}, Timeouts{}, want{Outcome: deferred, Blame: deliver.BlameLimit, Stage: dot, Code: 421, Enhanced: "4.3.2", Broken: true}},
		{"552 5.2.2 after the dot", answers{"DOT": {"552 5.2.2 full"}}, Timeouts{},
			want{Outcome: deferred, Blame: deliver.BlameAddress, Stage: dot, Code: 552, Enhanced: "5.2.2"}},
		{"554 5.6.0 after the dot", answers{"DOT": {"554 5.6.0 bad message"}}, Timeouts{},
			want{Outcome: refused, Blame: deliver.BlameMessage, Stage: dot, Code: 554, Enhanced: "5.6.0"}},
		{"silence at MAIL", answers{"MAIL": {hang}}, Timeouts{Mail: short}, want{Outcome: deferred, Stage: mail, Broken: true}},
		{"silence at RCPT", answers{"RCPT": {hang}}, Timeouts{Rcpt: short}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"silence at DATA", answers{"DATA": {hang}}, Timeouts{Data: short}, want{Outcome: deferred, Stage: data, Broken: true}},
		{"garbage at MAIL", answers{"MAIL": {"\x00\xff{}"}}, Timeouts{}, want{Outcome: deferred, Stage: mail, Broken: true}},
		{"not a code at RCPT", answers{"RCPT": {"099 ok"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"354 at RCPT", answers{"RCPT": {"354 go ahead"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"endless line at RCPT", answers{"RCPT": {"250 " + strings.Repeat("x", 2*maxReply)}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"endless lines at RCPT", answers{"RCPT": {strings.Repeat("250-x\r\n", maxReply/4) + "250 x"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"two replies to MAIL", answers{"MAIL": {"250 ok\r\n250 ok"}}, Timeouts{}, want{Outcome: deferred, Stage: rcpt, Broken: true}},
		{"two replies to DATA", answers{"DATA": {"354 go\r\n250 queued"}}, Timeouts{}, want{Outcome: deferred, Stage: data, Broken: true}},
		{"RSET refused after a refused RCPT", answers{"RCPT": {"550 5.1.1 no"}, "RSET": {"500 what"}}, Timeouts{},
			want{Outcome: refused, Blame: deliver.BlameAddress, Stage: rcpt, Code: 550, Enhanced: "5.1.1", Broken: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: c.answers, ext: "ENHANCEDSTATUSCODES SIZE"}
			relay := s.start(t)
			relay.Timeouts = c.limits
			conn := dial(t, relay)
			got := conn.Send(t.Context(), message(reader))
			wantNoAddress(t, []deliver.Result{got})
			got.Text, got.Words = "", deliver.Words{}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if got.Broken {
				s.ended(t) // at once, and not by QUIT
				if lines, _, _ := s.received(); lines[len(lines)-1] == "QUIT" {
					t.Error("QUIT on a broken connection")
				}
			}
			next := conn.Send(t.Context(), message(reader))
			if usable := next.Outcome == deliver.Accepted; usable == got.Broken {
				t.Errorf("broken %v, but the next message: %+v", got.Broken, next)
			}
		})
	}
}

func TestAcceptedThenDropped(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"MAIL": {"250 ok", drop}}}
	conn := dial(t, s.start(t))
	if r := conn.Send(t.Context(), message(reader)); r.Outcome != deliver.Accepted {
		t.Errorf("first: %+v", r)
	}
	if r := conn.Send(t.Context(), message(reader)); r.Outcome != deliver.Deferred || !r.Broken || r.Blame != deliver.BlameNobody {
		t.Errorf("second: %+v", r)
	}
}

// TestEnhancedCodesWhereverTheyAre: a relay that does not say that it sends them,
// or says so in small letters, means the same by them.
func TestEnhancedCodesWhereverTheyAre(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"", "EnhancedStatusCodes", "PIPELINING", "pipelining enhancedstatuscodes"} {
		s := &script{ext: ext, answers: answers{"RCPT": {"550 5.7.1 Unable to relay", "450 5.7.1 of another class"}}}
		conn := dial(t, s.start(t))
		if r := conn.Send(t.Context(), message(reader)); r.Enhanced != "5.7.1" || r.Blame != deliver.BlameSender || r.Outcome != deliver.Deferred {
			t.Errorf("%q: %+v", ext, r)
		}
		if r := conn.Send(t.Context(), message(reader)); r.Enhanced != "" || r.Blame != deliver.BlameNobody {
			t.Errorf("%q: %+v", ext, r)
		}
	}
	for text, want := range map[string]string{
		"5.7.1 no": "5.7.1", "5.7.1": "5.7.1", "#5.1.0 no": "5.1.0", "[5.7.1] no": "5.7.1", "5.7.1: no": "5.7.1", "5.7.1<b@c.example>": "5.7.1",
		"no\n5.7.1 at all": "5.7.1", "relay 5.7.1": "", "5.7 no": "", "5.7.1.2 no": "", "5.1.1234 no": "", "4.7.1 no": "", "": "", "192.0.2.1": "",
		"4.2.1\n5.1.1 no": "5.1.1",
	} {
		if got := enhancedCode(550, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestRefusedRecipientLeavesTheConnectionOfUse(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"RCPT": {"550 no"}, "MAIL": {"250 ok", "450 not now"}, "DATA": {"451 later"}}}
	conn := dial(t, s.start(t))
	for _, want := range []deliver.Stage{deliver.StageRcpt, deliver.StageMail, deliver.StageData, deliver.StageDot} {
		if r := conn.Send(t.Context(), message(reader)); r.Stage != want || r.Broken {
			t.Errorf("%s: %+v", want, r)
		}
	}
	conn.Close()
	lines, _, _ := s.received()
	var verbs []string
	for _, l := range lines {
		verbs = append(verbs, strings.Fields(l)[0])
	}
	if got := strings.Join(verbs, " "); got != "EHLO MAIL RCPT RSET MAIL RSET MAIL RCPT DATA RSET MAIL RCPT DATA QUIT" {
		t.Error(got)
	}
}

func TestTheWire(t *testing.T) {
	t.Parallel()
	s := &script{ext: "ENHANCEDSTATUSCODES SIZE=1000000 8BITMIME SMTPUTF8 PIPELINING"}
	conn := dial(t, s.start(t))
	m := message(`"foo..bar"@docomo.ne.jp`) // as Japanese carriers once gave out
	m.Data = []byte("Subject: dots\r\n\r\n.\r\n..\r\n.a\r\nb.\r\nlast line without an end")
	if r := conn.Send(t.Context(), m); r.Outcome != deliver.Accepted {
		t.Fatalf("%+v", r)
	}
	conn.Close()
	lines, mails, _ := s.received()
	want := []string{
		"EHLO kairan.example.jp",
		"MAIL FROM:<" + returnPath + fmt.Sprintf("> SIZE=%d", len(m.Data)),
		`RCPT TO:<"foo..bar"@docomo.ne.jp>`,
		"DATA",
		"QUIT",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", lines)
	}
	if len(mails) != 1 || mails[0] != "Subject: dots\r\n\r\n..\r\n...\r\n..a\r\nb.\r\nlast line without an end\r\n" {
		t.Errorf("got %q", mails)
	}
}

func TestBlocksKeepEveryByte(t *testing.T) {
	t.Parallel()
	s := &script{}
	conn := dial(t, s.start(t)).(*conn)
	last := 0
	conn.wire.Conn = &tapped{Conn: conn.wire.Conn, before: func(p []byte) { last = len(p) }}
	for _, size := range []int{0, 1, block - 8, block - 5, block - 4, block - 3, block, block + 1, block + 2, block + 5, block + 6, 3*block - 2, 3*block + 3} {
		m := message(reader)
		m.Data = []byte(strings.Repeat("x", size) + "\r\n")
		if r := conn.Send(t.Context(), m); r.Outcome != deliver.Accepted {
			t.Fatalf("%d bytes: %+v", size, r)
		}
		_, mails, _ := s.received()
		if mails[len(mails)-1] != string(m.Data) {
			t.Errorf("%d bytes arrived changed", size)
		}
		if last < len(finalDot) {
			t.Errorf("%d bytes: the final dot is spread over two writes", size)
		}
	}
}

func TestNotSent(t *testing.T) {
	t.Parallel()
	s := &script{ext: "SIZE=100"}
	conn := dial(t, s.start(t))
	for _, c := range []struct {
		name, from, to, data string
		blame                deliver.Blame
	}{
		{"too large", returnPath, reader, strings.Repeat("x", 99) + "\r\n", deliver.BlameMessage},
		{"bare LF", returnPath, reader, "a\nb\r\n", deliver.BlameMessage},
		{"smuggled dot", returnPath, reader, "a\n.\nMAIL FROM:<x@example.org>\r\n", deliver.BlameMessage},
		{"bare CR", returnPath, reader, "a\rb\r\n", deliver.BlameMessage},
		{"CR CRLF", returnPath, reader, "a\r\r\n", deliver.BlameMessage},
		{"NUL", returnPath, reader, "a\x00b\r\n", deliver.BlameMessage},
		{"two recipients in one", returnPath, "a@example.org>\r\nRCPT TO:<b@example.org", "a\r\n", deliver.BlameAddress},
		{"a parameter", returnPath, "a@example.org> NOTIFY=NEVER", "a\r\n", deliver.BlameAddress},
		{"no recipient", returnPath, "", "a\r\n", deliver.BlameAddress},
		{"beyond ASCII", returnPath, "花子@example.org", "a\r\n", deliver.BlameAddress},
		{"bad return path", "a>\r\nRSET", reader, "a\r\n", deliver.BlameMessage},
	} {
		m := deliver.Message{Envelope: deliver.Envelope{From: c.from, To: c.to}, Data: []byte(c.data)}
		r := conn.Send(t.Context(), m)
		if r.Outcome != deliver.Refused || r.Blame != c.blame || r.Broken || strings.Contains(r.Text, "example.org") {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	if lines, mails, _ := s.received(); len(lines) != 1 || len(mails) != 0 {
		t.Errorf("the relay heard of it: %q", lines)
	}
	if r := conn.Send(t.Context(), deliver.Message{Envelope: deliver.Envelope{To: reader}, Data: []byte("a\r\n")}); r.Outcome != deliver.Accepted {
		t.Errorf("the null return path: %+v", r)
	}
}

// A message that is given up in the middle must not be ended for the relay.
func TestGivenUpInMidData(t *testing.T) {
	t.Parallel()
	s := &script{}
	relay := s.start(t)
	c := dial(t, relay).(*conn)
	ctx, cancel := context.WithCancel(t.Context())
	m := message(reader)
	m.Data = []byte(strings.Repeat(strings.Repeat("x", 76)+"\r\n", 5000))
	blocks := 0
	c.wire.Conn = &tapped{Conn: c.wire.Conn, before: func([]byte) {
		if blocks++; blocks == 6 { // MAIL, RCPT, DATA and two blocks have gone
			cancel()
			<-ctx.Done()
		}
	}}
	r := c.Send(ctx, m)
	if r.Outcome != deliver.Deferred || r.Stage != deliver.StageData || !r.Broken || r.Blame != deliver.BlameNobody {
		t.Errorf("%+v", r)
	}
	c.Close()
	eventually(t, "the end of the connection", func() bool { _, _, broken := s.received(); return len(broken) == 1 })
	lines, mails, broken := s.received()
	if len(mails) != 0 || len(broken[0]) >= len(m.Data) || lines[len(lines)-1] != "DATA" {
		t.Errorf("%d messages ended, %d bytes of %d, last command %q", len(mails), len(broken[0]), len(m.Data), lines[len(lines)-1])
	}
}

func TestCancelledBeforeTheDot(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"MAIL", "RCPT", "DATA"} {
		s := &script{answers: answers{verb: {hang}}}
		c := dial(t, s.start(t))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			eventually(t, verb, func() bool { lines, _, _ := s.received(); return strings.HasPrefix(lines[len(lines)-1], verb) })
			cancel()
		}()
		r := c.Send(ctx, message(reader))
		if r.Outcome != deliver.Deferred || !r.Broken || !strings.Contains(r.Text, "given up") {
			t.Errorf("%s: %+v", verb, r)
		}
	}
	s := &script{}
	c := dial(t, s.start(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := c.Send(ctx, message(reader)); r.Outcome != deliver.Deferred || r.Broken {
		t.Errorf("before it began: %+v", r)
	}
	if r := c.Send(t.Context(), message(reader)); r.Outcome != deliver.Accepted {
		t.Errorf("and after: %+v", r)
	}
}

// Once the dot is on its way ctx must not make the copy uncertain; Close does.
func TestWaitingForTheDotsReply(t *testing.T) {
	t.Parallel()
	s := &script{gate: make(chan struct{})}
	c := dial(t, s.start(t))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan deliver.Result, 1)
	go func() { result <- c.Send(ctx, message(reader)) }()
	eventually(t, "the first message", func() bool { _, mails, _ := s.received(); return len(mails) == 1 })
	cancel()
	time.Sleep(20 * time.Millisecond) // for whatever would wrongly act on it
	s.gate <- struct{}{}
	if r := <-result; r.Outcome != deliver.Accepted || r.Broken {
		t.Errorf("cancelled while waiting: %+v", r)
	}
	go func() { result <- c.Send(context.Background(), message(reader)) }()
	eventually(t, "the second message", func() bool { _, mails, _ := s.received(); return len(mails) == 2 })
	c.Close()
	if r := <-result; r.Outcome != deliver.Uncertain || !r.Broken {
		t.Errorf("closed while waiting: %+v", r)
	}
}

func TestFiftyMessagesOverOneConnection(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLSMode{StartTLS, Implicit} {
		s := &real{password: "first"}
		relay := s.start(t, mode)
		relay.Username, relay.Password = "kairan", func() (string, error) { return "first", nil }
		c := dial(t, relay)
		for i := range 50 {
			if r := c.Send(t.Context(), message(fmt.Sprintf(`"r..%d"@example.org`, i))); r.Outcome != deliver.Accepted {
				t.Fatalf("%d: %+v", i, r)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		if s.logins != 1 || len(s.rcpt) != 50 || s.rcpt[49] != "r..49@example.org" || s.data[49] != string(message("").Data) {
			t.Errorf("mode %d: %d logins, %d messages", mode, s.logins, len(s.rcpt))
		}
		s.mu.Unlock()
	}
}

func TestPasswordIsReadAtEachLogin(t *testing.T) {
	t.Parallel()
	s := &real{password: "old"}
	relay := s.start(t, StartTLS)
	file := "old"
	relay.Username = "kairan"
	relay.Password = func() (string, error) {
		if file == "" {
			return "", errors.New("open relay.password: no such file")
		}
		return file, nil
	}
	tr, err := New(relay)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err != nil {
		t.Error(err)
	}
	s.mu.Lock()
	s.password = "new"
	s.mu.Unlock()
	wantRefusal(t, tr, deliver.StageAuth, 535, "Authentication failed")
	file = ""
	wantRefusal(t, tr, deliver.StageAuth, 0, "password could not be read: open relay.password")
	file = "new"
	if _, err := tr.Try(t.Context(), []deliver.Trial{{}}); err != nil {
		t.Error(err)
	}
}

func wantRefusal(t *testing.T, tr *Transport, stage deliver.Stage, code int, text string) {
	t.Helper()
	c, err := tr.Dial(t.Context())
	var refusal *deliver.Refusal
	if !errors.As(err, &refusal) || c != nil {
		t.Fatalf("no refusal: %v, %v", c, err)
	}
	r := refusal.Result
	if r.Outcome != deliver.Deferred || r.Blame != deliver.BlameUs || r.Stage != stage || r.Code != code || !strings.Contains(r.Words.Disclose()+r.Text, text) {
		t.Errorf("%+v", r)
	}
	if strings.Contains(err.Error(), "@") {
		t.Errorf("an address in %q", err)
	}
}
