package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	goflag "flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// traces are what the file holds of an entry: its record as it was sealed, and the
// keyed hashes under which it is found.
func traces(t *testing.T, s *Store, seq subscribe.Seq) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := s.file.View(func(b *bolt.Tx) error {
		e, err := s.people.Entry(b, townList, seq)
		if err != nil {
			return err
		}
		h := addressKey(s, townList, e.Address)
		out["record"] = bytes.Clone(layout.List(b, townList, layout.Entries).Get(layout.SeqKey(seq)))
		out["address"], out["mailbox"], out["id"] = h[:], mailboxKey(s, *e), e.ID[:]
		return nil
	})
	if err != nil || len(out["record"]) < 60 {
		t.Fatal(err, len(out["record"]))
	}
	return out
}

// TestCompactForgets: who was erased is still in the free pages of the file, for whoever
// has the keys, and in none after it was compacted.
func TestCompactForgets(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 500)
	erased, left := traces(t, w.Store, 7), traces(t, w.Store, 8)
	erase(t, w.Store, 7)
	for what, octets := range erased {
		if !bytes.Contains(contents(t, w.file()), octets) {
			t.Errorf("the %s of who was erased is nowhere to be found before", what)
		}
	}
	w.leave(ids[7])
	before, err := w.LastDone(CompactChore)
	if err != nil || !before.IsZero() {
		t.Fatal(before, err)
	}
	done, err := w.Compact(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := contents(t, w.file())
	for what, octets := range erased {
		if bytes.Contains(text, octets) {
			t.Errorf("the %s of who was erased is in the compacted file", what)
		}
	}
	if bytes.Contains(text, left["record"]) || bytes.Contains(text, left["address"]) || !bytes.Contains(text, left["id"]) {
		t.Error("of who left, more is there than the ID and the mark")
	}
	if at, err := w.LastDone(CompactChore); err != nil || !at.Equal(w.now) || done.After >= done.Before || done.After != int64(len(text)) {
		t.Errorf("compacted at %v (%v): %+v", at, err, done)
	}
	if err := (audited{w.Store}).Check(); err != nil || w.count() != 498 {
		t.Errorf("%d readers; %v", w.count(), err)
	}
	w.stop()
	w.start()
	defer w.stop()
	if w.Held() != nil {
		t.Error("the compacted database is taken for a copy")
	}
	w.leave(ids[9])
	if w.count() != 497 {
		t.Error("nobody leaves")
	}
}

// TestCompactInARun: a run that is open goes on over the new file.
func TestCompactInARun(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 40)
	w.schedule("spring", w.now)
	w.begin("spring")
	r, err := w.OpenRun(named(townList, "spring"))
	w.must(err)
	x, err := r.Reserve(w.now)
	w.must(err)
	w.must(r.SettleAndClaim(t.Context(), nil, x, nil))
	_, err = w.Compact(t.Context(), nil)
	w.must(err)
	settleAs(t, r, *x, handedOver)
	if got := w.send("spring", 100); len(got) != 39 {
		t.Errorf("%d copies after the compaction", len(got))
	}
	if b := w.books("spring"); b.Accepted != 40 {
		t.Errorf("%+v", b)
	}
	w.stop()
}

// TestCompactCleared: what a compaction that was killed has left is cleared, and told of.
func TestCompactCleared(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.stop()
	left := filepath.Join(w.opt.Dir, strings.Replace(boltfile.RenewingPattern, "*", "1", 1))
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := ""
	w.opt.Cleared = func(what string) { said = what }
	w.start()
	defer w.stop()
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) || !strings.Contains(said, "was never compacted") {
		t.Errorf("%v; %q", err, said)
	}
}

var compactKills = goflag.Int("compact-kills", 8, "how often the tests kill a compaction, and a change of keys")

// compactUntilKilled compacts again and again while it writes.
func compactUntilKilled(dir string, keys *seal.Keyring) error {
	s, err := Open(Options{Dir: dir, Keys: keys, Cleared: func(string) { say("cleared it") }})
	if err != nil {
		return err
	}
	faults := make(chan error)
	go func() {
		for {
			if _, err := s.Compact(context.Background(), nil); err != nil {
				faults <- err
			}
			say("compacted it")
		}
	}()
	return workFor(s, faults)
}

// TestCompactionKilled kills a process that compacts while it writes hard: what it
// acknowledged is there, in the old file or in the new one.
func TestCompactionKilled(t *testing.T) {
	t.Parallel()
	const audience = 6000
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
	told, cutOff := newTold(), 0
	for round := range *compactKills {
		within := 400
		if told.others["compacted"] == 0 { // on a busy machine none ends that soon
			within <<= min(round, 5)
		}
		writeAndKill(t, command(t, "compact", dir, keys), time.Duration(5+dice.IntN(within))*time.Millisecond, told.hear)
		cleared := false
		s, err := Open(Options{Dir: dir, Keys: keys, Cleared: func(string) { cleared = true }})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if cleared {
			cutOff++
		}
		if err := told.kept(s); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
			t.Errorf("round %d: %v is left", round, left)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills: %d compactions ended, %d were cut off; %d joined, %d left, %d settled", *compactKills, told.others["compacted"], cutOff, len(told.joined), len(told.left), len(told.settled))
	if len(told.left) == 0 || len(told.settled) == 0 || told.others["compacted"] == 0 || cutOff == 0 {
		t.Error("the kills met no work")
	}
}
