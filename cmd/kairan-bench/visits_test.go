package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// lasting makes an issue last long enough for a few visits on any machine.
var lasting = []string{"--readers", "1500", "--connections", "4", "--slow", "100", "--slow-by", "5ms", "--posts", "15", "--every", "10ms"}

func TestNotice(t *testing.T) {
	t.Parallel()
	code, out, errs := bench(t, append([]string{"notice", "--json", "--dir", t.TempDir()}, lasting...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r noticeReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	// The README promises a second. Three leave room for a busy machine.
	if r.Relay.P99 > 3000 {
		t.Errorf("a confirmation took %.0f ms", r.Relay.P99)
	}
	// The intake's own tick is 250 ms, so a confirmation cannot be there at once.
	if r.Posts != 15 || r.MessagesPerSecond <= 0 || r.Answer.P50 <= 0 || r.Relay.P50 <= r.Answer.P50 || r.Relay.Max < r.Relay.P99 ||
		r.AnonMiBPeak <= 0 { // how much it may be, only a program without -race can show
		t.Errorf("%+v", r)
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errs := bench(t, append([]string{"leave", "--dir", dir}, lasting...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"15 readers left while an issue to 1,500", "the answer to the ", "a backup", "after the answer"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "data", "backup-*")); err != nil || len(left) > 0 {
		t.Errorf("backups are left behind: %v, %v", left, err)
	}
	code, _, errs = bench(t, append([]string{"leave", "--dir", dir}, lasting...)...)
	if code != 1 || !strings.Contains(errs, "from an earlier call") {
		t.Errorf("readers who have left are drawn again: exit %d, %s", code, errs)
	}
}

func TestWrongVisits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"notice", "--posts", "0"}, "--posts 0"},
		{[]string{"notice", "--every", "0s"}, "--every 0s"},
		{[]string{"leave", "--readers", "3", "--posts", "4"}, "at most one a reader"},
		{[]string{"leave", "--connections", "4,8"}, "give one number"},
		{[]string{"notice", "--readers", "20", "--posts", "20", "--every", "100ms"}, "before the last POST"},
	} {
		if code, _, errs := bench(t, c.args...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %q; want 1 and %q", c.args, code, errs, c.want)
		}
	}
}

// TestLeaversAreSorted: what became of each reader is told from the claims, and
// a claim after the answer is found.
func TestLeaversAreSorted(t *testing.T) {
	t.Parallel()
	at := func(n int64) time.Time { return time.Unix(0, n) }
	s := &seen{claims: map[string]claimed{"a": {1, 5}, "b": {8, 12}, "c": {12, 25}, "d": {21, 30}}}
	for _, who := range []string{"a", "b", "c", "d", "e"} {
		s.visits = append(s.visits, visit{reader: who, asked: at(10), answered: at(20)})
	}
	var r leaveReport
	if r.sort(s); r.Before != 1 || r.During != 2 || r.After != 1 || r.Withdrawn != 1 {
		t.Errorf("%+v", r)
	}
}

// TestCount: claims, copies and books that disagree are found.
func TestCount(t *testing.T) {
	t.Parallel()
	line := func(n int) string { return fmt.Sprintf("1 %d aa 1 %s\n", n+1, recipient(n)) }
	both := map[string]claimed{recipient(0): {}, recipient(1): {}}
	good := deliver.Balance{Audience: 3, Accepted: 2, Withdrawn: 1}
	for _, c := range []struct {
		name, record string
		books        deliver.Balance
		want         string
	}{
		{"well", line(0) + line(1), good, ""},
		{"lost", line(0), good, "has 0 copies, claimed: true"},
		{"sent to one who had left", line(0) + line(1) + line(2), good, "has 1 copies, claimed: false"},
		{"doubled", line(0) + line(1) + line(1), good, "has 2 copies"},
		{"other books", line(0) + line(1), deliver.Balance{Audience: 3, Accepted: 3}, "the books say"},
	} {
		file := filepath.Join(t.TempDir(), "record")
		if err := os.WriteFile(file, []byte(c.record), 0o600); err != nil {
			t.Fatal(err)
		}
		err := (&seen{claims: both, books: c.books}).count(3, file)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestReadClaims(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1 2 a@example.jp\n": "", "1 2 a\n3 4 a\n": "claimed twice", "1 x\n": "cannot be read"} {
		file := filepath.Join(t.TempDir(), "claims")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readClaims(file)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err == nil && got["a@example.jp"] != (claimed{1, 2}) {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestAnswers: those of visits outside of every span do not count.
func TestAnswers(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time { return time.Unix(0, 0).Add(time.Duration(n) * time.Millisecond) }
	s := &seen{visits: []visit{{asked: at(0), answered: at(10)}, {asked: at(20), answered: at(22)}, {asked: at(30), answered: at(31)}}}
	if n, q := s.answers(); n != 3 || q.Max != 10 {
		t.Errorf("of all: %d, %v", n, q)
	}
	if n, q := s.answers(span{at(15), at(21)}, span{at(31), at(40)}); n != 1 || q.Max != 2 {
		t.Errorf("of those within: %d, %v", n, q)
	}
	if n, q := s.answers(span{at(50), at(60)}); n != 0 || q != (quantiles{}) {
		t.Errorf("of none: %d, %v", n, q)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for n := range 200 {
		times = append(times, time.Duration(200-n)*time.Millisecond)
	}
	if got, want := quantilesOf(times), (quantiles{100, 180, 198, 200}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := quantilesOf(times[:1]); got != (quantiles{200, 200, 200, 200}) {
		t.Errorf("of one: %v", got)
	}
}
