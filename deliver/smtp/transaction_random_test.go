package smtp

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// moody is a relay that answers at random, in the order it was asked. It may
// put off and refuse, close, say 354 to nobody's data, and let its replies
// arrive late, in many lines and in pieces.
type moody struct {
	rng   *rand.Rand
	c     net.Conn
	calm  int      // one reply in so many is not the one that is wanted
	taken []string // messages it has taken, whether or not it could say so
	wrong []string
}

// say sends one reply; false: the connection is over.
func (m *moody) say(code, text string) bool {
	reply := code + " " + text + "\r\n"
	if m.rng.IntN(4) == 0 { // the code alone (RFC 5321 §4.2)
		reply = code + "\r\n"
	}
	for m.rng.IntN(6) == 0 {
		reply = code + "-" + text + "\r\n" + reply
	}
	if m.rng.IntN(5) == 0 {
		time.Sleep(time.Duration(m.rng.IntN(300)) * time.Microsecond)
	}
	if m.rng.IntN(12*m.calm) == 0 { // it ends in the middle of a reply
		_, _ = io.WriteString(m.c, reply[:m.rng.IntN(len(reply))])
		return false
	}
	for len(reply) > 0 {
		n := len(reply)
		if m.rng.IntN(4) == 0 {
			n = 1 + m.rng.IntN(n)
		}
		if _, err := io.WriteString(m.c, reply[:n]); err != nil {
			return false
		}
		reply = reply[n:]
	}
	return true
}

// answer is the reply to a command that could be done; ok says whether it was.
func (m *moody) answer(yes string) (ok, goOn bool) {
	if m.rng.IntN(m.calm) > 0 {
		return true, m.say(yes, "2.0.0 ok")
	}
	switch m.rng.IntN(8) {
	case 0:
		return false, false
	case 1:
		m.say("421", "4.3.2 closing <hanako.r00@example.org>")
		return false, false
	case 2:
		return false, m.say("451", "4.3.0 later")
	case 3:
		return false, m.say("452", []string{"enough", "4.5.3 enough"}[m.rng.IntN(2)])
	case 4:
		return false, m.say("454", []string{"too fast", "4.7.0 too fast"}[m.rng.IntN(2)])
	case 5:
		return false, m.say("553", "5.7.1 not your sender <b+abc123@bounce.example.jp>")
	default:
		return false, m.say("550", "5.1.1 no hanako.r01@example.org here")
	}
}

func (m *moody) serve() {
	defer m.c.Close()
	r := bufio.NewReader(m.c)
	mail, rcpt := false, false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			if line != "" {
				m.wrong = append(m.wrong, "half a command: "+line)
			}
			return
		}
		var goOn bool
		switch verb := strings.ToUpper(strings.Fields(line + " ?")[0]); {
		case verb == "QUIT":
			m.say("221", "bye")
			return
		case verb == "RSET":
			mail, rcpt = false, false
			_, goOn = m.answer("250")
		case verb == "MAIL" && !mail:
			mail, goOn = m.answer("250")
		case verb == "RCPT" && mail:
			rcpt, goOn = m.answer("250")
		case verb == "DATA" && (rcpt || m.rng.IntN(4) == 0):
			var ok bool
			if ok, goOn = m.answer("354"); ok && goOn {
				goOn = m.data(r, rcpt)
				mail, rcpt = false, false
			}
		case verb == "RCPT" || verb == "DATA":
			goOn = m.say("503", "5.5.1 out of order")
		default:
			m.wrong = append(m.wrong, "not expected: "+line)
			return
		}
		if !goOn {
			return
		}
	}
}

// data takes a message, or does not.
func (m *moody) data(r *bufio.Reader, rcpt bool) (goOn bool) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(line)
	}
	if !rcpt {
		m.wrong = append(m.wrong, "a message for nobody: "+b.String())
	}
	if m.rng.IntN(m.calm) > 0 {
		m.taken = append(m.taken, b.String())
		return m.say("250", "2.0.0 queued")
	}
	switch m.rng.IntN(4) {
	case 0:
		m.taken = append(m.taken, b.String())
		return false
	case 1:
		m.say("421", "4.3.2 closing")
		return false
	case 2:
		return m.say("452", "4.3.1 full")
	}
	return m.say("554", "5.6.0 no")
}

var relaySeed = flag.Uint64("relay.seed", 0, "of TestRandomRelays and TestLinesInPieces; 0: drawn")

// TestRandomRelays: whatever a relay does, what it has taken is Accepted or
// Uncertain, what is Accepted it has taken, and it never took half a message.
func TestRandomRelays(t *testing.T) {
	t.Parallel()
	seed := cmp.Or(*relaySeed, rand.Uint64())
	for run := range uint64(120) {
		for _, pipes := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(seed, run))
			if !randomStream(t, rng, pipes) {
				t.Fatalf("-relay.seed %d, run %d, pipelining %v", seed, run, pipes)
			}
		}
	}
}

func randomStream(t *testing.T, rng *rand.Rand, pipes bool) (ok bool) {
	tail := []byte(strings.Repeat("a line of a file\r\n", rng.IntN(6000)) + "and its end\r\n.\r\n")
	defer func(kept string) { ok = ok && string(tail) == kept }(string(tail))
	left := numbered(1 + rng.IntN(12))
	for i := range left {
		if rng.IntN(10) == 0 {
			left[i].Data = append(left[i].Data, strings.Repeat("a line of a long message\r\n", 3000)...)
		}
		if rng.IntN(20) == 0 {
			left[i].Data = []byte("never\nsent")
		}
		if rng.IntN(4) == 0 {
			left[i] = shared(i+1, tail)[i]
		}
	}
	all := slices.Clone(left)
	accepted, uncertain := map[string]bool{}, map[string]bool{}
	var taken []string
	for len(left) > 0 {
		client, relay := pair(t)
		m := &moody{rng: rand.New(rand.NewPCG(rng.Uint64(), 0)), c: relay, calm: 2 + rng.IntN(20)}
		served := make(chan struct{})
		go func() { defer close(served); m.serve() }()
		c := bare(client, pipes)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		switch wait := time.Duration(rng.IntN(2000)) * time.Microsecond; rng.IntN(6) {
		case 0:
			go func() { defer close(ended); time.Sleep(wait); c.Close() }()
		case 1:
			go func() { defer close(ended); time.Sleep(wait); cancel() }()
		default:
			close(ended)
		}
		results := stream(ctx, c, left)
		<-ended
		cancel()
		c.Close()
		<-served
		client.Close()
		wantNoAddress(t, results)
		taken = append(taken, m.taken...)
		if len(m.wrong) > 0 {
			t.Errorf("%q", m.wrong)
		}
		var again []deliver.Message
		for i, r := range results {
			switch {
			case r.Stage == 0, r.Outcome == deliver.Deferred && rng.IntN(4) > 0:
				again = append(again, left[i])
			case r.Outcome == deliver.Accepted:
				accepted[onWire(left[i])] = true
			case r.Outcome == deliver.Uncertain:
				uncertain[onWire(left[i])] = true
			}
		}
		left = again
	}
	known := map[string]bool{}
	for _, m := range all {
		known[onWire(m)] = true
	}
	for i, m := range taken {
		if !known[m] {
			t.Errorf("the relay took what was not sent, or half of it: %d bytes", len(m))
		}
		if !accepted[m] && !uncertain[m] {
			t.Errorf("taken, and neither accepted nor uncertain: %.20q", m)
		}
		if slices.Contains(taken[:i], m) {
			t.Errorf("taken twice: %.20q", m)
		}
		delete(accepted, m)
	}
	for m := range accepted {
		t.Errorf("accepted, and not taken: %.20q", m)
	}
	return !t.Failed()
}

// FuzzStream: whatever the replies are made of, the relay is never given half a
// message, nor commands where it was told data would come.
func FuzzStream(f *testing.F) {
	f.Add("250 a\r\n250 b\r\n354 c\r\n|250 d\r\n250 e\r\n250 f\r\n354 g\r\n|250 h\r\n", true)
	f.Add("250 a\r\n|250 b\r\n|354 c\r\n|250 d\r\n|250 e\r\n|250 f\r\n|354 g\r\n|250 h\r\n", false)
	f.Add("250 a\r\n550 b\r\n354 c\r\n", true)
	f.Add("250-a\r\n250 a\r\n250 b\r\n354 c\r\n250 stray\r\n", true)
	f.Add("250\r\n250\r\n354\r\n|250-\r\n250\r\n250\r\n550\r\n503\r\n|250\r\n", true)
	f.Add("250 a\r\n550 b=\xe2'''&'\xd7\rU\x06zA\x10\xa7\xa7\xa7\xa7\xa7\xa7\xa7\x00\x00\x00\x10@\n550 b=\xe2\x10\x1a/#\xbd''' b\r\xe2c\r\n", true)
	f.Add("1?0 \r\n/00 \r\n\x00\x00\x00 \n", true)
	f.Add("250 a\r\n250 b\r\n354 c\r\n|250 d\r\n250 d\r\n|250 e\r\n250 f\r\n354 g\r\n|421 h\r\n", true)
	f.Fuzz(func(t *testing.T, replies string, pipes bool) {
		client, relay := pair(t)
		said := make(chan string, 1)
		go func() {
			var got bytes.Buffer
			buf := make([]byte, 64<<10)
			for _, part := range strings.Split(replies, "|") { // a part for each thing said
				n, err := relay.Read(buf)
				got.Write(buf[:n])
				if err != nil {
					break
				}
				_, _ = io.WriteString(relay, part)
			}
			_ = relay.(*net.TCPConn).CloseWrite()
			_, _ = got.ReadFrom(relay)
			said <- got.String()
		}()
		c := bare(client, pipes)
		brief := 50 * time.Millisecond // a relay that says too little is waited for
		c.limits = Timeouts{Mail: brief, Rcpt: brief, Data: brief, Block: brief, Dot: brief, Quit: brief}
		all := numbered(3)
		results := stream(t.Context(), c, all)
		c.Close()
		client.Close()
		wantNoAddress(t, results)
		rest := <-said
		for i, m := range all {
			whole := onWire(m) + ".\r\n"
			if results[i].Outcome == deliver.Accepted && !strings.Contains(rest, whole) {
				t.Errorf("message %d is accepted, and was not sent: %q", i, rest)
			}
			rest = strings.Replace(rest, whole, "", 1)
			rest = strings.Replace(rest, fmt.Sprintf("MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", returnPath, m.Envelope.To), "", 1)
		}
		if strings.Contains(rest, "Subject") || strings.Contains(rest, ".\r\n") && !strings.Contains(rest, ".jp") {
			t.Errorf("half a message: %q", rest)
		}
	})
}
