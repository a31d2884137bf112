//go:build unix

package main

import (
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	postfixKills = flag.Int("postfix-kills", 5, "how often TestPostfixLogSettlesKills kills a run")
	postfixSeed  = flag.Uint64("postfix-seed", 0, "of the moments at which it kills; 0: drawn")
)

// TestPostfixLogSettlesKills kills the service again and again while it sends through
// a real Postfix, and never sends a copy a second time that may have gone out. Then it
// reads the relay's log: of each uncertain copy it says whether the relay had taken it,
// and when all is told every reader has the issue, once.
func TestPostfixLogSettlesKills(t *testing.T) {
	t.Parallel()
	const perLife = 40
	seed, kills := *postfixSeed, *postfixKills
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	readers := kills*2*perLife + 2*killConns // some go out between the word and the kill
	p := newPosted(t, readers, killReader, map[string]string{"connections": fmt.Sprint(killConns), "retry": "[\"1s\"]\nuncertain = \"hold\""})
	ever := 0
	for n := range kills {
		enough := make(chan struct{}) // from the life's first copy on, however long its start takes
		p.relay.policy.later(perLife/2+dice.IntN(perLife/2), func() { close(enough) })
		p.start()
		if n == 0 {
			p.schedule()
		}
		b := p.status().Balance
		if more := b.UncertainEver - ever; more < 0 || more > killConns {
			t.Errorf("kill %d: %d more readers uncertain, over %d connections", n, more, killConns)
		}
		ever = b.UncertainEver
		select {
		case <-enough:
		case <-time.After(patience):
			t.Fatalf("kill %d: nothing goes out: %+v", n, p.status().Balance)
		}
		<-time.After(time.Duration(dice.Int64N(int64(20 * time.Millisecond)))) // anywhere within a copy
		p.end(syscall.SIGKILL)
	}
	p.start()
	before := p.until("only the uncertain are left", finished).Balance
	p.relay.settled()
	late, twice := p.have(readers)
	t.Logf("%d kills: %s; %d readers do not have it", kills, before, late)
	if before.Accepted+before.Uncertain != readers || before.Uncertain != before.UncertainEver || before.Uncertain == 0 || late > before.Uncertain || twice > 0 {
		t.Errorf("before the log is read %d have it twice, %d do not have it, and the books: %+v", twice, late, before)
	}

	p.advance(2 * time.Hour)
	said := p.kairan(strings.NewReader(p.wholeLog()), "relay-log")
	t.Logf("the log says:\n%s", said)
	if strings.Contains(said, "still uncertain") || strings.Contains(said, "readers.example") {
		t.Error("the log has not settled everything, or a reader is named")
	}
	after := p.until("the others are out", finished).Balance
	p.relay.settled()
	if late, twice := p.have(readers); late > 0 || twice > 0 {
		t.Errorf("%d readers do not have it, %d have it twice", late, twice)
	}
	if after.Accepted != readers || after.Uncertain != 0 || after.UncertainEver != before.UncertainEver {
		t.Errorf("the books: %+v", after)
	}
	p.end(syscall.SIGTERM)
}

// have counts the readers who do not have the issue, and who have it twice.
func (p *posted) have(readers int) (missing, twice int) {
	copies := p.relay.copies()
	for n := range readers {
		switch copies[killReader(n)] {
		case 0:
			missing++
		case 1:
		default:
			twice++
		}
	}
	return missing, twice
}

// wholeLog is the relay's log as it is read later: from before the issue began, until
// well after it was out.
func (p *posted) wholeLog() string {
	line := func(at time.Time, program, text string) string {
		return fmt.Sprintf("%s magazine postfix/%s[1]: %s\n", at.Format(time.Stamp), program, text)
	}
	return line(time.Now().Add(-time.Hour), "master", "terminating on signal 15") + p.relay.log() +
		line(time.Now().Add(2*time.Hour-time.Minute), "anvil", "statistics: max cache size 1")
}

// settled waits until nothing lies in the queue any more.
func (p *livePostfix) settled() {
	p.t.Helper()
	p.await("its queue is empty", func() bool {
		for _, queue := range []string{"incoming", "active", "deferred"} {
			err := filepath.WalkDir(p.file("queue/"+queue), func(_ string, e fs.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					return fs.ErrExist
				}
				return nil // it may have gone on meanwhile
			})
			if err != nil {
				return false
			}
		}
		return true
	})
}
