package sink

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestConversation(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Record: true})
	c, r := connect(t, s)
	const dialogue = "EHLO a.example\r\nmail from:<a@example.jp>\r\nRCPT TO:<b@example.jp>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\n" +
		"MAIL FROM:<>\r\nRCPT TO:<b@example.jp>\r\nRSET\r\nRCPT TO:<b@example.jp>\r\nDATA\r\nNOOP\r\nVRFY x\r\nQUIT\r\n"
	if _, err := io.WriteString(c, dialogue); err != nil {
		t.Fatal(err)
	}
	got, want := codes(t, r, 99), []int{220, 250, 250, 250, 354, 250, 250, 250, 250, 503, 554, 250, 500, 221, 0}
	if !slices.Equal(got, want) {
		t.Errorf("replies %v, want %v", got, want)
	}
	if m := s.Mails(); len(m) != 1 || string(m[0].Data) != "Subject: x\r\n\r\n.\r\n" {
		t.Errorf("%+v", m)
	}
}

// said is a session that says the same to everybody.
type said struct{ rcpt, data, end Reply }

func (s said) Mail([]byte) Reply { return OK }
func (s said) Rcpt([]byte) Reply { return s.rcpt }
func (s said) Data() Reply       { return s.data }
func (s said) Write([]byte)      {}
func (s said) End() Reply        { return s.end }

// TestWhatSessionsSay: a refusal is passed on, 421 and HangUp end the connection, and
// what was said before arrives. A code may stand alone.
func TestWhatSessionsSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		said said
		bare bool
		want []int
	}{
		{said{}, false, []int{220, 250, 250, 354, 250, 221, 0}},
		{said{}, true, []int{220, 250, 250, 354, 250, 221, 0}},
		{said{rcpt: "550 No\r\n"}, false, []int{220, 250, 550, 554, 500}},
		{said{rcpt: "421 Enough\r\n"}, false, []int{220, 250, 421, 0}},
		{said{rcpt: HangUp}, false, []int{220, 250, 0}},
		{said{data: HangUp}, false, []int{220, 250, 250, 354, 0}},
		{said{end: HangUp}, false, []int{220, 250, 250, 354, 0}},
		{said{end: "454 Later\r\n"}, false, []int{220, 250, 250, 354, 454, 221, 0}},
	} {
		s := &Server{Open: func() Session { return c.said }, Bare: c.bare}
		if err := s.Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		conn, r := connect(t, s)
		if _, err := io.WriteString(conn, "MAIL FROM:<>\r\nRCPT TO:<b@example.jp>\r\nDATA\r\nxxxx\r\n.\r\nQUIT\r\n"); err != nil {
			t.Fatal(err)
		}
		if got := codes(t, r, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%+v: replies %v, want %v", c.said, got, c.want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// connect is a client whose words are written by hand.
func connect(t *testing.T, s interface{ Addr() string }) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// codes reads the codes of so many replies; 0 stands for the end of the connection.
func codes(t *testing.T, r *bufio.Reader, n int) (out []int) {
	t.Helper()
	for len(out) < n {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return append(out, 0)
		}
		if err != nil || len(line) < 4 {
			t.Fatalf("%q, %v after %v", line, err, out)
		}
		if line[3] == '-' {
			continue
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, code)
	}
	return out
}

// TestPath: the quotes of an address are taken off, and what is no path is none.
func TestPath(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" FROM:<a@example.jp> BODY=8BITMIME": "a@example.jp", " FROM:<>": "", ` TO:<"b..c"@example.jp>`: "b..c@example.jp",
		` TO:<"a>b\"c\\d e"@example.jp>`: `a>b"c\d e@example.jp`, " TO:a@example.jp": "-", " TO:<a@example.jp": "-", ` TO:<"a>`: "-", "": "-",
	} {
		got, _, ok := Path([]byte(in))
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestRefusesWhatItDoesNotKnow: a sender's mistakes are seen here, not at somebody's relay.
func TestRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Record: true})
	c, r := connect(t, s)
	const dialogue = "EHLO a.example\r\nMAIL FROM:<a@example.jp> SMTPUTF8\r\nMAIL FROM:a@example.jp\r\nMAIL FROM:<a@example.jp> size=9 body=8bitmime\r\n" +
		"RCPT TO:<b@example.jp> NOTIFY=SOON\r\nRCPT TO:<b@example.jp>\r\nDATA\r\na\nb\r\n.\r\nQUIT\r\n"
	if _, err := io.WriteString(c, dialogue); err != nil {
		t.Fatal(err)
	}
	got, want := codes(t, r, 99), []int{220, 250, 555, 501, 250, 555, 250, 354, 550, 221, 0}
	if !slices.Equal(got, want) || s.Count() != 0 {
		t.Errorf("replies %v, want %v; %d mails", got, want, s.Count())
	}
}

// TestTakesDSN as RFC 3461 §4 has it, and nothing else behind an address.
func TestTakesDSN(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Record: true})
	c, r := connect(t, s)
	var dialogue strings.Builder
	want := []int{220}
	say := func(code int, line string) {
		dialogue.WriteString(line + "\r\n")
		want = append(want, code)
	}
	for code, all := range map[int][]string{
		250: {"", " RET=HDRS", " ret=full SIZE=9", " ENVID=abc RET=HDRS"},
		555: {" RET=ALL", " RET", " RET=", " NOTIFY=FAILURE"},
	} {
		for _, x := range all {
			say(code, "MAIL FROM:<a@example.jp>"+x)
			say(250, "RSET")
		}
	}
	say(250, "MAIL FROM:<a@example.jp>")
	for code, all := range map[int][]string{
		250: {"", " NOTIFY=FAILURE", " notify=never", " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;b@example.jp"},
		555: {" NOTIFY=", " NOTIFY", " NOTIFY=FAILURE,NEVER", " NOTIFY=SOON", " NOTIFY=FAILURE NOTIFY=DELAY", " RET=HDRS", " SIZE=9"},
	} {
		for _, x := range all {
			say(code, "RCPT TO:<b@example.jp>"+x)
		}
	}
	say(221, "QUIT")
	if _, err := io.WriteString(c, dialogue.String()); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, r, len(want)); !slices.Equal(got, want) {
		t.Errorf("replies\n%v, want\n%v to\n%s", got, want, dialogue.String())
	}
}

// TestDotsAreUndone: a message is kept as it was before it travelled.
func TestDotsAreUndone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		".\r\n": "", "..\r\n.\r\n": ".\r\n", "..a\r\nb\r\n...\r\n..c\r\n.\r\n": ".a\r\nb\r\n..\r\n.c\r\n", "a.\r\n\r\n.\r\n": "a.\r\n\r\n",
	} {
		if got := string(unstuffed([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestDotInEveryCut: wherever a message is cut, its end is found, and only there.
func TestDotInEveryCut(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		".\r\nNEXT",
		"a\r\n.\r\nNEXT",
		"a\r\n..\r\n.b\r\n.\n\r\n.\r\r\n.\r\nNEXT",
		"\r\n\r\n.\r\nNEXT",
		"\r\r\n.\r\n.\r\n",
		strings.Repeat("あいう\r\n..\r\n", 9) + ".\r\n",
		"never\r\n.\rends\r\n.",
	} {
		want := len("\r\n") // of the DATA command
		if i := strings.Index("\r\n"+text, string(endOfData)); i >= 0 {
			want = i + len(endOfData) - want
		} else {
			want = -1
		}
		for a := range len(text) + 1 {
			for b := a; b <= len(text); b++ {
				if got := endIn(text[:a], text[a:b], text[b:]); got != want {
					t.Fatalf("%q cut at %d and %d: the end is at %d, want %d", text, a, b, got, want)
				}
			}
		}
		if got := endIn(strings.Split(text, "")...); got != want {
			t.Errorf("%q octet by octet: the end is at %d, want %d", text, got, want)
		}
	}
}

// endIn is where the scanner finds the end, or -1.
func endIn(pieces ...string) int {
	var d dotScanner
	d.begin()
	at := 0
	for _, p := range pieces {
		for p != "" { // Split gives whole characters; the wire does not
			piece := p[:min(len(p), 1+len(pieces)%7)]
			if len(pieces) == 3 {
				piece = p
			}
			n, found := d.scan([]byte(piece))
			at += n
			if found {
				return at
			}
			p = p[len(piece):]
		}
	}
	return -1
}

var dotSeed = flag.Uint64("dots.seed", 0, "of TestDotAtRandom (0: by the clock; a failure prints it)")

func TestDotAtRandom(t *testing.T) {
	t.Parallel()
	seed := cmp.Or(*dotSeed, uint64(time.Now().UnixNano()))
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = "\r\n.a"[rng.IntN(4)]
		}
		want := bytes.Index(append([]byte("\r\n"), b...), endOfData)
		if want >= 0 {
			want += len(endOfData) - 2
		}
		var d dotScanner
		d.begin()
		got, at := -1, 0
		for rest := b; len(rest) > 0; {
			piece := rest[:1+rng.IntN(len(rest))]
			n, found := d.scan(piece)
			if at += n; found {
				got = at
				break
			}
			rest = rest[len(piece):]
		}
		if got != want {
			t.Fatalf("seed %d: %q: the end is at %d, want %d", seed, b, got, want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	line := strings.Repeat("QUJD", 19) + "\r\n"
	body := []byte(strings.Repeat(line, 10<<10/len(line)) + ".\r\n")
	b.SetBytes(int64(len(body)))
	var d dotScanner
	for b.Loop() {
		d.begin()
		if _, found := d.scan(body); !found {
			b.Fatal("no end")
		}
	}
}
