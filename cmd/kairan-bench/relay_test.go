package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/sink"
)

// attempt is one message over a connection: what each step of it is told, up to the
// first no.
func attempt(s *session, to string) (told []sink.Reply) {
	for _, step := range []func() sink.Reply{
		func() sink.Reply { return s.Mail([]byte("FROM:<a@example.jp>")) },
		func() sink.Reply { return s.Rcpt([]byte("TO:<" + to + ">")) },
		s.Data,
		s.End,
	} {
		told = append(told, step())
		if told[len(told)-1] != sink.OK {
			break
		}
	}
	return told
}

// newRelay is one without a port.
func newRelay(f faults) *relay { return &relay{spec: relaySpec{Faults: f}, met: map[string]bool{}} }

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
	const unknown, later = "550 5.1.1 No such mailbox\r\n", "451 4.2.0 Try again later\r\n"
	whole := []sink.Reply{sink.OK, sink.OK, sink.OK, sink.OK}
	for _, c := range []struct {
		is            fault
		first, second []sink.Reply // at two attempts
		taken         int64
		unanswered    int64
	}{
		{noFault, whole, whole, 2, 0},
		{slowAnswer, whole, whole, 2, 0},
		{refuse, []sink.Reply{sink.OK, unknown}, []sink.Reply{sink.OK, unknown}, 0, 0},
		{deferOnce, []sink.Reply{sink.OK, later}, whole, 1, 0},
		{dropRcpt, []sink.Reply{sink.OK, sink.HangUp}, whole, 1, 0},
		{dropData, []sink.Reply{sink.OK, sink.OK, sink.HangUp}, whole, 1, 1},
		{dropLost, []sink.Reply{sink.OK, sink.OK, sink.OK, sink.HangUp}, whole, 1, 1},
		{dropTaken, []sink.Reply{sink.OK, sink.OK, sink.OK, sink.HangUp}, whole, 2, 1},
	} {
		r := newRelay(f)
		to := meeting(t, f, c.is)
		for n, want := range [][]sink.Reply{c.first, c.second} {
			if got := attempt(&session{relay: r}, to); !slices.Equal(got, want) {
				t.Errorf("fault %d, attempt %d: replies %q, want %q", c.is, n+1, got, want)
			}
		}
		if r.messages.Load() != c.taken || r.unanswered.Load() != c.unanswered {
			t.Errorf("fault %d: %d taken, %d unanswered; want %d, %d", c.is, r.messages.Load(), r.unanswered.Load(), c.taken, c.unanswered)
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
