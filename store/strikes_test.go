package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	unknownUser = deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "")
	bareRefusal = deliver.Judge(deliver.StageRcpt, 550, "", "")
	handedOver  = deliver.Judge(deliver.StageDot, 250, "2.0.0", "")
)

// claimOf is SettleAndClaim as an operation that shares a commit.
func claimOf(r deliver.Run, settle *deliver.Settlement, claim *deliver.Reader) *claimOperation {
	x := newClaimOperation()
	x.run, x.settle, x.claim = r.(*Run), settle, claim
	return x
}

// inOne commits operations together.
func (s *Store) inOne(t *testing.T, ops ...*commit.Operation[*txn]) {
	t.Helper()
	before := s.Commits()
	if err := errors.Join(s.together(ops...)...); err != nil {
		t.Fatal(err)
	}
	if n := s.Commits() - before; n != 1 {
		t.Fatalf("%d commits", n)
	}
}

// claimFirst claims the first reader of a run.
func claimFirst(t *testing.T, r deliver.Run) deliver.Reader {
	t.Helper()
	x, err := r.Reserve(time.Now())
	if err != nil || x == nil {
		t.Fatalf("%v, %v", x, err)
	}
	if err := r.SettleAndClaim(t.Context(), nil, x, nil); err != nil {
		t.Fatal(err)
	}
	return *x
}

func settleAs(t *testing.T, r deliver.Run, x deliver.Reader, result deliver.Result) {
	t.Helper()
	if err := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: x, Result: result}, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// endRun has everybody else accepted, and ends the run.
func endRun(t *testing.T, s *Store, r deliver.Run) {
	t.Helper()
	for {
		x, err := r.Reserve(s.opt.Now())
		if err != nil {
			t.Fatal(err)
		}
		if x == nil {
			break
		}
		if err := r.SettleAndClaim(t.Context(), nil, x, nil); err != nil {
			t.Fatal(err)
		}
		settleAs(t, r, *x, handedOver)
	}
	ended, err := s.Conclude(t.Context(), r.Name(), (*deliver.Issue).End)
	if err != nil || !ended {
		i, _ := s.Issue(r.Name())
		t.Fatalf("ended %v, %v: %+v", ended, err, i)
	}
}

// TestSuspendedWithinACommit: who is suspended by one outcome is withdrawn for the
// next, even in the same commit and on books that are open already.
func TestSuspendedWithinACommit(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 3)
	one, two := startIssue(t, s, named("japanifornia", "one")), startIssue(t, s, named("japanifornia", "two"))
	x := claimFirst(t, one)
	y, _ := two.Reserve(time.Now())
	z, _ := two.Reserve(time.Now())
	if y == nil || z == nil || x.Seq != y.Seq {
		t.Fatalf("%+v, %+v", x, y)
	}
	first := claimOf(two, nil, z) // opens the books of the other run
	settle := claimOf(one, &deliver.Settlement{Reader: x, Result: unknownUser}, nil)
	judge := doing(func(t *txn) error { _, err := t.applyPage(named("japanifornia", "one"), false, nil); return err })
	claim := claimOf(two, nil, y)
	s.inOne(t, &first.Operation, &settle.Operation, judge, &claim.Operation)
	if !errors.Is(claim.refused, deliver.ErrWithdrawn) {
		t.Errorf("a reader suspended in this very commit is claimed: %v", claim.refused)
	}
	if n, err := s.Suspended("japanifornia"); n != 1 || err != nil {
		t.Errorf("%d suspended (%v)", n, err)
	}
}

// TestStrikesWithinACommit: a strike and an acceptance of the same reader in one
// commit count in their order, and what memory knows is never less than the file.
func TestStrikesWithinACommit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		results []deliver.Result
		left    int
	}{
		"strike, acceptance":         {[]deliver.Result{bareRefusal, handedOver}, 0},
		"acceptance, strike":         {[]deliver.Result{handedOver, bareRefusal}, 1},
		"strike, acceptance, strike": {[]deliver.Result{bareRefusal, handedOver, bareRefusal}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
			seedReaders(t, s, "japanifornia", 1)
			strike := startIssue(t, s, named("japanifornia", "strike"))
			var ops []*commit.Operation[*txn]
			for i, r := range tc.results {
				run := startIssue(t, s, named("japanifornia", "issue-"+string(rune('a'+i))))
				ops = append(ops, &claimOf(run, &deliver.Settlement{Reader: claimFirst(t, run), Result: r}, nil).Operation)
			}
			after := startIssue(t, s, named("japanifornia", "after"))
			x := claimFirst(t, after)
			if tc.results[0].Outcome == deliver.Accepted { // so that there is something to forget
				settleAs(t, strike, claimFirst(t, strike), bareRefusal)
			}
			s.inOne(t, ops...)
			if n := strikesOf(t, s); n != tc.left {
				t.Errorf("%d have strikes, want %d", n, tc.left)
			}
			settleAs(t, after, x, handedOver)
			if n := strikesOf(t, s); n != 0 {
				t.Error("an acceptance did not make the strikes forgotten")
			}
		})
	}
}

// strikesOf counts the entries with strikes, and what is pending.
func strikesOf(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.file.View(func(b *bolt.Tx) error {
		for _, name := range [][]byte{layout.Strikes, layout.Pending} {
			if held := layout.List(b, "japanifornia", name); held != nil {
				n += held.Stats().KeyN
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStrikesOfAnOlderFile: a database from before there were strikes needs no
// migration, and none of it is touched until there is something to note.
func TestStrikesOfAnOlderFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{fileName, "keys"} {
		if err := os.WriteFile(filepath.Join(dir, name), contents(t, filepath.Join(fixtureDir(1), name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := seal.Load(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{Dir: dir, Keys: keys, Now: func() time.Time { return fixtureAt.Add(time.Minute) }})
	if n, err := s.Suspended("japanifornia"); n != 0 || err != nil || strikesOf(t, s) != 0 {
		t.Errorf("%d suspended (%v)", n, err)
	}
	run, err := s.OpenRun(named("japanifornia", "autumn"))
	if err != nil {
		t.Fatal(err)
	}
	x := claimFirst(t, run)
	settleAs(t, run, x, handedOver)
	_ = s.file.View(func(b *bolt.Tx) error {
		if layout.List(b, "japanifornia", layout.Strikes) != nil || layout.List(b, "japanifornia", layout.Pending) != nil || layout.List(b, "japanifornia", layout.Suspended) != nil {
			t.Error("a bucket was made that nothing needs")
		}
		return nil
	})
	settleAs(t, run, claimFirst(t, run), bareRefusal)
	settleAs(t, run, claimFirst(t, run), unknownUser)
	if n, err := s.Suspended("japanifornia"); n != 0 || err != nil || strikesOf(t, s) != 2 {
		t.Errorf("before the run has ended %d suspended (%v), %d pending", n, err, strikesOf(t, s))
	}
	endRun(t, s, run)
	if n, err := s.Suspended("japanifornia"); n != 1 || err != nil || strikesOf(t, s) != 1 {
		t.Errorf("%d suspended (%v), %d with strikes", n, err, strikesOf(t, s))
	}
	_ = s.file.View(func(b *bolt.Tx) error {
		return layout.List(b, "japanifornia", layout.Strikes).ForEach(func(_, v []byte) error {
			if bytes.Contains(v, []byte("@")) || bytes.Contains(v, []byte("example")) {
				t.Error("an address is in the record of strikes")
			}
			return nil
		})
	})
}

// TestStruck: after a start memory knows who has strikes, and nobody else, so
// that accepted copies cost no look-up.
func TestStruck(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys})
	seedReaders(t, s, "japanifornia", 3)
	r := startIssue(t, s, named("japanifornia", "one"))
	x, y := claimFirst(t, r), claimFirst(t, r)
	settleAs(t, r, x, bareRefusal)
	settleAs(t, r, y, handedOver)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Keys: keys})
	wantStruck := func(n int, x subscribe.Seq) {
		t.Helper()
		err := s.update(t.Context(), func(*txn) error { // it is the committer's
			if set := s.struck["japanifornia"]; len(set) != n || n > 0 && !set[x] {
				t.Errorf("struck: %v, want %d", set, x)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	wantStruck(1, x.Seq)
	two := startIssue(t, s, named("japanifornia", "two"))
	settleAs(t, two, claimFirst(t, two), handedOver)
	wantStruck(0, 0)
}

// TestSuspendedIsPruned: what a list no longer declares leaves suspended entries too.
func TestSuspendedIsPruned(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	ids := seedReaders(t, s, "japanifornia", 2)
	r := startIssue(t, s, named("japanifornia", "one"))
	settleAs(t, r, claimFirst(t, r), unknownUser)
	endRun(t, s, r)
	if n, err := s.Prune(t.Context(), &subscribe.List{ID: "japanifornia"}); n != 2 || err != nil {
		t.Errorf("%d pruned (%v)", n, err)
	}
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("japanifornia", ids[0])
		if err == nil && (e.State != subscribe.Suspended || len(e.Fields) != 0 || e.Address.IsZero()) {
			t.Errorf("left %+v", e)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if n, err := s.Suspended("japanifornia"); n != 1 || err != nil {
		t.Errorf("%d suspended (%v)", n, err)
	}
}
