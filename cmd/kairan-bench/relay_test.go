package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// dial connects to a relay in this process.
func dial(t *testing.T, r *relay) (net.Conn, *bufio.Reader) {
	t.Helper()
	if r.met == nil {
		if _, err := r.listen(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.server.Close() })
	}
	c, err := net.Dial("tcp", r.server.Addr())
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
		s := &relay{spec: relaySpec{Faults: f}}
		to := meeting(t, f, c.is)
		for n, want := range [][]int{c.first, c.second} {
			conn, r := dial(t, s)
			_ = codes(t, r, 1)
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

// TestRelayProcess: the record has every copy, with the octets that came.
func TestRelayProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	p, err := startRelay(relaySpec{Record: file}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().UnixNano()
	if _, err := blast(p.Port, 3, 30, []byte("Subject: x\r\n\r\n.dot\r\n")); err != nil {
		t.Fatal(err)
	}
	seen, err := p.idle(t.Context())
	if err != nil || seen.Messages != 30 || seen.Open != 0 {
		t.Errorf("%+v, %v", seen, err)
	}
	if err := p.end(); err != nil {
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
