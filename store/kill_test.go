package store

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// What the test binary does as a child, and where.
const (
	childWhat = "KAIRAN_STORE_TEST_CHILD"
	childDir  = "KAIRAN_STORE_TEST_DIR"
)

// connections is how many connections the child plays; each may leave one reader uncertain.
const connections = 4

func child(what string) int {
	keys, err := seal.Load(os.Getenv(childDir) + ".keys")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	switch what {
	case "write":
		err = writeUntilKilled(os.Getenv(childDir), keys)
	case "compact":
		err = compactUntilKilled(os.Getenv(childDir), keys)
	case "rotate":
		err = rotateUntilKilled(os.Getenv(childDir), keys)
	case "restore":
		err = restoreUntilKilled(os.Getenv(childDir), keys)
	case "purge":
		err = purgeUntilKilled(os.Getenv(childDir), keys)
	case "hold":
		err = holdUntilKilled(os.Getenv(childDir), keys)
	case "cut":
		err = workUntilCut(os.Getenv(childDir), keys)
	case "fault":
		workThroughFaults(os.Getenv(childDir), keys)
	case "fill":
		err = fillToTheLimit(os.Getenv(childDir), keys)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// command is this test binary as a child over dir.
func command(t *testing.T, what, dir string, keys *seal.Keyring) *exec.Cmd {
	t.Helper()
	if err := keys.Write(dir + ".keys"); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childWhat+"="+what, childDir+"="+dir)
	c.Stderr = os.Stderr
	return c
}

// say prints what the store has acknowledged, in one write.
func say(format string, args ...any) { _, _ = fmt.Fprintf(os.Stdout, format+"\n", args...) }

// writeUntilKilled joins, leaves, settles and claims as fast as it can.
func writeUntilKilled(dir string, keys *seal.Keyring) error {
	s, err := Open(Options{Dir: dir, Keys: keys})
	if err != nil {
		return err
	}
	faults := make(chan error)
	go func() { faults <- noteForEver(s) }()
	return workFor(s, faults)
}

// noteForEver writes deeds, as fast as it can.
func noteForEver(s *Store) error {
	for {
		if err := s.AddDeed(context.Background(), deliver.Deed{By: "hanako", What: "issue pause"}); err != nil {
			return err
		}
		head, err := s.AuditHead()
		if err != nil {
			return err
		}
		say("noted %s", head)
	}
}

// workFor does so until there is a fault.
func workFor(s *Store, faults chan error) error {
	joined := make(chan subscribe.ID, 1000)
	ctx := context.Background()
	for range 4 {
		go func() { faults <- joinForEver(ctx, s, joined) }()
	}
	for range 2 {
		go func() {
			for id := range joined {
				if err := leaveOne(ctx, s, id); err != nil {
					faults <- err
				}
				say("left %s", id)
			}
		}()
	}
	r, err := s.OpenRun(named("japanifornia", "autumn"))
	if err != nil {
		return err
	}
	sent := make(chan deliver.Reader, 1000)
	go func() { faults <- returnForEver(ctx, s, sent) }()
	for range connections {
		go func() { faults <- turnForEver(ctx, r, sent) }()
	}
	return <-faults
}

// workUntilCut makes both files, begins an issue, and then joins, leaves, claims, settles,
// notes and compacts as fast as it can.
func workUntilCut(dir string, keys *seal.Keyring) error {
	s, err := Open(Options{Dir: dir, Keys: keys})
	if err != nil {
		return err
	}
	say("opened it")
	ctx := context.Background()
	var page []*subscribe.Subscriber
	for n := range 600 {
		page = append(page, sample("japanifornia", fmt.Sprintf("reader%d@example.jp", n)))
	}
	if err := errors.Join(s.Seed(ctx, page), addAndStart(ctx, s, named("japanifornia", "autumn"))); err != nil {
		return err
	}
	faults := make(chan error)
	go func() { faults <- noteForEver(s) }()
	go func() {
		for {
			if _, err := s.Compact(ctx, nil); err != nil {
				faults <- err
			}
			say("compacted it")
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return workFor(s, faults)
}

func joinForEver(ctx context.Context, s *Store, joined chan<- subscribe.ID) error {
	for {
		id, err := joinAnybody(ctx, s)
		if err != nil {
			return err
		}
		say("joined %s", id)
		if id[0]%2 == 0 {
			select {
			case joined <- id:
			default:
			}
		}
	}
}

func joinAnybody(ctx context.Context, s *Store) (subscribe.ID, error) {
	e := sample("japanifornia", subscribe.NewID().String()+"@example.jp")
	return e.ID, s.Update(ctx, func(tx subscribe.Tx) error {
		tx.Put(e)
		tx.Owe(subscribe.NewNotice(subscribe.NoticeWelcome, e, e.Lang, tx.Now()))
		return nil
	})
}

func leaveOne(ctx context.Context, s *Store, id subscribe.ID) error {
	return s.Update(ctx, func(tx subscribe.Tx) error {
		e, err := tx.ByID("japanifornia", id)
		if err != nil {
			return err
		}
		a := e.Address
		tx.SetMark("japanifornia", a, e.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(e)
		return nil
	})
}

// returnForEver has copies come back, each of them twice.
func returnForEver(ctx context.Context, s *Store, sent <-chan deliver.Reader) error {
	for x := range sent {
		of := returnOf(x)
		for range 2 {
			if _, err := s.Bounce(ctx, deliver.Bounce{Of: of, Kind: deliver.BouncedHard, Enhanced: "5.2.1"}); err != nil {
				return err
			}
		}
		say("returned %d", x.Seq)
	}
	return nil
}

// returnOf is the return path of a reader's copy.
func returnOf(x deliver.Reader) subscribe.Return {
	return subscribe.Return{List: &subscribe.List{ID: "japanifornia"}, Copy: true, Run: x.Run, ID: x.ID, Generation: x.Generation}
}

func turnForEver(ctx context.Context, r deliver.Run, sent chan<- deliver.Reader) error {
	var settle *deliver.Settlement
	for {
		x, err := r.Reserve(time.Now())
		if err != nil {
			return err
		}
		if err := r.SettleAndClaim(ctx, settle, x, nil); err != nil {
			return err
		}
		if settle != nil {
			say("settled %d", settle.Reader.Seq)
			select {
			case sent <- settle.Reader:
			default:
			}
		}
		if x == nil {
			select {} // the audience is through; wait for the kill
		}
		say("claimed %d", x.Seq)
		settle = &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}
	}
}

var killSeed = goflag.Uint64("kill-seed", 0, "of the moments at which TestKill kills; 0: drawn")

// TestKill kills a process that writes hard, many times over one data directory.
func TestKill(t *testing.T) {
	t.Parallel()
	const rounds, audience = 12, 6000
	dir, keys := filepath.Join(t.TempDir(), "data"), newKeys()
	seed := cmp.Or(*killSeed, uint64(time.Now().UnixNano()))
	t.Logf("-kill-seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	s := open(t, Options{Dir: dir, Keys: keys})
	seedReaders(t, s, "japanifornia", audience)
	startIssue(t, s, named("japanifornia", "autumn"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	told := newTold()
	ever := 0
	for round := range rounds {
		before := len(told.settled)
		writeAndKill(t, command(t, "write", dir, keys), time.Duration(5+dice.IntN(250))*time.Millisecond, told.hear)
		s, err := Open(Options{Dir: dir, Keys: keys})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := told.kept(s); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		books, err := s.Balance(named("japanifornia", "autumn"))
		if err != nil || !books.Balances() || books.Audience != audience || books.InFlight != 0 ||
			books.Uncertain != books.UncertainEver || books.UncertainEver > ever+connections || books.Accepted < len(told.settled) {
			t.Fatalf("round %d: %+v, %d settlements were acknowledged, %d uncertain before (%v)", round, books, len(told.settled), ever, err)
		}
		ever = books.UncertainEver
		t.Logf("round %d: %d joined, %d left, %d settled in it; %v", round, len(told.joined), len(told.left), len(told.settled)-before, books)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(told.left) == 0 || len(told.settled) == 0 || len(told.returned) == 0 || ever == 0 {
		t.Fatalf("the kills met no work: %d left, %d settled, %d came back, %d uncertain", len(told.left), len(told.settled), len(told.returned), ever)
	}
}

// writeAndKill kills the child so long after its first words, and hears out what
// it has said.
func writeAndKill(t *testing.T, c *exec.Cmd, after time.Duration, heard func(verb, what string)) {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	for lines := bufio.NewScanner(out); lines.Scan(); {
		once.Do(func() { time.AfterFunc(after, func() { _ = c.Process.Kill() }) })
		eachLine(lines.Bytes(), heard)
	}
	if err := c.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

// eachLine reads what a child has said.
func eachLine(out []byte, heard func(verb, what string)) {
	for line := range strings.Lines(string(out)) {
		if verb, what, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			heard(verb, what)
		}
	}
}
