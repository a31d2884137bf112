package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// sealedUnder counts the records of a database by the key under which they are sealed,
// and says which kinds there are.
func sealedUnder(t *testing.T, s *Store) (byKey map[uint16]int, kinds []string) {
	t.Helper()
	byKey, seen := map[uint16]int{}, map[string]bool{}
	var walk func(path [][]byte, b *bolt.Bucket) error
	walk = func(path [][]byte, b *bolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(append(slices.Clone(path), k), b.Bucket(k))
			}
			label, bound, ok := layout.Sealed(path, k)
			if !ok {
				t.Errorf("nothing says whether %s is sealed", bytes.Join(path, []byte("/")))
			}
			if label != "" {
				seen[label] = true
				byKey[uint16(v[0])<<8|uint16(v[1])]++
				if _, err := s.keys.Open(seal.Data, label, v, bound); err != nil {
					t.Errorf("%s: %v", label, err)
				}
			}
			return nil
		})
	}
	if err := s.file.View(func(b *bolt.Tx) error { return walk(nil, b.Cursor().Bucket()) }); err != nil {
		t.Fatal(err)
	}
	return byKey, slices.Sorted(maps.Keys(seen))
}

// keyFile writes the keys of a town into a file.
func (w *town) keyFile() string {
	w.t.Helper()
	path := w.dir + ".keys"
	if err := w.opt.Keys.Write(path); err != nil && !errors.Is(err, os.ErrExist) {
		w.t.Fatal(err)
	}
	return path
}

// rekeyed starts a town with the key file as it is now.
func (w *town) rekeyed() {
	w.t.Helper()
	keys, err := seal.Load(w.keyFile())
	w.must(err)
	w.opt.Keys = keys
	w.tokens.Keys = keys
	w.start()
}

// full is a town in which there is one of everything that is sealed.
func full(t *testing.T) (w *town, ids []subscribe.ID) {
	t.Helper()
	w = newTown(t, filepath.Join(t.TempDir(), "town"))
	_, _, ids = lastWeek(t, w)
	w.must(w.AddIssue(t.Context(), deliver.Issue{Name: named(townList, "files"), Subject: "x", State: deliver.Draft}, []deliver.File{{Name: "a.txt", Data: []byte("hello")}}, nil))
	w.must(w.AddDeed(t.Context(), deliver.Deed{By: "editor", What: "issue add"}))
	return w, ids
}

// TestRotateDataKey: every record is under the new key alone, the old one is nowhere, and
// links that were mailed before go on working.
func TestRotateDataKey(t *testing.T) {
	t.Parallel()
	w, ids := full(t)
	path := w.keyFile()
	old, err := os.ReadFile(path)
	w.must(err)
	before, kinds := sealedUnder(t, w.Store)
	for _, want := range []string{layout.EntryLabel, layout.IssueLabel, layout.FileLabel, layout.BackHeadLabel, layout.BackTextLabel, layout.CompiledLabel, layout.RequestLabel, layout.NoticeLabel, layout.DeedLabel} {
		if !slices.Contains(kinds, want) {
			t.Errorf("there is no %s to be sealed anew", want)
		}
	}
	backedUp := backup(t, w.Store)
	link := followed(t, w.tokens, subscribe.Link{Purpose: subscribe.ToLeave, List: w.lists[townList], ID: ids[70]})
	readers := w.count()
	out, err := w.RotateDataKey(t.Context(), path, false, nil)
	if err != nil || out.Records != before[1] || out.Lost != 0 {
		t.Fatalf("%+v, want %d records; %v", out, before[1], err)
	}
	if err := w.AddDeed(t.Context(), deliver.Deed{}); err == nil {
		t.Error("the store still writes, under the old key")
	}
	now, err := os.ReadFile(path)
	w.must(err)
	if bytes.Contains(now, bytes.Split(old, []byte("\n"))[4]) || !bytes.Contains(now, []byte("\ndata 2 ")) || !bytes.Contains(now, bytes.Split(old, []byte("\n"))[5]) {
		t.Error("the key file has not the new data key alone, beside the others")
	}
	if _, err := Open(w.opt); err == nil || !strings.Contains(err.Error(), "of another time") {
		t.Errorf("with the key file from before: %v", err)
	}
	w.rekeyed()
	after, _ := sealedUnder(t, w.Store)
	if after[2] != before[1] || len(after) != 1 || w.count() != readers {
		t.Errorf("records by key: %v, before %v", after, before)
	}
	w.must(w.Desk.Leave(t.Context(), link))
	if w.count() != readers-1 {
		t.Error("a link from before does nothing")
	}
	w.stop()
	w.must(os.Remove(w.file()))
	if _, err := restoreFrom(w.opt, backedUp); err == nil || !strings.Contains(err.Error(), "nobody can read it any more") {
		t.Errorf("a backup from before: %v", err)
	}
}

// TestRotateWithDamage: what cannot be opened is not given up unasked.
func TestRotateWithDamage(t *testing.T) {
	t.Parallel()
	w, _ := full(t)
	path := w.keyFile()
	w.must(w.write(t.Context(), func(b *bolt.Tx) error {
		return layout.List(b, townList, layout.Entries).Put(layout.SeqKey(80), []byte("noise"))
	}))
	before, err := os.ReadFile(path)
	w.must(err)
	_, err = w.RotateDataKey(t.Context(), path, false, nil)
	now, fault := os.ReadFile(path)
	if err == nil || !strings.HasPrefix(err.Error(), "the database could not be sealed under the new key: 1 record ") || !strings.Contains(err.Error(), "--damaged") ||
		fault != nil || !bytes.Equal(before, now) {
		t.Errorf("%v; the key file is changed: %v", err, !bytes.Equal(before, now))
	}
	w.must(w.AddDeed(t.Context(), deliver.Deed{By: "editor", What: "keys rotate", Result: deliver.NotDone})) // it is still open
	w.stop()
	w.rekeyed()
	out, err := w.RotateDataKey(t.Context(), path, true, nil)
	if err != nil || out.Lost != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// rotateUntilKilled changes the data key again and again.
func rotateUntilKilled(dir string, keys *seal.Keyring) error {
	for {
		s, err := Open(Options{Dir: filepath.Join(dir, "data"), Journal: filepath.Join(dir, "journal"), Keys: keys})
		if err != nil {
			return err
		}
		say("begin it")
		if _, err := s.RotateDataKey(context.Background(), dir+".keys", false, nil); err != nil {
			return err
		}
		say("rotated it")
		if keys, err = seal.Load(dir + ".keys"); err != nil {
			return err
		}
	}
}

// TestRotationKilled kills a change of keys at random points: the key file opens all that
// is there, and the next one brings it to its end.
func TestRotationKilled(t *testing.T) {
	t.Parallel()
	seed := cmp.Or(*killSeed, uint64(time.Now().UnixNano()))
	t.Logf("-kill-seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	w, ids := full(t)
	path := w.keyFile()
	before, _ := sealedUnder(t, w.Store)
	readers := w.count()
	w.stop()
	found := map[string]int{}
	for round := range *compactKills {
		rotated := 0
		writeAndKill(t, command(t, "rotate", w.dir, w.opt.Keys), time.Duration(dice.IntN(300))*time.Millisecond, func(verb, _ string) {
			if verb == "rotated" {
				rotated++
			}
		})
		cut := false
		w.opt.Cleared = func(string) { cut = true }
		w.rekeyed()
		by, _ := sealedUnder(t, w.Store)
		records := 0
		for _, n := range by {
			records += n
		}
		if err := (audited{w.Store}).Check(); err != nil || w.Held() != nil || records != before[1] || w.count() != readers-min(round, 39) {
			t.Fatalf("round %d: %v; held: %v; %d records, want %d; %d readers", round, err, w.Held(), records, before[1], w.count())
		}
		w.leave(ids[61+round%39])
		switch {
		case DataKeys(w.opt.Keys) > 1:
			found["two keys"]++
			if _, err := w.RotateDataKey(t.Context(), path, false, nil); err != nil {
				t.Fatal(err)
			}
			w.rekeyed()
			if by, _ := sealedUnder(t, w.Store); len(by) != 1 || DataKeys(w.opt.Keys) != 1 {
				t.Errorf("round %d: it is not finished: %v", round, by)
			}
		case len(by) != 1:
			t.Errorf("round %d: one key, and records under %v", round, by)
		case cut:
			found["as before"]++
		default:
			found["done"]++
		}
		w.stop()
		if left, _ := filepath.Glob(filepath.Join(w.opt.Dir, ".*")); left != nil {
			t.Errorf("round %d: %v is left", round, left)
		}
	}
	t.Logf("found after %d kills: %v", *compactKills, found)
}
