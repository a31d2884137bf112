package smtp

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestRepliesTooFewAndTooMany: of a group nobody knows then whose they were. It
// holds no relay that refuses nothing, and refuses no reader.
func TestRepliesTooFewAndTooMany(t *testing.T) {
	t.Parallel()
	const gone, full = "550 5.1.1 no hanako.r01", "451 4.3.0 full"
	for _, c := range []streamCase{
		// left out
		{name: "none to the dot", answers: answers{"DOT": {none}}, want: "uncertain!, -, -"},
		{name: "none to the dot, RCPT refused", answers: answers{"DOT": {none}, "RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no"}},
			want: "uncertain!, -, -"},
		{name: "none to the dot, DATA refused", answers: answers{"DOT": {none}, "DATA": {"354 go", "451 no"}}, want: "uncertain!, -, -"},
		{name: "none to the first MAIL, RCPT refused", answers: answers{"MAIL": {none}, "RCPT": {gone}, "DATA": {"554 no"}},
			want: "deferred@DATA!, -, -", inStep: "deferred@MAIL!, -, -"},
		{name: "none to the first MAIL, DATA refused", answers: answers{"MAIL": {none}, "DATA": {"554 no"}},
			want: "deferred@DATA!, -, -", inStep: "deferred@MAIL!, -, -"},
		{name: "none to the first MAIL, RCPT refused, 354", answers: answers{"MAIL": {none}, "RCPT": {gone}},
			want: "deferred@RCPT!, -, -", inStep: "deferred@MAIL!, -, -"},
		// doubled
		{name: "4yz twice to the dot", answers: answers{"DOT": {full + "\r\n" + full}}, want: "uncertain!, -, -", inStep: "deferred@end of data, deferred@MAIL!, -"},
		{name: "5yz twice to the dot, RCPT refused", answers: answers{"DOT": {"554 5.6.0 no\r\n554 5.6.0 no"}, "RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no"}},
			want: "uncertain!, -, -", inStep: "refused@end of data, deferred@MAIL!, -"},
		{name: "RCPT taken although MAIL was refused", answers: answers{"MAIL": {"250 ok", "451 no"}}, want: "uncertain!, -, -", inStep: "accepted, deferred@MAIL(us), accepted"},
		{name: "250 twice to RCPT", answers: answers{"RCPT": {"250 ok", "250 ok\r\n250 ok"}}, want: "uncertain!, -, -", inStep: "accepted, deferred@DATA!, -"},
		{name: "250 twice to the first RCPT", answers: answers{"RCPT": {"250 ok\r\n250 ok"}}, want: "deferred@DATA!, -, -"},
		{name: "a refusal twice to DATA", answers: answers{"DATA": {"354 go", full + "\r\n" + full}}, want: "uncertain!, -, -", inStep: "accepted, deferred@DATA!, -"},
		{name: "354 twice", answers: answers{"DATA": {"354 go", "354 go\r\n354 go"}}, want: "accepted, deferred@DATA!, -"},
		{name: "the first 354 twice", answers: answers{"DATA": {"354 go\r\n354 go"}}, want: "deferred@DATA!, -, -"},
		// mangled on its way: the relay does not understand what is in its place
		{name: "MAIL mangled", answers: answers{"MAIL": {"250 ok", "500 what"}}, want: "accepted, deferred@MAIL!, -", inStep: "accepted, deferred@MAIL(us), accepted"},
		{name: "RCPT mangled", answers: answers{"RCPT": {"503 5.5.1 MAIL first"}}, want: "deferred@RCPT!, -, -", inStep: "refused@RCPT, accepted, accepted"},
		{name: "DATA mangled", answers: answers{"DATA": {"354 go", "500 what"}}, want: "accepted, deferred@DATA!, -", inStep: "accepted, refused@DATA, accepted"},
		// the relay takes its leave
		{name: "421 to RSET", answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no"}, "RSET": {"421 4.3.2 closing"}}, want: "accepted, refused@RCPT!, -"},
	} {
		c.run(t)
	}
}

// TestUnaskedReplies lie in our buffer, or arrive, before anything is asked.
func TestUnaskedReplies(t *testing.T) {
	t.Parallel()
	for _, pipes := range []bool{true, false} {
		client, relay := pair(t)
		c := bare(client, pipes)
		if _, err := relay.Write([]byte("421 idle too long\r\n")); err != nil {
			t.Fatal(err)
		}
		c.wire.begin(time.Minute)
		if _, err := c.text.R.Peek(1); err != nil {
			t.Fatal(err)
		}
		if r, ok := c.Open(t.Context(), numbered(1)[0]); ok || told(r) != "deferred@MAIL!" {
			t.Errorf("pipelining %v: %+v", pipes, r)
		}
		if n, _ := relay.Read(make([]byte, 100)); n != 0 {
			t.Error("something was said to a relay that is out of step")
		}
	}
	// Unread as yet: it takes the place of MAIL's reply, and a later one is out of place.
	s := &script{ext: piped, answers: answers{"EHLO": {"250-relay.example\r\n250 PIPELINING\r\n250 stray"}}}
	c := dial(t, s.start(t)).(*conn)
	results := stream(t.Context(), c, numbered(2))
	if results[0].Outcome != deliver.Deferred || !results[0].Broken || results[1].Stage != 0 {
		t.Errorf("%+v", results)
	}
	if _, mails, _ := s.received(); len(mails) != 0 {
		t.Errorf("%q", mails)
	}
}

// TestLeaveTakenOfAnIdleConnection: the 421 is read in the place of MAIL's reply.
func TestLeaveTakenOfAnIdleConnection(t *testing.T) {
	t.Parallel()
	for _, pipes := range []bool{true, false} {
		client, relay := pair(t)
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			buf := make([]byte, 64<<10)
			for {
				n, err := relay.Read(buf)
				if err != nil {
					return
				}
				replies := ""
				for line := range strings.Lines(string(buf[:n])) {
					switch verb, _, _ := strings.Cut(line, " "); verb {
					case "DATA\r\n":
						replies += "354 go\r\n"
					case "MAIL", "RCPT", ".\r\n":
						replies += "250 ok\r\n"
					}
				}
				_, _ = io.WriteString(relay, replies)
				if strings.HasSuffix(string(buf[:n]), "\r\n.\r\n") {
					_, _ = relay.Read(buf) // only now is it told, so that it has not been read before
					_, _ = io.WriteString(relay, "421 4.4.2 idle too long\r\n")
					_ = relay.(*net.TCPConn).CloseWrite()
				}
			}
		}()
		c := bare(client, pipes)
		all := numbered(2)
		if r := c.Send(t.Context(), all[0]); r.Outcome != deliver.Accepted {
			t.Errorf("%+v", r)
		}
		if r, ok := c.Open(t.Context(), all[1]); ok || told(r) != "deferred@MAIL(us)!" || r.Code != 421 || r.Enhanced != "4.4.2" {
			t.Errorf("pipelining %v: %+v", pipes, r)
		}
		if c.doubt.holds(time.Now()) {
			t.Error("in doubt for taking its leave")
		}
		<-heard
	}
}

// drip is a connection whose every read brings one octet.
type drip struct{ net.Conn }

func (d drip) Read(p []byte) (int, error) { return d.Conn.Read(p[:min(len(p), 1)]) }

func TestRepliesInSingleOctets(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		s := &script{ext: ext, answers: answers{
			"MAIL": {"250-2.1.0 a\r\n250-2.1.0 b\r\n250 2.1.0 c"}, "RCPT": {"250 ok", "550 5.1.1 no", "250-a\r\n250 b"},
			"DATA": {"354 go", "554 5.5.1 no"}, "DOT": {"250 2.0.0 queued", "452-4.3.1 it is\r\n452 4.3.1 full"},
		}}
		if ext == inStep {
			s.answers["DATA"] = nil
		}
		c := dial(t, s.start(t)).(*conn)
		c.wire.Conn = drip{c.wire.Conn}
		results := stream(t.Context(), c, numbered(4))
		if got := told(results...); got != "accepted, refused@RCPT, deferred@end of data, accepted" || results[0].Enhanced != "2.0.0" || results[2].Enhanced != "4.3.1" {
			t.Errorf("%s: %s, %+v", ext, got, results)
		}
		wantNoAddress(t, results)
	}
}

// limits keeps the limit under which each read and each write begins; of
// those that follow each other under the same one it keeps the first.
type limits struct {
	net.Conn
	from        time.Time
	read, write time.Time
	met         []string
}

// limitsOf keeps those of c, whose clock stands still from now on.
func limitsOf(c *conn, over net.Conn) *limits {
	l := &limits{Conn: over, from: time.Now()}
	c.wire.Conn, c.wire.now = l, func() time.Time { return l.from }
	c.wire.read, c.wire.write = time.Time{}, time.Time{}
	return l
}

func (l *limits) SetReadDeadline(at time.Time) error {
	l.read = at
	return l.Conn.SetReadDeadline(at)
}

func (l *limits) SetWriteDeadline(at time.Time) error {
	l.write = at
	return l.Conn.SetWriteDeadline(at)
}

func (l *limits) Read(p []byte) (int, error) {
	l.note("read", l.read)
	return l.Conn.Read(p)
}

func (l *limits) Write(p []byte) (int, error) {
	l.note("write", l.write)
	return l.Conn.Write(p)
}

func (l *limits) note(what string, until time.Time) {
	what += " " + until.Sub(l.from).String()
	if len(l.met) == 0 || l.met[len(l.met)-1] != what {
		l.met = append(l.met, what)
	}
}

// TestEachReplyOfAGroupHasItsOwnLimit (RFC 5321 §4.5.3.2): of replies that come one by
// one, and of each block.
func TestEachReplyOfAGroupHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	s := &script{ext: "PIPELINING"}
	c := dial(t, s.start(t)).(*conn)
	l := limitsOf(c, drip{c.wire.Conn})
	all := numbered(2)
	all[0].Data = []byte(strings.Repeat("x", 2*block+1) + "\r\n")
	if got := told(stream(t.Context(), c, all)...); got != "accepted, accepted" {
		t.Fatal(got)
	}
	c.Close()
	const mail, data, blocks, dot = "5m3s", "2m1.2s", "3m1.8s", "10m6s"
	want := []string{
		"write " + mail, "read " + mail, "read " + data, // RCPT has as long as MAIL
		"write " + blocks, "read " + dot, "read " + mail, "read " + data,
		"write " + blocks, "read " + dot,
		"write 5.05s", "read 5.05s", // QUIT
	}
	if !slices.Equal(l.met, want) {
		t.Errorf("got  %v\nwant %v", l.met, want)
	}
}

// TestLater: a limit that was set is neither too short for what begins nor much too long.
func TestLater(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const limit = 100 * time.Second
	for _, x := range []struct {
		was time.Duration
		set bool
	}{
		{0, true}, {99 * time.Second, true}, {limit - 1, true}, {limit, false}, {101 * time.Second, false}, {101*time.Second + 1, true}, {time.Hour, true},
	} {
		until, set := later(now.Add(x.was), now, limit)
		want := now.Add(x.was)
		if x.set {
			want = now.Add(101 * time.Second)
		}
		if set != x.set || !until.Equal(want) {
			t.Errorf("%s: %s, set %t", x.was, until.Sub(now), set)
		}
	}
	if _, set := later(time.Time{}, now, limit); !set {
		t.Error("the first limit is not set")
	}
}

// deaf is a relay that offers PIPELINING and loses what follows a command, or
// the final dot, in the same segment.
type deaf struct {
	behind string // the verb, or "."

	silence silence

	mu    sync.Mutex
	lost  int // how often
	mails int
}

func (d *deaf) start(t *testing.T) Relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); d.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return relayAt(l.Addr())
}

func (d *deaf) serve(over net.Conn) {
	c := &speaking{Conn: over, of: &d.silence}
	buf := make([]byte, 64<<10)
	inData := false
	for replies := "220 relay.example\r\n"; ; {
		if _, err := io.WriteString(c, replies); err != nil {
			return
		}
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		replies = ""
		for left := string(buf[:n]); left != ""; {
			var line string
			line, left, _ = strings.Cut(left, "\r\n")
			verb, _, _ := strings.Cut(line, " ")
			if inData && verb != "." {
				continue
			}
			switch verb {
			case "EHLO":
				replies += "250-relay.example\r\n250 PIPELINING\r\n"
			case "DATA":
				inData = true
				replies += "354 go\r\n"
			case ".":
				inData = false
				d.count(&d.mails)
				fallthrough
			default:
				replies += "250 ok\r\n"
			}
			if verb == d.behind && left != "" {
				d.count(&d.lost)
				left, c.owes = "", true
			}
		}
	}
}

func (d *deaf) count(n *int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*n++
}

// TestARelayThatCannotPipeline: one connection finds out, those of the next hour
// do without, and then it is tried again.
func TestARelayThatCannotPipeline(t *testing.T) {
	t.Parallel()
	for behind, first := range map[string]string{
		"MAIL": "deferred@RCPT!, -, -",
		"RCPT": "deferred@DATA!, -, -",
		".":    "accepted, deferred@MAIL!, -",
	} {
		d := &deaf{behind: behind}
		tr, err := New(d.start(t))
		if err != nil {
			t.Fatal(err)
		}
		for hour, want := range []string{first, "accepted, accepted, accepted", "accepted, accepted, accepted", first} {
			switch hour {
			case 2:
				tr.doubt.until.Add(int64(time.Minute - mistrust)) // as if it had arisen so long ago
			case 3:
				tr.doubt.until.Add(int64(-time.Minute))
			}
			c, err := tr.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			d.silence.ends(t, c)
			if got := told(stream(t.Context(), c.(deliver.Streamer), numbered(3))...); got != want {
				t.Errorf("behind %s, connection %d: %s, want %s", behind, hour, got, want)
			}
			c.Close()
		}
		d.mu.Lock()
		if wantMails := 6 + 2*strings.Count(first, "accepted"); d.lost != 2 || d.mails != wantMails {
			t.Errorf("behind %s: lost something %d times, and has %d messages", behind, d.lost, d.mails)
		}
		d.mu.Unlock()
	}
}

// TestWhatRaisesDoubt: what a relay may do at any time does not.
func TestWhatRaisesDoubt(t *testing.T) {
	t.Parallel()
	const gone = "550 5.1.1 no"
	for name, c := range map[string]struct {
		answers answers
		want    bool
	}{
		"all well":                       {},
		"421 to the dot":                 {answers: answers{"DOT": {"421 closing"}}},
		"421 to RCPT":                    {answers: answers{"RCPT": {"250 ok", "421 closing"}}},
		"421 behind the dot's reply":     {answers: answers{"DOT": {"250 ok", "250 ok", "250 ok\r\n421 closing"}}},
		"the end behind the dot's reply": {answers: answers{"MAIL": {"250 ok", drop}}},
		"the end at once":                {answers: answers{"MAIL": {drop}}},
		"no reply at all":                {answers: answers{"MAIL": {hang}}},
		"no reply to the dot":            {answers: answers{"DOT": {hang}}},
		"RCPT refused":                   {answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", "503 no"}}},
		"RCPT refused, and 354":          {answers: answers{"RCPT": {"250 ok", gone}}},
		"MAIL refused":                   {answers: answers{"MAIL": {"550 no"}, "RCPT": {"503 no"}, "DATA": {"503 no"}}},
		"MAIL not understood, alone":     {answers: answers{"MAIL": {"503 log in first"}, "RCPT": {"503 no"}, "DATA": {"503 no"}}},

		"a reply twice":                         {answers: answers{"DOT": {"250 ok\r\n250 ok"}}, want: true},
		"a reply nobody asked for":              {answers: answers{"DATA": {"354 go\r\n250 ok"}}, want: true},
		"250 to DATA":                           {answers: answers{"DATA": {"250 ok"}}, want: true},
		"the end behind MAIL":                   {answers: answers{"RCPT": {drop}}, want: true},
		"no reply to RCPT":                      {answers: answers{"RCPT": {hang}}, want: true},
		"no reply to MAIL behind the dot":       {answers: answers{"MAIL": {"250 ok", hang}}, want: true},
		"MAIL not understood behind the dot":    {answers: answers{"MAIL": {"250 ok", "500 what"}}, want: true},
		"RCPT not understood behind MAIL":       {answers: answers{"RCPT": {"503 MAIL first"}}, want: true},
		"a recipient taken, and not the sender": {answers: answers{"MAIL": {"451 no"}}, want: true},
	} {
		for _, ext := range []string{piped, inStep} {
			t.Run(fmt.Sprintf("%s, %.10s", name, ext), func(t *testing.T) {
				t.Parallel()
				own := answers{}
				for verb, list := range c.answers {
					own[verb] = slices.Clone(list)
				}
				s := &script{answers: own, ext: ext}
				tr, err := New(s.start(t))
				if err != nil {
					t.Fatal(err)
				}
				conn, err := tr.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				s.silence.ends(t, conn)
				results := stream(t.Context(), conn.(deliver.Streamer), numbered(3))
				if r := results[2]; r.Stage != 0 && !r.Broken {
					conn.Send(t.Context(), numbered(4)[3]) // which hears what lies there
				}
				if got := tr.doubt.holds(time.Now()); got != (c.want && ext == piped) {
					t.Errorf("in doubt: %v, after %s", got, told(results...))
				}
			})
		}
	}
}

// TestOurOwnEndRaisesNoDoubt: what is given up in the middle of a group.
func TestOurOwnEndRaisesNoDoubt(t *testing.T) {
	t.Parallel()
	s := &script{ext: piped, answers: answers{"DATA": {"354 go", hang}}}
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.silence.of(t, c, func() { c.Close() })
	r := stream(t.Context(), c.(deliver.Streamer), numbered(2))
	if r[0].Outcome != deliver.Accepted || tr.doubt.holds(time.Now()) {
		t.Errorf("%s, in doubt: %v", told(r...), tr.doubt.holds(time.Now()))
	}
}
