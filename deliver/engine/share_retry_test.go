package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestARetryGoesByAnother relay of the rank, whether the first put the copy off, asked for
// less or broke the connection; its attempts are counted as ever.
func TestARetryGoesByAnother(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no       deliver.Result
		attempts int // of the last
	}{
		"put off":   {deliver.Judge(deliver.StageRcpt, 450, "4.2.1", ""), 2},
		"throttled": {deliver.Judge(deliver.StageRcpt, 450, "4.7.0", "rate limit exceeded"), 1},
		"broken":    {deliver.Judge(deliver.StageRcpt, 0, "", "reset"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := newFarm(t)
				seen := map[string]int{}
				no := func(what string) deliver.Result {
					var n int
					_, _ = fmt.Sscanf(what, "a/1#%d", &n)
					f.mu.Lock()
					defer f.mu.Unlock()
					seen[what]++
					if n%10 == 3 {
						return c.no
					}
					return accepted
				}
				// The other is busy when the copies fall due again.
				f.e.Relays = []Relay{f.relay("strict", 1, 4, 10*time.Millisecond, no), f.relay("mild", 1, 1, 100*time.Millisecond, nil)}
				l := f.add("a/1", 2000)
				l.domains = 10
				f.runFor(3 * time.Hour)
				again := 0
				for n := 3; n <= 2000; n += 10 {
					what := fmt.Sprintf("a/1#%d", n)
					switch {
					case seen[what] > 1:
						t.Errorf("%s was brought to the same relay %d times", what, seen[what])
					case seen[what] == 1:
						again++
					}
					s := l.last(subscribe.Seq(n))
					if s.Result.Outcome != deliver.Accepted || seen[what] == 1 && s.Reader.Attempt != c.attempts {
						t.Errorf("%s: %+v", what, s)
					}
				}
				if again < 10 || !slices.ContainsFunc(f.taken["mild"], func(s string) bool { return strings.HasSuffix(s, "3") }) {
					t.Errorf("only %d were tried again", again)
				}
			})
		})
	}
}

// TestARetryGoesByTheSame relay where no other takes mail, and nothing waits for that.
func TestARetryGoesByTheSame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		once := map[string]bool{}
		f.e.Relays = []Relay{f.relay("strict", 1, 2, 0, func(what string) deliver.Result {
			f.mu.Lock()
			defer f.mu.Unlock()
			if !once[what] {
				once[what] = true
				return deliver.Judge(deliver.StageRcpt, 450, "4.2.1", "")
			}
			return accepted
		}), {Name: "down", Beside: true, Connections: 2, Transport: noLogin()}}
		l := f.add("a/1", 100)
		stop := f.run()
		time.Sleep(15*time.Minute + 30*time.Second)
		stop()
		l.wantAll(100, deliver.Accepted, 2)
		if f.e.runs[0].flying != 0 {
			t.Errorf("%d are still out", f.e.runs[0].flying)
		}
	})
}

// TestWhatHangsAsideComesBack: a relay that would take a copy aside and is busy for long
// does not keep it.
func TestWhatHangsAsideComesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		once := map[string]bool{}
		strict := f.relay("strict", 1, 2, 0, func(what string) deliver.Result {
			f.mu.Lock()
			defer f.mu.Unlock()
			if !once[what] {
				once[what] = true
				return deliver.Judge(deliver.StageRcpt, 450, "4.2.1", "")
			}
			return accepted
		})
		hung := f.relay("hung", 1, 2, 0, nil)
		hung.Transport = after(10*time.Hour, hung.Transport)
		f.e.Relays, f.e.Policy.Grace = []Relay{strict, hung}, time.Second
		f.add("a/1", 100)
		stop := f.run()
		time.Sleep(15*time.Minute + time.Minute)
		if n := f.took("strict"); n != 98 {
			t.Errorf("%d are out, and two hang", n)
		}
		stop()
	})
}
