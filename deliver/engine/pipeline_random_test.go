package engine

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

var (
	randomSeed     = flag.Uint64("streams.seed", 0, "the first seed of TestRandomStreams; 0: drawn")
	randomStreamsN = flag.Uint64("streams", 8, "how many seeds TestRandomStreams tries")
)

// TestRandomStreams: relays, readers and disks as they come; in the end everybody
// has one final outcome, and nobody was sent to without a claim.
func TestRandomStreams(t *testing.T) {
	t.Parallel()
	first := *randomSeed
	if first == 0 {
		first = rand.Uint64() >> 1
	}
	t.Logf("-streams.seed %d", first)
	for seed := first; seed < first+*randomStreamsN; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { randomStreams(t, seed) })
		})
	}
}

func randomStreams(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := newStreaming(t, 1+rng.IntN(6))
	l := newLedger(s.world, "a/1", 200)
	var mu sync.Mutex
	chance := func(n int) bool { mu.Lock(); defer mu.Unlock(); return rng.IntN(n) == 0 }
	for range 20 {
		l.left[subscribe.Seq(1+rng.IntN(200))] = true
		l.bad[subscribe.Seq(1+rng.IntN(200))] = true
	}
	s.commit = func() error {
		if chance(30) {
			return errFull
		}
		return nil
	}
	var until atomic.Int64
	full := func() bool {
		if chance(400) {
			until.Store(time.Now().Add(time.Minute).Unix())
		}
		return time.Now().Unix() < until.Load()
	}
	s.envelope = func(_ context.Context, _ *streamer, _ string) (deliver.Result, bool) {
		switch {
		case chance(40):
			return deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no"), false
		case chance(40):
			return deliver.Judge(deliver.StageRcpt, 450, "4.2.0", "later"), false
		case chance(60):
			return deliver.Judge(deliver.StageMail, 421, "4.7.0", "enough"), false
		case chance(100):
			return deliver.Judge(deliver.StageMail, 530, "5.7.0", "you?"), false
		case chance(100):
			return deliver.Judge(deliver.StageMail, 553, "5.7.1", "this sender?"), false
		case chance(60):
			return deliver.Judge(deliver.Stage(4+len(s.events("dial"))%3), 452, []string{"", "4.5.3", "4.2.2"}[len(s.events("open"))%3], ""), false
		case chance(60):
			return deliver.Judge(deliver.Stage(4+len(s.events("dial"))%3), 454, []string{"", "4.7.0"}[len(s.events("open"))%2], ""), false
		case chance(60):
			return deliver.Judge(deliver.StageRcpt, 450, "4.7.1", ""), false
		case full(): // the account has had its quota for a while
			return deliver.Judge(deliver.StageMail, 452, "", ""), false
		case chance(60):
			return deliver.Judge(deliver.Stage(4+len(s.events("dial"))%3), 0, "", "EOF"), false
		}
		return deliver.Result{}, true
	}
	s.data = func(_ context.Context, _ *streamer, _ string) deliver.Result {
		time.Sleep(10 * time.Millisecond)
		switch {
		case chance(40):
			return deliver.Judge(deliver.StageDot, 0, "", "EOF")
		case chance(40):
			return deliver.Judge(deliver.StageDot, 452, "4.3.1", "full")
		case chance(60):
			return deliver.Judge(deliver.StageDot, 421, "4.3.2", "closing")
		case chance(60):
			return deliver.Judge(deliver.StageDot, 454, "", "")
		case chance(60):
			return deliver.Judge(deliver.StageDot, 452, "", "")
		}
		return deliver.Judge(deliver.StageDot, 250, "", "")
	}
	for n := range uint64(9) {
		s.notices = append(s.notices, queued(n))
	}
	s.e.Policy.Retry, s.e.Policy.UncertainAfter, s.e.Policy.ProbeEvery = deliver.Retry{10 * time.Second}, 10*time.Second, 10*time.Second
	s.e.Add(unclaimed{l}, time.Now().Add(30*time.Minute))
	s.runFor(31 * time.Minute)
	if l.out != 0 || len(l.inFlight) != 0 || len(l.pending) != 0 || len(s.notices)+len(s.later) != 0 {
		t.Errorf("%d handed out, %d in flight, %d pending, %d notices", l.out, len(l.inFlight), len(l.pending), len(s.notices)+len(s.later))
	}
	for seq := subscribe.Seq(1); seq <= 200; seq++ {
		if all := l.settled[seq]; len(all) == 0 && !l.left[seq] {
			t.Errorf("#%d was forgotten", seq)
		} else if len(all) > 0 && !all[len(all)-1].Next.IsZero() && !l.left[seq] {
			t.Errorf("#%d is to be tried again: %+v", seq, all[len(all)-1])
		}
	}
	l.wantClaimed()
}
