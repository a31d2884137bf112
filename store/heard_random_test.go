package store

import (
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/relaylog"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	hearings    = goflag.Int("hearings", 40, "how many worlds TestHeardAtRandom lives through")
	hearingSeed = goflag.Uint64("hearing-seed", 0, "which worlds; 0: others each time")
)

// TestHeardAtRandom sends issues through two relays whose logs are then read: whole, cut at
// either end, without a piece, of one relay, twice, with the pieces the wrong way round; and
// killed in the middle of the reading. Nobody ever gets two copies, although each time what
// was not taken goes out; and in the end, when the whole of the logs is read, everybody has
// one, unless nobody's copy was acknowledged.
func TestHeardAtRandom(t *testing.T) {
	t.Parallel()
	seed := *hearingSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-hearings %d -hearing-seed %d", *hearings, seed)
	sums := map[string]int{}
	for n := range *hearings {
		w := &mailWorld{
			t: t, dice: rand.New(rand.NewPCG(seed, uint64(n))), dir: filepath.Join(t.TempDir(), fmt.Sprint(n)), keys: newKeys(),
			now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), taken: map[string]int{}, sums: sums,
		}
		w.live()
		if t.Failed() {
			t.Fatalf("in world %d", n)
		}
	}
	t.Log(sums)
	for _, what := range []string{"accepted", "again", "reopened", "killed", "nothing proved"} {
		if sums[what] == 0 {
			t.Errorf("it never came to this: %s", what)
		}
	}
}

// mailWorld is an installation, its relays, and their logs.
type mailWorld struct {
	t    *testing.T
	dice *rand.Rand
	dir  string
	keys *seal.Keyring
	s    *Store
	now  time.Time
	sums map[string]int

	relays []*hostWorld
	ids    []subscribe.ID
	taken  map[string]int // by the relays, by run and entry
	lost   bool           // a relay lost its power, and the end of its log
}

// hostWorld is one relay.
type hostWorld struct {
	name  string
	skew  time.Duration
	lines []logLine
	next  int
}

type logLine struct {
	at       time.Time
	text     string
	accepted bool // it tells of a copy of which we know that it was taken
}

func (w *mailWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *mailWorld) open() {
	s, err := Open(Options{Dir: w.dir, Keys: w.keys, UncertainAfter: -1, Now: func() time.Time { return w.now }})
	w.must(err)
	w.s = s
}

// pass lets time pass. Each relay writes a line at its end.
func (w *mailWorld) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for _, r := range w.relays {
		r.write(w.now, "anvil", "statistics: max connection rate 1/60s")
	}
}

func (r *hostWorld) write(at time.Time, program, format string, args ...any) {
	at = at.Add(r.skew)
	r.lines = append(r.lines, logLine{at: at, text: fmt.Sprintf("%s %s postfix/%s[7]: %s\n", at.Format(time.RFC3339Nano), r.name, program, fmt.Sprintf(format, args...))})
}

// offer has a relay take a copy, or get its header and no more, or nothing at all.
func (w *mailWorld) offer(r *hostWorld, name deliver.IssueName, x deliver.Reader, taken, met bool) {
	r.next++
	id, mid := fmt.Sprintf("4A%06X", r.next), mailID(name, x.ID)
	text, _ := mid.MarshalText()
	r.write(w.now, "smtpd", "%s: client=app[192.0.2.1]", id)
	if met || taken {
		r.write(w.now, "cleanup", "%s: message-id=<%s@example.jp>", id, text)
	}
	if !taken {
		r.write(w.now, "smtpd", "lost connection after %s from app[192.0.2.1]", []string{"DATA (1234 bytes)", "RCPT"}[w.dice.IntN(2)])
		if met {
			r.write(w.now, "smtpd", "lost connection after DATA (1234 bytes) from app[192.0.2.1]")
		}
		return
	}
	r.write(w.now, "qmgr", "%s: from=<news@example.jp>, size=1, nrcpt=1 (queue active)", id)
	switch w.dice.IntN(4) {
	case 0: // it waits
		r.write(w.now, "smtp", "%s: to=<r@example.jp>, relay=none, delay=0.5, delays=0/0/0/0, dsn=4.4.1, status=deferred (no)", id)
	case 1:
		r.write(w.now, "smtp", "%s: to=<r@example.jp>, relay=x, delay=0.5, delays=0/0/0/0, dsn=5.1.1, status=bounced (no)", id)
		r.write(w.now, "qmgr", "%s: removed", id)
	default:
		r.write(w.now, "smtp", "%s: to=<r@example.jp>, relay=x, delay=0.5, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)", id)
		r.write(w.now, "qmgr", "%s: removed", id)
	}
	if w.taken[fmt.Sprint(name, x.Seq)]++; w.taken[fmt.Sprint(name, x.Seq)] > 1 {
		w.t.Errorf("entry %d has two copies of %s", x.Seq, name)
	}
}

// send sends what is to be sent of a run; calm: without faults.
func (w *mailWorld) send(name deliver.IssueName, calm bool) {
	i, err := w.s.Issue(name)
	w.must(err)
	if i.State != deliver.Running {
		return
	}
	r, err := w.s.OpenRun(name)
	w.must(err)
	for {
		x, err := r.Reserve(w.now)
		w.must(err)
		if x == nil {
			break
		}
		w.must(r.SettleAndClaim(w.t.Context(), nil, x, nil))
		relay, kind := w.relays[w.dice.IntN(len(w.relays))], w.dice.IntN(12)
		if calm {
			kind = 11
		}
		w.pass(time.Duration(1+w.dice.IntN(20)) * time.Second)
		result := deliver.Result{Outcome: deliver.Uncertain, Stage: deliver.StageDot}
		switch {
		case kind == 0: // killed
			w.offer(relay, name, *x, w.dice.IntN(2) == 0, w.dice.IntN(2) == 0)
			w.must(w.s.Close())
			w.pass(time.Duration(w.dice.IntN(900)) * time.Second)
			w.open()
			r, err = w.s.OpenRun(name)
			w.must(err)
			continue
		case kind == 4 && w.dice.IntN(8) == 0: // the relay loses its power, and we the connection
			w.offer(relay, name, *x, true, true)
			relay.lose(w.now, w.dice.IntN(8))
			w.lost = true
		case kind < 4:
			w.offer(relay, name, *x, kind == 1, kind == 2)
		default:
			result.Outcome = deliver.Accepted
			w.offer(relay, name, *x, true, true)
			for i := len(relay.lines) - 5; i < len(relay.lines); i++ {
				relay.lines[i].accepted = true
			}
		}
		w.must(r.SettleAndClaim(w.t.Context(), &deliver.Settlement{Reader: *x, Result: result}, nil, nil))
	}
	_, err = w.s.Conclude(w.t.Context(), name, func(i *deliver.Issue, b deliver.Balance, _ bool, now time.Time) { i.Finish(b, now) })
	w.must(err)
}

// lose takes the last lines away, which were not on the disk. What was in the queue is there
// when the relay starts again.
func (r *hostWorld) lose(now time.Time, n int) {
	id := fmt.Sprintf("4A%06X", r.next)
	gone := slices.ContainsFunc(r.lines, func(l logLine) bool { return strings.Contains(l.text, id+": removed") })
	r.lines = r.lines[:max(0, len(r.lines)-n)]
	r.write(now, "master", "daemon started -- version 3.7.11, configuration /etc/postfix")
	if !gone {
		r.write(now, "qmgr", "%s: from=<news@example.jp>, size=1, nrcpt=1 (queue active)", id)
	}
}

// live is the story of one issue.
func (w *mailWorld) live() {
	for n := range 1 + w.dice.IntN(2) {
		w.relays = append(w.relays, &hostWorld{name: fmt.Sprint("mx", n), skew: time.Duration(w.dice.IntN(240)-120) * time.Second})
	}
	w.open()
	defer func() { _ = w.s.Close() }()
	w.ids = seedReaders(w.t, w.s, "news", 3+w.dice.IntN(12))
	w.pass(time.Duration(w.dice.IntN(180)) * time.Minute)
	w.pass(15 * time.Minute)
	name := named("news", "autumn")
	startIssue(w.t, w.s, name)
	w.send(name, false)
	for range 1 + w.dice.IntN(4) {
		w.pass(time.Duration(w.dice.IntN(100)) * time.Minute)
		w.read(w.spoil(), true)
		w.send(name, false)
	}
	for range 8 {
		w.pass(65 * time.Minute)
		w.read(w.whole(), false)
		w.send(name, true)
	}
	books, err := w.s.Balance(name)
	w.must(err)
	if w.lost {
		w.sums["power lost"]++
		return
	}
	if books.Accepted == 0 { // then nothing shows that it is the log of the relay
		w.sums["nothing accepted"]++
		return
	}
	if books.Accepted != len(w.ids) {
		w.t.Errorf("in the end: %v", books)
	}
	if len(w.taken) != len(w.ids) {
		w.t.Errorf("%d of %d have a copy", len(w.taken), len(w.ids))
	}
}

// whole is all of the logs, one relay behind the other, or by time.
func (w *mailWorld) whole() (log []logLine) {
	for _, r := range w.relays {
		log = append(log, r.lines...)
	}
	if w.dice.IntN(2) == 0 {
		slices.SortStableFunc(log, func(a, b logLine) int { return a.at.Compare(b.at) })
	}
	return log
}

// spoil is a log as operators give it.
func (w *mailWorld) spoil() []logLine {
	log := w.whole()
	cut := w.dice.IntN(len(log) + 1)
	switch w.dice.IntN(7) {
	case 0:
		return log[cut:]
	case 1:
		return log[:cut]
	case 2:
		return slices.Clone(w.relays[w.dice.IntN(len(w.relays))].lines)
	case 3:
		return append(slices.Clone(log), log...)
	case 4:
		return append(slices.Clone(log[cut:]), log[:cut]...)
	case 5: // a piece is missing. That it is, is seen by what we know to have been in it
		to := cut + w.dice.IntN(len(log)-cut+1)
		if slices.ContainsFunc(log[cut:to], func(l logLine) bool { return l.accepted && strings.Contains(l.text, "message-id") }) {
			return append(slices.Clone(log[:cut]), log[to:]...)
		}
	}
	return log
}

// read reads a log; if it may, it is killed in the middle now and then.
func (w *mailWorld) read(log []logLine, kill bool) {
	var text strings.Builder
	for _, l := range log {
		text.WriteString(l.text)
	}
	h, err := w.s.Hear(mailIDs)
	w.must(err)
	broken := errors.New("killed")
	left := -1
	if kill && w.dice.IntN(4) == 0 {
		left = w.dice.IntN(6)
	}
	out, err := relaylog.Read(context.Background(), strings.NewReader(text.String()), relaylog.Options{Now: w.now, Zone: time.UTC}, func(x deliver.Heard) error {
		if left--; left == -1 {
			return broken
		}
		return h.Take(w.t.Context(), []deliver.Heard{x})
	})
	if errors.Is(err, broken) {
		w.sums["killed"]++
		w.must(w.s.Close())
		w.open()
		return
	}
	w.must(err)
	all, err := h.End(w.t.Context(), out.Sources, out.Last, len(w.relays))
	w.must(err)
	for _, x := range all {
		w.sums["accepted"] += x.Accepted
		w.sums["again"] += x.Again
		if x.Left > 0 {
			w.sums["nothing proved"]++
			w.sums[fmt.Sprint("doubt ", x.Why)]++
		}
		i, err := w.s.Issue(x.Issue)
		w.must(err)
		if x.Again > 0 && i.State == deliver.Running {
			w.sums["reopened"]++
		}
	}
}
