package store

import (
	"bufio"
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
)

var (
	restoreKills = goflag.Int("restore-kills", 10, "how often the test kills a restore and its release")
	restoreSeed  = goflag.Uint64("restore-seed", 0, "of the moments at which it kills; 0: drawn")
)

const childNow = "KAIRAN_STORE_TEST_NOW" // milliseconds

var sentAndSend = map[deliver.IssueName]deliver.Verdict{named(townList, "autumn"): deliver.WasSent, named(townList, "spring"): deliver.SendOn}

// restoreUntilKilled puts a backup in place and releases it, and says how far it is.
func restoreUntilKilled(dir string, keys *seal.Keyring) error {
	ms, err := strconv.ParseInt(os.Getenv(childNow), 10, 64)
	if err != nil {
		return err
	}
	opt := Options{Dir: filepath.Join(dir, "data"), Journal: filepath.Join(dir, "journal"), Keys: keys, Now: func() time.Time { return time.UnixMilli(ms) }}
	say("begin it")
	if _, err := restoreFrom(opt, filepath.Join(dir, "backup")); err != nil {
		return err
	}
	say("done restored")
	s, err := Open(opt)
	if err != nil {
		return err
	}
	say("done opened")
	if err := s.Say(context.Background(), sentAndSend); err != nil {
		return err
	}
	say("done said")
	if err := s.Release(context.Background(), "operator"); err != nil {
		return err
	}
	say("done released")
	return s.Close()
}

// TestRestoreKilled kills a restore and its release at random points. What is found
// afterwards is the old state or the new one, and goes on to the same end.
func TestRestoreKilled(t *testing.T) {
	t.Parallel()
	seed := *restoreSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	w := newTown(t, t.TempDir())
	backedUp, _, _ := lastWeek(t, w)
	w.stop()
	template := w.dir
	w.must(os.Remove(w.file()))
	w.must(os.Rename(backedUp, filepath.Join(template, "backup")))
	reached := map[string]int{}
	takes := 100 * time.Millisecond
	for round := range *restoreKills + 1 {
		w.dir = filepath.Join(t.TempDir(), fmt.Sprint(round))
		w.must(os.CopyFS(w.dir, os.DirFS(template)))
		w.must(errors.Join(os.Chmod(filepath.Join(w.dir, "data"), 0o700), os.Chmod(filepath.Join(w.dir, "journal"), 0o700)))
		w.opt.Dir, w.opt.Journal = filepath.Join(w.dir, "data"), filepath.Join(w.dir, "journal")
		after := time.Duration(dice.Int64N(int64(takes)))
		if round == 0 {
			after = time.Minute // nobody kills this one: it shows how long they take
		}
		said, lived := w.runAndKill("restore", after)
		if round == 0 {
			takes = lived
		}
		reached[w.afterKill(said)]++
	}
	t.Logf("found after %d kills, within %v: %v", *restoreKills, takes.Round(time.Millisecond), reached)
}

// runAndKill runs the child, and returns what it has said is done, and how long it lived
// after its first words.
func (w *town) runAndKill(what string, after time.Duration) (said map[string]bool, lived time.Duration) {
	w.t.Helper()
	c := command(w.t, what, w.dir, w.opt.Keys)
	c.Env = append(c.Env, childNow+"="+strconv.FormatInt(w.now.UnixMilli(), 10))
	out, err := c.StdoutPipe()
	w.must(err)
	w.must(c.Start())
	said = map[string]bool{}
	var begun time.Time
	var killer *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if begun.IsZero() {
			begun = time.Now()
			killer = time.AfterFunc(after, func() { _ = c.Process.Kill() })
		}
		if _, what, ok := strings.Cut(lines.Text(), "done "); ok {
			said[what] = true
		}
	}
	if err := c.Wait(); err != nil && !strings.Contains(err.Error(), "killed") {
		w.t.Fatalf("the child failed by itself: %v, after %v", err, said)
	}
	killer.Stop()
	return said, time.Since(begun)
}

// afterKill looks at what a kill has left, goes on to the end, and names it.
func (w *town) afterKill(said map[string]bool) (found string) {
	t := w.t
	t.Helper()
	found = "in place"
	if _, err := os.Stat(w.file()); errors.Is(err, os.ErrNotExist) {
		if said["restored"] {
			t.Fatal("what was put in place is gone")
		}
		found = "nothing in place"
		if _, err := restoreFrom(w.opt, filepath.Join(w.dir, "backup")); err != nil {
			t.Fatalf("a second restore: %v", err)
		}
	}
	w.start()
	switch h := w.Held(); {
	case h == nil && !said["said"]:
		t.Fatalf("released before anything was said: %v", said)
	case h != nil && said["released"]:
		t.Fatal("held again after the release")
	case h != nil:
		if said["said"] && len(h.Verdicts) != 2 {
			t.Errorf("verdicts are gone: %v", h.Verdicts)
		}
		if found == "in place" {
			found = map[bool]string{false: "held", true: "held and settled"}[len(h.Verdicts) == 2]
		}
		if h.Ended != 53 || h.Blocked != 3 || w.count() != 46 {
			t.Errorf("%d active, %+v", w.count(), h)
		}
		w.must(w.Say(t.Context(), sentAndSend))
		w.must(w.Release(t.Context(), "operator"))
	default:
		found = "released"
	}
	w.stop()
	w.start()
	defer w.stop()
	if w.Held() != nil {
		t.Fatal("held again after the release")
	}
	if n := len(w.send("spring", 100)); n != 46 || w.books("spring").Accepted != 58 {
		t.Errorf("%d copies, %+v", n, w.books("spring"))
	}
	if i, err := w.Issue(named(townList, "autumn")); err != nil || i.State != deliver.Finished {
		t.Errorf("autumn: %v, %v", i.State, err)
	}
	for n := range 53 {
		if w.entryOf(fmt.Sprintf("reader%d@example.jp", n)) != nil {
			t.Fatalf("reader %d is back", n)
		}
	}
	w.must((audited{w.Store}).Check())
	left, err := filepath.Glob(filepath.Join(w.opt.Dir, "*.restoring"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return found
}
