package service

import (
	"bytes"
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/bounce"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	bounces    = goflag.Int("bounces", 10_000, "how many mails TestFloodOfBounces has come back")
	bounceSeed = goflag.Uint64("bounce-seed", 0, "which; 0: others each time")
)

// returns is a service with a run whose copies the relay has taken.
type returns struct {
	*Service
	t    *testing.T
	list *subscribe.List
	run  deliver.IssueName
	out  []deliver.Reader // who has got a copy
	tick atomic.Int64
	log  *bytes.Buffer
}

func newReturns(t *testing.T, readers int) *returns {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	cfg, err := config.Parse(filepath.Join(dir, "kairan.toml"), config.DemoSource(dir, "http://localhost:1", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1", 9))
	must(err)
	must(seal.Generate(time.Now()).Write(cfg.Keys))
	r := &returns{t: t, run: deliver.IssueName{List: "ajc-newsletter", Slug: "autumn"}, log: &bytes.Buffer{}}
	r.tick.Store(time.Now().UnixNano())
	r.Service, err = Open(cfg, "test", func() time.Time { return time.Unix(0, r.tick.Load()) }, slog.New(slog.NewTextHandler(r.log, nil)))
	must(err)
	t.Cleanup(func() { _ = r.Close() })
	must(r.adopt(t.Context()))
	r.list = cfg.Lists[r.run.List]
	must(crowd.Seed(t.Context(), r.Store, r.list, readers, r.now(), func(n int) (string, subscribe.Fields) {
		return fmt.Sprintf("reader%d@example.org", n), subscribe.Fields{"name": "Ume", "prefecture": "13", "organisation": "x"}
	}))
	must(r.Store.AddIssue(t.Context(), deliver.Issue{Name: r.run, Subject: "Autumn", State: deliver.Draft}, nil, nil))
	must(r.Store.StartIssue(t.Context(), r.run, deliver.Form{Compiled: []byte("compiled")}, func(i *deliver.Issue, n int, now time.Time) error {
		i.Start(n, 48*time.Hour, now)
		return nil
	}))
	run, err := r.Store.OpenRun(r.run)
	must(err)
	var last *deliver.Settlement
	for {
		x, err := run.Reserve(r.now())
		must(err)
		must(run.SettleAndClaim(t.Context(), last, x, nil))
		if x == nil {
			break
		}
		r.out, last = append(r.out, *x), &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}
	}
	_, err = r.Store.Conclude(t.Context(), r.run, (*deliver.Issue).End)
	must(err)
	return r
}

// token is the return path of a copy.
func (r *returns) token(n int) string {
	x := r.out[n]
	return string(r.tokens.AppendReturn(nil, subscribe.Return{List: r.list, Copy: true, Run: x.Run, ID: x.ID, Generation: x.Generation}))
}

// pipe is what the command does with a mail, and what the verb answers.
func (r *returns) pipe(token string, mail io.Reader) error {
	m := bounce.Read(mail)
	r.tick.Add(int64(time.Second / bouncesPerSecond))
	_, err := BounceTake.Call(context.Background(), &control.Client[Service]{Local: r.Service}, CameBack{Token: token, Is: m.Is, Enhanced: m.Enhanced, Code: m.Code})
	return err
}

// judged are those suspended when no more has come for a while.
func (r *returns) judged() int {
	r.t.Helper()
	r.tick.Add(int64(deliver.BouncesQuiet + time.Minute))
	err := r.Store.JudgeBounces(r.t.Context())
	n, err2 := r.Store.Suspended(r.run.List)
	if err = errors.Join(err, err2); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func sampleOf(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../testdata/bounce", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFloodOfBounces: whatever comes back, forged, over and over, cut off or too large, nobody
// is suspended by it, and it takes no more memory than one mail.
func TestFloodOfBounces(t *testing.T) {
	// Not parallel: it measures memory.
	const readers, again = 1000, 50 // of whom so many have a copy that came back, and comes back ever again
	seed := *bounceSeed
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-bounce-seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 11))
	r := newReturns(t, readers)
	hard, full := sampleOf(t, "postfix-unknown"), sampleOf(t, "postfix-full")
	disabled := sampleOf(t, "gmail-inactive")
	answers := []string{sampleOf(t, "auto-vacation-ja"), sampleOf(t, "postfix-delayed"), sampleOf(t, "loop-own-copy"), sampleOf(t, "bomb-parts"), sampleOf(t, "arf-not-spam")}
	status := strings.Index(hard, "Status: 5.1.1")
	foreign := subscribe.Tokens{Keys: seal.Generate(r.now()), Lists: r.tokens.Lists, Now: r.now}
	large := hard[:strings.Index(hard, "--4Zx")] + strings.Repeat("A line of what no report has before its first part.\n", bounce.MaxSize/50) + hard[strings.Index(hard, "--4Zx"):]
	forge := func() string {
		x, token := r.out[random.IntN(readers)], []byte(r.token(random.IntN(readers)))
		switch random.IntN(3) {
		case 0:
			return string(foreign.AppendReturn(nil, subscribe.Return{List: r.list, Copy: true, Run: x.Run, ID: x.ID}))
		case 1:
			token[random.IntN(len(token))] ^= 1 + byte(random.IntN(31))
		default:
			for i := range token {
				token[i] = "abcdefghijklmnopqrstuvwxyz234567"[random.IntN(32)]
			}
		}
		return string(token)
	}
	seen, kinds := map[int]bool{}, map[string]int{}
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := memory(), uint64(0)
	for n := range *bounces {
		kind, token, mail := "forged", "", hard
		switch k := random.IntN(100); {
		case k < 40:
			token = forge()
		case k < 70:
			who := random.IntN(again)
			kind, seen[who], token, mail = "again", true, r.token(who), []string{full, disabled}[who%2]
		case k < 85:
			kind, token, mail = "cut off", r.token(random.IntN(readers)), hard[:random.IntN(status+len("Status: 5.1.1"))]
		case k < 87:
			kind, token, mail = "too large", r.token(random.IntN(readers)), large
		default:
			kind, token, mail = "for nothing", r.token(random.IntN(readers)), answers[random.IntN(len(answers))]
		}
		kinds[kind]++
		if err := r.pipe(token, strings.NewReader(mail)); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if n == *bounces/2 {
			if got := r.judged(); got != 0 {
				t.Errorf("half way %d are suspended", got)
			}
		}
		if n%(*bounces/20+1) == 0 {
			most = max(most, memory())
		}
	}
	if got := r.judged(); got != 0 {
		t.Errorf("%d are suspended", got)
	}
	b, err := r.Store.Balance(r.run)
	if err != nil || b.Bounced != len(seen) || b.Complaints != 0 || !b.Balances() {
		t.Errorf("%d copies came back, and the books have %d (%v)", len(seen), b.Bounced, err)
	}
	if n, err := r.Store.Count(r.run.List); err != nil || n != readers {
		t.Errorf("of %d readers %d are left (%v)", readers, n, err)
	}
	if grown := int64(most) - int64(before); grown > 16<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	} else {
		t.Logf("%v: the heap has grown by %d KB, the log has %d KB", kinds, grown>>10, r.log.Len()>>10)
	}
	// And what is true is believed.
	if err := r.pipe(r.token(readers-1), strings.NewReader(hard)); err != nil {
		t.Error(err)
	}
	if got := r.judged(); got != 1 {
		t.Errorf("one address does not exist, and %d are suspended", got)
	}
}

// TestRateOfBounces: over the rate the relay is told to try again, by a code that is not an
// answer to the mail; leaving is not counted.
func TestRateOfBounces(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 3)
	hard, refused := CameBack{Token: r.token(0), Is: bounce.Failure, Enhanced: "5.2.2"}, 0
	for range bouncesAtOnce + 3 {
		if _, err := r.bounceTake(t.Context(), hard); exit.Code(err) == exit.Refused {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if refused != 3 {
		t.Errorf("of 3 that were too many %d were refused", refused)
	}
	leave := CameBack{Token: string(r.tokens.AppendLeaveByMail(nil, r.list, r.out[1].ID))}
	if _, err := r.bounceTake(t.Context(), leave); err != nil {
		t.Errorf("leaving waits: %v", err)
	}
	r.tick.Add(int64(time.Second))
	if _, err := r.bounceTake(t.Context(), hard); err != nil {
		t.Errorf("a second later: %v", err)
	}
	r.tick.Add(-int64(time.Hour))
	if _, err := r.bounceTake(t.Context(), hard); err != nil {
		t.Errorf("when the clock was set back: %v", err)
	}
	if n, err := r.Store.Count(r.run.List); err != nil || n != 2 {
		t.Errorf("%d are left of 3, one of whom has left (%v)", n, err)
	}
}

// TestComplaint: it ends that entry, once, and is counted for the run.
func TestComplaint(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 3)
	for range 2 {
		if err := r.pipe(r.token(0), strings.NewReader(sampleOf(t, "arf-abuse"))); err != nil {
			t.Fatal(err)
		}
	}
	b, err := r.Store.Balance(r.run)
	n, err2 := r.Store.Count(r.run.List)
	if err = errors.Join(err, err2); err != nil || b.Complaints != 1 || n != 2 {
		t.Errorf("%d complaints, %d readers are left (%v)", b.Complaints, n, err)
	}
	if got := r.judged(); got != 0 {
		t.Errorf("%d are suspended", got)
	}
}
