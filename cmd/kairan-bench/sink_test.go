package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

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

func TestDotAtRandom(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		b := make([]byte, dice.IntN(40))
		for i := range b {
			b[i] = "\r\n.a"[dice.IntN(4)]
		}
		want := bytes.Index(append([]byte("\r\n"), b...), endOfData)
		if want >= 0 {
			want += len(endOfData) - 2
		}
		var d dotScanner
		d.begin()
		got, at := -1, 0
		for rest := b; len(rest) > 0; {
			piece := rest[:1+dice.IntN(len(rest))]
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

// dial connects to a sink in this process.
func dial(t *testing.T, s *sink) (net.Conn, *bufio.Reader) {
	t.Helper()
	s.met = map[string]bool{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.accept(l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = l.Close(), c.Close()
	})
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

func TestConversation(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c, r := dial(t, s)
	const dialogue = "EHLO a.example\r\nmail from:<a@example.jp>\r\nRCPT TO:<b@example.jp>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\n" +
		"MAIL FROM:<>\r\nRCPT TO:<b@example.jp>\r\nRSET\r\nRCPT TO:<b@example.jp>\r\nDATA\r\nNOOP\r\nVRFY x\r\nQUIT\r\n"
	if _, err := io.WriteString(c, dialogue); err != nil {
		t.Fatal(err)
	}
	got, want := codes(t, r, 99), []int{220, 250, 250, 250, 354, 250, 250, 250, 250, 503, 554, 250, 500, 221, 0}
	if !slices.Equal(got, want) {
		t.Errorf("replies %v, want %v", got, want)
	}
	if n, b := s.messages.Load(), s.bytes.Load(); n != 1 || b != int64(len("Subject: x\r\n\r\n..\r\n.\r\n")) {
		t.Errorf("%d messages, %d octets", n, b)
	}
}

// meeting is a recipient whom that fault meets.
func meeting(t *testing.T, f faults, want fault) string {
	t.Helper()
	for n := range 100_000 {
		if f.of(recipient(n)) == want {
			return recipient(n)
		}
	}
	t.Fatalf("nobody meets fault %d", want)
	return ""
}

func TestScriptedFailures(t *testing.T) {
	t.Parallel()
	f := faults{Refuse: 10, Defer: 10, Drop: 40, Slow: 10, SlowBy: time.Millisecond}
	for _, c := range []struct {
		is            fault
		first, second []int // replies to MAIL, RCPT, DATA and the message, at two attempts
		taken         int64
		unanswered    int64
	}{
		{noFault, []int{250, 250, 354, 250}, []int{250, 250, 354, 250}, 2, 0},
		{slowAnswer, []int{250, 250, 354, 250}, []int{250, 250, 354, 250}, 2, 0},
		{refuse, []int{250, 550, 554}, []int{250, 550, 554}, 0, 0},
		{deferOnce, []int{250, 451, 554}, []int{250, 250, 354, 250}, 1, 0},
		{dropRcpt, []int{250, 0}, []int{250, 250, 354, 250}, 1, 0},
		{dropData, []int{250, 250, 354, 0}, []int{250, 250, 354, 250}, 1, 1},
		{dropLost, []int{250, 250, 354, 0}, []int{250, 250, 354, 250}, 1, 1},
		{dropTaken, []int{250, 250, 354, 0}, []int{250, 250, 354, 250}, 2, 1},
	} {
		s := &sink{spec: sinkSpec{Faults: f}}
		to := meeting(t, f, c.is)
		conn, r := dial(t, s)
		for n, want := range [][]int{c.first, c.second} {
			if n == 0 {
				_ = codes(t, r, 1)
			} else {
				met := s.met
				conn, r = dial(t, s)
				s.met = met
				_ = codes(t, r, 1)
			}
			out := "MAIL FROM:<a@example.jp>\r\nRCPT TO:<" + to + ">\r\nDATA\r\n"
			if len(want) == 4 {
				out += "x\r\n.\r\n"
			}
			if _, err := io.WriteString(conn, out); err != nil {
				t.Fatal(err)
			}
			if got := codes(t, r, len(want)); !slices.Equal(got, want) {
				t.Errorf("fault %d, attempt %d: replies %v, want %v", c.is, n+1, got, want)
			}
		}
		if s.messages.Load() != c.taken || s.unanswered.Load() != c.unanswered {
			t.Errorf("fault %d: %d taken, %d unanswered; want %d, %d", c.is, s.messages.Load(), s.unanswered.Load(), c.taken, c.unanswered)
		}
	}
}

func TestFaultsMeetTheirShare(t *testing.T) {
	t.Parallel()
	f := faults{Refuse: 2, Defer: 5, Drop: 8, Slow: 10, Salt: 42}
	met := map[fault]int{}
	const n = 100_000
	for i := range n {
		met[f.of(recipient(i))]++
	}
	drops := met[dropRcpt] + met[dropData] + met[dropLost] + met[dropTaken]
	for _, c := range []struct {
		got  int
		want float64
	}{{met[refuse], 2}, {met[deferOnce], 5}, {drops, 8}, {met[dropTaken], 2}, {met[slowAnswer], 10}, {met[noFault], 75}} {
		if got := float64(c.got) / n * 100; got < c.want*0.9 || got > c.want*1.1 {
			t.Errorf("%.2f per cent, want %g", got, c.want)
		}
	}
	if (faults{}).of(recipient(1)) != noFault {
		t.Error("a relay without faults has one")
	}
}

// TestSinkProcess: the record has every copy, with the octets that came.
func TestSinkProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	p, err := startSink(sinkSpec{Record: file}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().UnixNano()
	if _, err := blast(p.Port, 3, 30, []byte("Subject: x\r\n\r\n.dot\r\n")); err != nil {
		t.Fatal(err)
	}
	seen, err := p.Idle(t.Context())
	if err != nil || seen.Messages != 30 || seen.Connections != 3 || seen.Open != 0 {
		t.Errorf("%+v, %v", seen, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	copies, err := readRecord(file)
	if err != nil || len(copies) != 30 {
		t.Fatalf("%d copies, %v", len(copies), err)
	}
	most := map[int64]int64{}
	for _, x := range copies {
		most[x.conn] = max(most[x.conn], x.nth)
		if x.sum != copies[0].sum || x.recipient != "reader-0000001@example.jp" || x.at < began || x.at > time.Now().UnixNano() {
			t.Errorf("%+v", x)
		}
	}
	if len(most) != 3 || most[copies[0].conn] != 10 {
		t.Errorf("messages of connections: %v", most)
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
