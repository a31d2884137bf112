package smtp

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

// streamCase is a relay, and what becomes of three messages over one connection.
type streamCase struct {
	name    string
	answers answers
	want    string
	inStep  string // of a relay that does not pipeline; "": the same
}

// TestStreamOutcomes: three messages over one connection, and what became of
// each. Where the columns differ the first is of a relay that pipelines.
func TestStreamOutcomes(t *testing.T) {
	t.Parallel()
	const gone = "550 5.1.1 <Hanako.R01@example.org> hanako.r01: unknown"
	for _, c := range []streamCase{
		{name: "all well", want: "accepted, accepted, accepted"},
		{name: "251 to the dot", answers: answers{"DOT": {"251 ok", "299-a\r\n299 b"}}, want: "accepted, accepted, accepted"},
		// a refused recipient, with DATA on its way (or not)
		{name: "RCPT refused, 554 to DATA", answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 5.5.1 no valid recipients"}},
			want: "accepted, refused@RCPT, accepted", inStep: "accepted, refused@RCPT, refused@DATA"},
		{name: "first RCPT refused, 503 to DATA", answers: answers{"RCPT": {"550 5.1.1 HANAKO.r00@example.org: no hanako.r00"}, "DATA": {"503 5.5.1 need RCPT"}},
			want: "refused@RCPT, accepted, accepted", inStep: "refused@RCPT, refused@DATA, accepted"},
		{name: "last RCPT put off", answers: answers{"RCPT": {"250 ok", "250 ok", "450 4.2.0 later"}, "DATA": {"354 go", "354 go", "503 no"}},
			want: "accepted, accepted, deferred@RCPT"},
		{name: "RCPT refused, RSET too", answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no"}, "RSET": {"500 what"}},
			want: "accepted, refused@RCPT!, -"},
		{name: "RCPT refused, drop at RSET", answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no"}, "RSET": {drop}},
			want: "accepted, refused@RCPT!, -"},
		// 354 although there is nobody to deliver to
		{name: "RCPT refused, 354 to DATA", answers: answers{"RCPT": {"250 ok", gone}},
			want: "accepted, refused@RCPT!, -", inStep: "accepted, refused@RCPT, accepted"},
		{name: "MAIL refused, 354 to DATA", answers: answers{"MAIL": {"250 ok", "550 5.7.1 not you"}, "RCPT": {"250 ok", "503 no"}},
			want: "accepted, deferred@MAIL(us)!, -", inStep: "accepted, deferred@MAIL(us), refused@RCPT"},
		{name: "first RCPT refused, 354 to DATA", answers: answers{"RCPT": {"550 5.1.1 HANAKO.r00@example.org: no hanako.r00"}},
			want: "refused@RCPT!, -, -", inStep: "refused@RCPT, accepted, accepted"},
		{name: "552 to MAIL for the size, 354 to DATA", answers: answers{"MAIL": {"552 5.3.4 too big"}, "RCPT": {"503 no"}},
			want: "refused@MAIL!, -, -", inStep: "refused@MAIL, refused@RCPT, accepted"},
		// MAIL refused and all behind it
		{name: "MAIL refused", answers: answers{"MAIL": {"250 ok", "451 4.3.0 not now"}, "RCPT": {"250 ok", "503 no"}, "DATA": {"354 go", "503 no"}},
			want: "accepted, deferred@MAIL(us), accepted", inStep: "accepted, deferred@MAIL(us), refused@RCPT"},
		{name: "552 to MAIL for the size", answers: answers{"MAIL": {"250 ok", "552 5.3.4 too big"}, "RCPT": {"250 ok", "503 no"}, "DATA": {"354 go", "503 no"}},
			want: "accepted, refused@MAIL, accepted", inStep: "accepted, refused@MAIL, refused@RCPT"},
		{name: "DATA refused", answers: answers{"DATA": {"354 go", "451 4.3.0 later"}}, want: "accepted, deferred@DATA, accepted"},
		// 421 at each position
		{name: "421 to the dot", answers: answers{"DOT": {"421 4.3.2 closing"}}, want: "deferred@end of data!, -, -"},
		{name: "421 to MAIL", answers: answers{"MAIL": {"250 ok", "421 4.3.2 closing"}}, want: "accepted, deferred@MAIL(us)!, -"},
		{name: "421 to RCPT", answers: answers{"RCPT": {"250 ok", "421 4.3.2 closing"}}, want: "accepted, deferred@RCPT!, -"},
		{name: "421 to DATA", answers: answers{"DATA": {"354 go", "421 4.3.2 closing"}}, want: "accepted, deferred@DATA!, -"},
		{name: "421 to the first MAIL", answers: answers{"MAIL": {"421 4.3.2 closing"}}, want: "deferred@MAIL(us)!, -, -"},
		{name: "MAIL refused, then 421", answers: answers{"MAIL": {"250 ok", "451 no"}, "RCPT": {"250 ok", "421 closing"}},
			want: "accepted, deferred@MAIL(us)!, -", inStep: "accepted, deferred@MAIL(us), deferred@RCPT!"},
		// early ends
		{name: "end before the dot's reply", answers: answers{"DOT": {drop}}, want: "uncertain!, -, -"},
		{name: "end before the second dot's reply", answers: answers{"DOT": {"250 ok", drop}}, want: "accepted, uncertain!, -"},
		{name: "end after the dot's reply", answers: answers{"MAIL": {"250 ok", drop}}, want: "accepted, deferred@MAIL!, -"},
		{name: "end after MAIL", answers: answers{"RCPT": {"250 ok", drop}}, want: "uncertain!, -, -", inStep: "accepted, deferred@RCPT!, -"},
		{name: "end after RCPT", answers: answers{"DATA": {"354 go", drop}}, want: "uncertain!, -, -", inStep: "accepted, deferred@DATA!, -"},
		{name: "RCPT refused, then the end", answers: answers{"RCPT": {"250 ok", gone}, "DATA": {"354 go", drop}, "RSET": {drop}},
			want: "uncertain!, -, -", inStep: "accepted, refused@RCPT!, -"},
		{name: "MAIL refused, then the end", answers: answers{"MAIL": {"250 ok", "451 no"}, "RCPT": {"250 ok", drop}, "RSET": {drop}},
			want: "uncertain!, -, -", inStep: "accepted, deferred@MAIL(us)!, -"},
		// silence
		{name: "no reply to the dot", answers: answers{"DOT": {hang}}, want: "uncertain!, -, -"},
		{name: "no reply to MAIL", answers: answers{"MAIL": {"250 ok", hang}}, want: "accepted, deferred@MAIL!, -"},
		{name: "no reply to RCPT", answers: answers{"RCPT": {"250 ok", hang}}, want: "uncertain!, -, -", inStep: "accepted, deferred@RCPT!, -"},
		{name: "no reply to DATA", answers: answers{"DATA": {"354 go", hang}}, want: "uncertain!, -, -", inStep: "accepted, deferred@DATA!, -"},
		// the message refused at its end, with the next one open
		{name: "5yz to the dot", answers: answers{"DOT": {"554 5.6.0 hanako.r00 bad message"}}, want: "refused@end of data, accepted, accepted"},
		{name: "4yz to the dot", answers: answers{"DOT": {"250 ok", "452 4.3.1 full"}}, want: "accepted, deferred@end of data, accepted"},
		{name: "5yz to the dot and to RCPT", answers: answers{"DOT": {"554 5.6.0 no"}, "RCPT": {"250 ok", gone}, "DATA": {"354 go", "554 no", "354 go"}},
			want: "refused@end of data, refused@RCPT, accepted", inStep: "refused@end of data, refused@RCPT, refused@DATA"},
		// replies that are long, and replies that are none
		{name: "replies of many lines", answers: answers{"MAIL": {"250 ok", "250-a\r\n250-b\r\n250 c"}, "RCPT": {"250-x\r\n250 y"}, "DOT": {"250-2.0.0 a\r\n250 2.0.0 b"}, "DATA": {"354-go\r\n354 on"}},
			want: "accepted, accepted, accepted"},
		{name: "long lines", answers: answers{"DOT": {"250 2.0.0 " + strings.Repeat("x", 9000)}, "MAIL": {"250 ok", "250 " + strings.Repeat("y", 4092)}},
			want: "accepted, accepted, accepted"},
		{name: "an endless line to the dot", answers: answers{"DOT": {"250 " + strings.Repeat("x", 2*maxReply)}}, want: "uncertain!, -, -"},
		{name: "an endless line to RCPT", answers: answers{"RCPT": {"250 ok", "250 " + strings.Repeat("x", 2*maxReply)}}, want: "uncertain!, -, -", inStep: "accepted, deferred@RCPT!, -"},
		{name: "endless lines to the dot", answers: answers{"DOT": {strings.Repeat("250-x\r\n", maxReply/4) + "250 x"}}, want: "uncertain!, -, -"},
		{name: "garbage to the dot", answers: answers{"DOT": {"\x00\xff{}"}}, want: "uncertain!, -, -"},
		{name: "almost 250 to the dot", answers: answers{"DOT": {"1?0 ok"}}, want: "uncertain!, -, -"},
		{name: "almost 25 to RCPT", answers: answers{"RCPT": {"/00 ok"}}, want: "deferred@RCPT!, -, -"},
		{name: "garbage to MAIL", answers: answers{"MAIL": {"250 ok", "hello?"}}, want: "accepted, deferred@MAIL!, -"},
		{name: "354 to the dot", answers: answers{"DOT": {"354 go"}}, want: "uncertain!, -, -"},
		// out of place: nobody knows which reply belonged to the dot
		{name: "354 to MAIL", answers: answers{"MAIL": {"250 ok", "354 go"}}, want: "uncertain!, -, -"},
		{name: "250 to DATA", answers: answers{"DATA": {"354 go", "250 ok"}}, want: "uncertain!, -, -"},
		{name: "250 to the first DATA", answers: answers{"DATA": {"250 ok"}}, want: "deferred@DATA!, -, -"},
		{name: "a reply doubled at the dot", answers: answers{"DOT": {"250 ok\r\n250 ok"}},
			want: "uncertain!, -, -", inStep: "accepted, deferred@MAIL!, -"},
		{name: "a reply doubled at MAIL", answers: answers{"MAIL": {"250 ok\r\n250 ok"}},
			want: "deferred@DATA!, -, -", inStep: "deferred@RCPT!, -, -"},
		{name: "a stray reply behind 354", answers: answers{"DATA": {"354 go\r\n250 queued"}}, want: "deferred@DATA!, -, -"},
		{name: "a stray reply behind the second 354", answers: answers{"DATA": {"354 go", "354 go\r\n250 queued"}}, want: "accepted, deferred@DATA!, -"},
	} {
		c.run(t)
	}
}

func (c streamCase) run(t *testing.T) {
	for _, ext := range []string{piped, inStep} {
		t.Run(c.name+", "+strings.Fields(ext)[0], func(t *testing.T) {
			t.Parallel()
			own := answers{}
			for verb, list := range c.answers {
				own[verb] = slices.Clone(list)
			}
			s := &script{answers: own, ext: ext}
			all := numbered(3)
			conn := dial(t, s.start(t)).(deliver.Streamer)
			s.silence.ends(t, conn)
			results := stream(t.Context(), conn, all)
			want := c.want
			if ext == inStep && c.inStep != "" {
				want = c.inStep
			}
			if got := told(results...); got != want {
				t.Errorf("got  %s\nwant %s\n%+v", got, want, results)
			}
			wantNoAddress(t, results)
			if strings.Contains(want, "!") {
				s.ended(t) // at once, without QUIT
			}
			conn.Close()
			s.ended(t)
			lines, mails, _ := s.received()
			if strings.Contains(want, "!") == slices.Contains(lines, "QUIT") {
				t.Errorf("after %s: %q", want, lines)
			}
			var whole []string // what came to its final dot, and nothing of the others
			for i, w := range strings.Split(want, ", ") {
				if w == "accepted" || w == "uncertain!" || strings.Contains(w, deliver.StageDot.String()) {
					whole = append(whole, onWire(all[i]))
				}
			}
			if !slices.Equal(mails, whole) {
				t.Errorf("the relay has %q after %s", mails, want)
			}
		})
	}
}

// TestOneRoundTripAMessage: the relay has the next envelope in the very read
// that brings it the final dot, and hears nothing more before it has answered.
func TestOneRoundTripAMessage(t *testing.T) {
	t.Parallel()
	client, relay := pair(t)
	all := numbered(50)
	reads := make(chan []string, 1)
	go func() {
		var got []string
		buf := make([]byte, 64<<10)
		for {
			n, err := relay.Read(buf)
			if err != nil {
				reads <- got
				return
			}
			got = append(got, string(buf[:n]))
			replies := ""
			if strings.Contains(got[len(got)-1], "\r\n.\r\n") {
				replies = "250 2.0.0 queued\r\n"
			}
			if strings.HasSuffix(got[len(got)-1], "DATA\r\n") {
				replies += "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n"
			}
			if _, err := relay.Write([]byte(replies)); err != nil {
				t.Error(err)
			}
		}
	}()
	c := bare(client, true)
	for i, r := range stream(t.Context(), c, all) {
		if r.Outcome != deliver.Accepted || r.Code != 250 || r.Enhanced != "2.0.0" || r.Broken {
			t.Errorf("message %d: %+v", i, r)
		}
	}
	c.wire.cut()
	got := <-reads
	for i := range 51 {
		want := ""
		if i > 0 {
			want = onWire(all[i-1]) + ".\r\n"
		}
		if i < 50 {
			want += fmt.Sprintf("MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", returnPath, all[i].Envelope.To)
		}
		if i >= len(got) || got[i] != want {
			t.Fatalf("read %d of %d: %q\nwant %q", i, len(got), got[min(i, len(got)-1)], want)
		}
	}
}

// TestInStepWithoutPipelining: every command waits for the reply before it.
func TestInStepWithoutPipelining(t *testing.T) {
	t.Parallel()
	client, relay := pair(t)
	verbs := make(chan string, 1)
	go func() {
		var got []string
		buf := make([]byte, 64<<10)
		for {
			n, err := relay.Read(buf)
			if err != nil {
				verbs <- strings.Join(got, " ")
				return
			}
			text := string(buf[:n])
			switch {
			case strings.HasSuffix(text, "\r\n.\r\n"):
				got = append(got, "dot")
			case strings.Count(text, "\r\n") == 1:
				got = append(got, strings.Fields(text)[0])
			default:
				got = append(got, "several")
			}
			reply := "250 ok\r\n"
			if got[len(got)-1] == "DATA" {
				reply = "354 go\r\n"
			}
			if _, err := relay.Write([]byte(reply)); err != nil {
				t.Error(err)
			}
		}
	}()
	c := bare(client, false)
	if got := told(stream(t.Context(), c, numbered(50))...); got != strings.Repeat("accepted, ", 49)+"accepted" {
		t.Error(got)
	}
	c.wire.cut()
	if got, want := <-verbs, strings.Repeat(" MAIL RCPT DATA dot", 50)[1:]; got != want {
		t.Errorf("got %s", got)
	}
}

// TestLargeMessagesInAStream: several blocks, and the envelope behind the last.
func TestLargeMessagesInAStream(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"PIPELINING", ""} {
		s := &script{ext: ext}
		c := dial(t, s.start(t)).(*conn)
		var all []deliver.Message
		for i, size := range []int{block - 5, 1, block - 4, 3 * block, block - 3, 0, block, block + 5, 2*block + 3, 40, block + 6} {
			m := numbered(i + 1)[i]
			m.Data = append(bytes.Repeat([]byte{byte('a' + i)}, size), "\r\n"...)
			all = append(all, m)
		}
		all[3].Data, all[3].Stuffed = append(all[3].Data, ".\r\n"...), true
		results := stream(t.Context(), c, all)
		all[3].Data = bytes.TrimSuffix(all[3].Data, []byte(".\r\n"))
		_, mails, _ := s.received()
		for i, m := range all {
			if results[i].Outcome != deliver.Accepted || mails[i] != string(m.Data) {
				t.Errorf("message %d: %+v", i, results[i])
			}
		}
	}
}

// TestNextCannotBeSent: it is refused here, and the open one goes out alone.
func TestNextCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"PIPELINING SIZE=100", "SIZE=100"} {
		s := &script{ext: ext}
		c := dial(t, s.start(t)).(deliver.Streamer)
		all := numbered(4)
		all[1].Data = []byte(strings.Repeat("x", 99) + "\r\n")
		all[2].Data = []byte("a\n.\nb\r\n")
		results := stream(t.Context(), c, all)
		if got := told(results...); got != "accepted, refused@DATA, refused@DATA, accepted" || results[1].Code != 552 {
			t.Errorf("%s: %s", ext, got)
		}
		wantNoAddress(t, results)
		lines, mails, _ := s.received()
		if !slices.Equal(mails, []string{onWire(all[0]), onWire(all[3])}) || len(lines) != 7 {
			t.Errorf("%s: %q, %q", ext, lines, mails)
		}
	}
	s := &script{ext: "PIPELINING SIZE=100", answers: answers{"DOT": {drop}}}
	c := dial(t, s.start(t)).(deliver.Streamer)
	all := numbered(2)
	all[1].Envelope.To = "a@example.org>\r\nRCPT TO:<b@example.org"
	if got := told(stream(t.Context(), c, all)...); got != "uncertain!, refused@RCPT" {
		t.Errorf("and the open one lost: %s", got)
	}
}

// TestHalfAReply: a connection that ends within a reply has not said it.
func TestHalfAReply(t *testing.T) {
	t.Parallel()
	for half, want := range map[string]string{
		"550 5.1.1 no su":                                          "deferred@MAIL!, -",
		"250 ok\r\n550 5.1.1 no hanako.r00@exam":                   "deferred@RCPT!, -",
		"250 ok\r\n250 ok\r\n354":                                  "deferred@DATA!, -",
		"250 ok\r\n250 ok\r\n354 go\r\n|250 2.0.0 ok":              "uncertain!, -",
		"250 ok\r\n250 ok\r\n354 go\r\n|250-2.0.0 ok\r\n250 2.0.0": "uncertain!, -",
		"250 ok\r\n250 ok\r\n354 go\r\n|554 5.6.0 no":              "uncertain!, -",
		"250 ok\r\n250 ok\r\n354 go\r\n|250 ok\r\n250 o":           "accepted, deferred@MAIL!",
	} {
		client, relay := pair(t)
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			for part := range strings.SplitSeq(half, "|") {
				_, _ = relay.Read(make([]byte, 64<<10))
				_, _ = relay.Write([]byte(part))
			}
			_ = relay.(*net.TCPConn).CloseWrite()
		}()
		results := stream(t.Context(), bare(client, true), numbered(2))
		<-heard
		if got := told(results...); got != want {
			t.Errorf("%q: %s, want %s", half, got, want)
		}
		wantNoAddress(t, results)
	}
}

// TestOutOfTurn: an Open while a message is open would be read as its data, an
// Exchange without one as commands; neither is said.
func TestOutOfTurn(t *testing.T) {
	t.Parallel()
	all := numbered(2)
	for _, second := range []func(c deliver.Streamer) deliver.Result{
		func(c deliver.Streamer) deliver.Result { r, _ := c.Open(t.Context(), all[1]); return r },
		func(c deliver.Streamer) deliver.Result { return c.Send(t.Context(), all[1]) },
	} {
		s := &script{ext: piped}
		c := dial(t, s.start(t)).(deliver.Streamer)
		if _, ok := c.Open(t.Context(), all[0]); !ok {
			t.Fatal("not open")
		}
		if r := second(c); told(r) != "deferred@MAIL!" {
			t.Errorf("%+v", r)
		}
		s.ended(t)
		if _, mails, broken := s.received(); len(mails) != 0 || !slices.Equal(broken, []string{""}) {
			t.Errorf("%q, %q", mails, broken)
		}
	}
	s := &script{ext: piped}
	c := dial(t, s.start(t)).(deliver.Streamer)
	if r, _, ok := c.Exchange(t.Context(), &all[1]); ok || told(r) != "deferred@DATA!" {
		t.Errorf("%+v", r)
	}
	s.ended(t)
	if lines, _, _ := s.received(); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
}
