package smtp

import (
	"bytes"
	"context"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// bare is a connection without the login before it.
func bare(c net.Conn, pipes bool) *conn {
	w := &wire{Conn: c, now: time.Now}
	in := newLines(w)
	return &conn{wire: w, in: in, text: textproto.NewConn(spoken{w, in}), limits: Timeouts{}.orDefaults(), pipes: pipes, doubt: new(doubt), noDSN: new(doubt)}
}

// ways are how an attempt is ended from outside.
var ways = map[string]func(cancel func(), c deliver.Conn){
	"ctx":   func(cancel func(), _ deliver.Conn) { cancel() },
	"Close": func(_ func(), c deliver.Conn) { c.Close() },
}

// heard waits until the relay has the command line.
func heard(t *testing.T, s *script, verb string) {
	t.Helper()
	eventually(t, verb, func() bool {
		lines, _, _ := s.received()
		return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, verb) })
	})
}

// TestCutWhileOpening: the connection is ended while Open waits for a reply.
func TestCutWhileOpening(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		for verb, stage := range map[string]deliver.Stage{"MAIL": deliver.StageMail, "RCPT": deliver.StageRcpt, "DATA": deliver.StageData} {
			for way, end := range ways {
				s := &script{ext: ext, answers: answers{verb: {hang}}}
				c := dial(t, s.start(t)).(deliver.Streamer)
				ctx, cancel := context.WithCancel(t.Context())
				go func() { heard(t, s, verb); end(cancel, c) }()
				r, ok := c.Open(ctx, numbered(1)[0])
				// Several replies are waited for at once: RCPT's may be read as yet or not.
				if ok || r.Outcome != deliver.Deferred || !r.Broken || r.Blame != deliver.BlameNobody || r.Stage > stage {
					t.Errorf("%s by %s: %+v", verb, way, r)
				}
				if way == "ctx" && !strings.Contains(r.Text, "given up") {
					t.Errorf("%s by %s: the text is %q", verb, way, r.Text)
				}
				cancel()
				s.ended(t)
				if r, _, ok := c.Exchange(t.Context(), nil); ok || told(r) != "deferred@DATA!" {
					t.Errorf("%s by %s, and then Exchange: %+v", verb, way, r)
				}
				if lines, mails, _ := s.received(); len(mails) != 0 || slices.Contains(lines, "QUIT") {
					t.Errorf("%s by %s: %q, %q", verb, way, lines, mails)
				}
			}
		}
	}
}

// TestCutWhileOpen: the relay waits for data. Nothing more is said to it, and
// it is left without a message.
func TestCutWhileOpen(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		for way, end := range ways {
			s := &script{ext: ext}
			c := dial(t, s.start(t)).(deliver.Streamer)
			ctx, cancel := context.WithCancel(t.Context())
			all := numbered(2)
			if r, ok := c.Open(ctx, all[0]); !ok {
				t.Fatalf("%+v", r)
			}
			end(cancel, c)
			r, opened, ok := c.Exchange(ctx, &all[1])
			if ok || told(r, opened) != "deferred@DATA!, -" {
				t.Errorf("by %s: %+v, %+v", way, r, opened)
			}
			cancel()
			c.Close()
			s.ended(t)
			lines, mails, broken := s.received()
			if len(mails) != 0 || !slices.Equal(broken, []string{""}) || lines[len(lines)-1] != "DATA" {
				t.Errorf("by %s: %q, %q, %q", way, lines, mails, broken)
			}
		}
	}
	// Closed and left, as when the next reader has just gone.
	s := &script{ext: piped}
	c := dial(t, s.start(t)).(deliver.Streamer)
	all := numbered(2)
	if _, ok := c.Open(t.Context(), all[0]); !ok {
		t.Fatal("not open")
	}
	if _, _, ok := c.Exchange(t.Context(), &all[1]); !ok {
		t.Fatal("the second is not open")
	}
	c.Close()
	s.ended(t)
	if lines, mails, broken := s.received(); !slices.Equal(mails, []string{onWire(all[0])}) || !slices.Equal(broken, []string{""}) || lines[len(lines)-1] != "DATA" {
		t.Errorf("%q, %q, %q", lines, mails, broken)
	}
}

// TestCutInMidData: some blocks have gone, the final dot has not.
func TestCutInMidData(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		for way, end := range ways {
			s := &script{ext: ext}
			c := dial(t, s.start(t)).(*conn)
			ctx, cancel := context.WithCancel(t.Context())
			all := numbered(2)
			all[0].Data = bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 3000)
			if int64(len(all[0].Data)) > c.maxSize {
				c.maxSize = 0
			}
			if r, ok := c.Open(ctx, all[0]); !ok {
				t.Fatalf("%+v", r)
			}
			blocks := 0
			c.wire.Conn = &tapped{Conn: c.wire.Conn, before: func([]byte) {
				if blocks++; blocks == 3 {
					end(cancel, c)
				}
			}}
			r, opened, ok := c.Exchange(ctx, &all[1])
			if ok || told(r, opened) != "deferred@DATA!, -" {
				t.Errorf("by %s: %+v, %+v", way, r, opened)
			}
			cancel()
			c.Close()
			s.ended(t)
			lines, mails, broken := s.received()
			if len(mails) != 0 || len(broken) != 1 || len(broken[0]) >= len(all[0].Data) || lines[len(lines)-1] != "DATA" {
				t.Errorf("by %s: %q, %d messages, %d unended", way, lines, len(mails), len(broken))
			}
		}
	}
}

// TestCutWhileTheDotIsOut: ctx has no say any more, for this message and for
// what travels behind it; Close leaves it uncertain, and says nothing of the next.
func TestCutWhileTheDotIsOut(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		s := &script{ext: ext, gate: make(chan struct{})}
		c := dial(t, s.start(t)).(deliver.Streamer)
		ctx, cancel := context.WithCancel(t.Context())
		all := numbered(3)
		if r, ok := c.Open(ctx, all[0]); !ok {
			t.Fatalf("%+v", r)
		}
		outcome := make(chan string, 1)
		exchange := func(ctx context.Context, next *deliver.Message) {
			r, opened, ok := c.Exchange(ctx, next)
			if ok {
				opened.Stage, opened.Outcome = deliver.StageData, deliver.Accepted
			}
			outcome <- told(r, opened)
		}
		go exchange(ctx, &all[1])
		eventually(t, "the first message", func() bool { _, mails, _ := s.received(); return len(mails) == 1 })
		cancel()
		time.Sleep(20 * time.Millisecond) // for whatever would wrongly act on it
		s.gate <- struct{}{}
		if got := <-outcome; got != "accepted, accepted" {
			t.Errorf("cancelled: %s", got)
		}
		go exchange(context.Background(), &all[2])
		eventually(t, "the second message", func() bool { _, mails, _ := s.received(); return len(mails) == 2 })
		c.Close()
		if got := <-outcome; got != "uncertain!, -" {
			t.Errorf("closed: %s", got)
		}
		close(s.gate)
		s.ended(t)
		if lines, mails, _ := s.received(); !slices.Equal(mails, []string{onWire(all[0]), onWire(all[1])}) || slices.Contains(lines, "QUIT") {
			t.Errorf("%q, %q", lines, mails)
		}
	}
}

// TestClosedWhileTheNextOpens: the dot has its reply, and that stands.
func TestClosedWhileTheNextOpens(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{piped, inStep} {
		for verb, first := range map[string]string{"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go"} {
			s := &script{ext: ext, answers: answers{verb: {first, hang}}}
			c := dial(t, s.start(t)).(deliver.Streamer)
			all := numbered(2)
			if r, ok := c.Open(t.Context(), all[0]); !ok {
				t.Fatalf("%+v", r)
			}
			s.silence.of(t, c, func() { c.Close() })
			r, opened, ok := c.Exchange(t.Context(), &all[1])
			if got, want := told(r, opened), "accepted, deferred@"+verb+"!"; ok || got != want {
				t.Errorf("%s, want %s", got, want)
			}
			s.ended(t)
			if _, mails, _ := s.received(); !slices.Equal(mails, []string{onWire(all[0])}) {
				t.Errorf("%s: %q", verb, mails)
			}
		}
	}
}

// TestStreamThenSend: a notice may follow over the same connection.
func TestStreamThenSend(t *testing.T) {
	t.Parallel()
	s := &script{ext: piped}
	c := dial(t, s.start(t)).(deliver.Streamer)
	all := numbered(5)
	results := stream(t.Context(), c, all[:2])
	results = append(results, c.Send(t.Context(), all[2]))
	results = append(results, stream(t.Context(), c, all[3:])...)
	c.Close()
	s.ended(t)
	lines, mails, _ := s.received()
	if got := told(results...); got != strings.Repeat("accepted, ", 4)+"accepted" || len(mails) != 5 || lines[len(lines)-1] != "QUIT" {
		t.Errorf("%s; %q", got, lines)
	}
}
