package store

import (
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	purgeKills = goflag.Int("purge-kills", 8, "how often the test kills a purge and an erasure")
	purgeSeed  = goflag.Uint64("purge-seed", 0, "of the moments at which it kills; 0: drawn")
)

// purgeUntilKilled forgets and erases, and says how far it is.
func purgeUntilKilled(dir string, keys *seal.Keyring) error {
	ms, err := strconv.ParseInt(os.Getenv(childNow), 10, 64)
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(Options{Dir: filepath.Join(dir, "data"), Journal: filepath.Join(dir, "journal"), Keys: keys, Now: func() time.Time { return time.UnixMilli(ms) }})
	if err != nil {
		return err
	}
	say("begin it")
	if _, err := s.Purge(ctx, kept, false); err != nil {
		return err
	}
	say("done purged")
	if err := s.Erase(ctx, erasure, eraseDeed); err != nil {
		return err
	}
	say("done erased")
	return s.Close()
}

const (
	killReaders = 9000 // of the list that is erased; a third of them has left
	killLeavers = 600  // of 601 on the list that stays
)

// TestPurgeKilled kills a purge, its trimming of the journal, and an erasure at random
// points. What is found afterwards opens, has each reader who stays, and goes on to the
// same end.
func TestPurgeKilled(t *testing.T) {
	t.Parallel()
	seed := *purgeSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	w := fullOfLeavers(t)
	template, reached, takes := w.dir, map[string]int{}, 100*time.Millisecond
	for round := range *purgeKills + 1 {
		w.dir = filepath.Join(t.TempDir(), fmt.Sprint(round))
		w.must(os.CopyFS(w.dir, os.DirFS(template)))
		w.must(errors.Join(os.Chmod(filepath.Join(w.dir, "data"), 0o700), os.Chmod(filepath.Join(w.dir, "journal"), 0o700)))
		w.opt.Dir, w.opt.Journal = filepath.Join(w.dir, "data"), filepath.Join(w.dir, "journal")
		after := time.Duration(dice.Int64N(int64(takes)))
		if round == 0 {
			after = time.Minute // nobody kills this one: it shows how long they take
		}
		said, lived := w.runAndKill("purge", after)
		if round == 0 {
			takes = lived
		}
		reached[w.afterPurgeKill(said)]++
		w.must(os.RemoveAll(w.dir))
	}
	t.Logf("found after %d kills, within %v: %v", *purgeKills, takes.Round(time.Millisecond), reached)
}

// fullOfLeavers is a town of two lists, years after nearly everybody of one has left.
func fullOfLeavers(t *testing.T) *town {
	w, _ := endingTown(t)
	var page []*subscribe.Subscriber
	for n := range killReaders {
		e := sample(townList, fmt.Sprintf("more%d@example.jp", n))
		if n%3 == 0 {
			e.End(subscribe.MarkLeft, w.now)
		}
		page = append(page, e)
	}
	for n := range killLeavers + 1 {
		page = append(page, sample(otherList, fmt.Sprintf("gone%d@example.jp", n)))
	}
	w.must(w.Seed(t.Context(), page))
	w.must(w.Store.Update(t.Context(), func(tx subscribe.Tx) error {
		var all []*subscribe.Subscriber
		for n := range killLeavers {
			e, err := tx.ByAddress(otherList, addressOf(fmt.Sprintf("gone%d@example.jp", n)))
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		for _, e := range all {
			a := e.Address
			tx.SetMark(otherList, a, e.End(subscribe.MarkLeft, tx.Now()))
			tx.Put(e)
		}
		return nil
	}))
	startIssue(t, w.Store, named(townList, "autumn"))
	w.stop()
	w.now = w.now.Add(500 * aDay)
	return w
}

// afterPurgeKill looks at what a kill has left, goes on to the end, and names it.
func (w *town) afterPurgeKill(said map[string]bool) (found string) {
	t := w.t
	t.Helper()
	w.start()
	defer w.stop()
	if w.Held() != nil {
		t.Fatal("it is taken for a copy")
	}
	gone := 0
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		gone = killLeavers + 3 - layout.List(b, otherList, layout.Entries).Stats().KeyN
		return nil
	}))
	erased, err := w.IsErased(townList, erasure.Due)
	w.must(err)
	switch begun := w.keysOfErasing(); {
	case erased:
		found = "erased"
	case begun:
		found = "being erased"
	case gone == 0:
		found = "nothing forgotten"
	case gone < killLeavers:
		found = "some forgotten"
	default:
		found = "forgotten"
	}
	if said["purged"] && gone != killLeavers || said["erased"] && !erased {
		t.Errorf("%s, and it said %v", found, said)
	}
	_, err = w.Purge(t.Context(), kept, false)
	w.must(err)
	if !erased {
		w.must(w.Erase(t.Context(), erasure, eraseDeed))
	}
	if all, err := w.Erasures(townList); err != nil || len(all) != 1 || all[0].Issues != 2 || all[0].Readers != 6+killReaders*2/3 {
		t.Errorf("certificates: %+v, %v", all, err)
	}
	if n, err := w.Count(otherList); n != 3 || err != nil || w.linesOf() != 1 {
		t.Errorf("%d readers of the other list (%v); %d lines of the journal", n, err, w.linesOf())
	}
	if check, err := w.CheckAudit(AuditHead{}); err != nil || check.Break != 0 {
		t.Errorf("the audit trail: %+v, %v", check, err)
	}
	w.must((audited{w.Store}).Check())
	return found
}

// keysOfErasing says whether an erasure has begun and is not done.
func (w *town) keysOfErasing() (begun bool) {
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		begun = b.Bucket(layout.Meta).Get(erasingKey(townList)) != nil
		return nil
	}))
	return begun
}
