package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// still is a store whose committer has been stopped, so that a test decides
// which operations share a commit.
type still struct{ *Store }

func quiet(t *testing.T, o Options) still {
	t.Helper()
	s := open(t, o)
	return hold(s)
}

// begin sets the committer going again, and what follows it.
func (s still) begin() {
	s.queue, s.done, s.noted = newQueue(), make(chan struct{}), make(chan struct{})
	go s.commitLoop()
	go s.noteLoop()
}

// together commits operations as one batch and returns each one's answer.
func (s still) together(do ...func(*txn) error) (errs []error) {
	var batch []*operation
	for _, f := range do {
		op := newOperation()
		op.do = f
		batch = append(batch, op)
	}
	s.commit(batch)
	for _, op := range batch {
		errs = append(errs, <-op.done)
	}
	return errs
}

func putIssueWrite(s *Store, i *deliver.Issue) func(*bolt.Tx) error {
	return func(b *bolt.Tx) error { return s.putIssue(b, i) }
}

func commits(s *Store) (n int) {
	_ = s.file.View(func(b *bolt.Tx) error { n = b.ID(); return nil })
	return n
}

func TestCommitSharesOneTransaction(t *testing.T) {
	t.Parallel()
	s := quiet(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	before, boom := commits(s.Store), errors.New("boom")
	var told []int
	put := func(i int, err error) func(*txn) error {
		return func(tx *txn) error {
			tx.after(func() { told = append(told, i) })
			tx.Put(sample("japanifornia", fmt.Sprintf("reader%d@example.jp", i)))
			return err
		}
	}
	errs := s.together(put(0, nil), put(1, boom), put(2, nil), func(tx *txn) error {
		// Those before are seen: two of them, since the refused one wrote nothing.
		for i, want := range []bool{true, false, true} {
			e, err := tx.ByAddress("japanifornia", sample("", fmt.Sprintf("reader%d@example.jp", i)).Address)
			if err != nil || (e != nil) != want {
				t.Errorf("reader %d: found %v, %v", i, e != nil, err)
			}
		}
		return nil
	})
	if errs[0] != nil || !errors.Is(errs[1], boom) || errs[2] != nil || errs[3] != nil {
		t.Errorf("%v", errs)
	}
	if n := commits(s.Store) - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	if fmt.Sprint(told) != "[0 2]" {
		t.Errorf("memory was told of %v", told)
	}
	s.begin()
	if n, err := s.Count("japanifornia"); n != 2 || err != nil {
		t.Errorf("%d entries (%v)", n, err)
	}
}

// TestCommitOneByOne: a batch that fails as a whole is tried one by one, and
// whoever did not bring it down is done, once.
func TestCommitOneByOne(t *testing.T) {
	t.Parallel()
	s := quiet(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	boom, told := errors.New("disk"), 0
	request := func(tx *txn) error {
		tx.after(func() { told++ })
		tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", "a@example.jp").Address, At: tx.Now()})
		return nil
	}
	errs := s.together(request, func(tx *txn) error {
		tx.after(func() { t.Error("memory was told of what failed") })
		tx.stage(func(*bolt.Tx) error { return boom })
		return nil
	}, request)
	if errs[0] != nil || !errors.Is(errs[1], boom) || errs[2] != nil || told != 2 {
		t.Errorf("%v, told %d times", errs, told)
	}
	s.begin()
	requests, err := s.WaitingRequests(t.Context(), 10)
	if err != nil || len(requests) != 2 {
		t.Errorf("%d requests (%v)", len(requests), err)
	}
	err = s.Update(t.Context(), func(tx subscribe.Tx) error {
		if tx.Waiting() != 2 {
			t.Errorf("the intake counts %d", tx.Waiting())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCommitReadAfterWrite(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	e := sample("japanifornia", "a@example.jp")
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		tx.Put(e)
		_, err := tx.ByID("japanifornia", e.ID)
		return err
	})
	if !errors.Is(err, errOrder) {
		t.Errorf("got %v", err)
	}
}

// TestCommitReadsAlone: what writes nothing costs no commit.
func TestCommitReadsAlone(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	before := commits(s)
	for range 5 {
		if err := s.Update(t.Context(), func(subscribe.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := commits(s) - before; n != 0 {
		t.Errorf("%d commits for nothing", n)
	}
}

func TestCommitBatches(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	before := commits(s)
	var n atomic.Int64
	crowd(300, func() bool {
		i := n.Add(1)
		if i > 3000 {
			return false
		}
		if _, err := joinOne(context.Background(), s, fmt.Sprintf("reader%d@example.jp", i)); err != nil {
			t.Error(err)
			return false
		}
		return true
	})
	if got := commits(s) - before; got > 1000 {
		t.Errorf("%d commits for 3,000 operations of 300 at a time: they do not share", got)
	}
	if got, err := s.Count("japanifornia"); got != 3000 || err != nil {
		t.Errorf("%d entries (%v)", got, err)
	}
}

// TestCommitWaiting: one who no longer waits is told so, and a store that
// closes does what was handed in before.
func TestCommitWaiting(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := quiet(t, Options{Dir: dir, Keys: keys})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s.queue, s.done = newQueue(), make(chan struct{})
	if err := s.Update(ctx, func(subscribe.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	handed := newOperation()
	handed.do = func(tx *txn) error {
		tx.Put(sample("japanifornia", "a@example.jp"))
		return nil
	}
	s.queue.put(handed)
	if s.queue.close(); s.queue.put(newOperation()) {
		t.Error("taken after the end")
	}
	go s.commitLoop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-handed.done; err != nil {
		t.Fatal(err)
	}
	if n, err := open(t, Options{Dir: dir, Keys: keys}).Count("japanifornia"); n != 1 || err != nil {
		t.Errorf("%d entries (%v)", n, err)
	}
}

// TestEndedListEndsItsRun: a run whose list has ended says so, and never panics.
func TestEndedListEndsItsRun(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 3)
	r := startIssue(t, s, named("japanifornia", "autumn"))
	if err := s.EndList(t.Context(), "japanifornia"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Reserve(time.Now()); !errors.Is(err, ErrNoIssue) {
		t.Errorf("reserve: %v", err)
	}
	if err := r.SettleAndClaim(t.Context(), nil, &deliver.Reader{Seq: 1}, nil); !errors.Is(err, ErrNoIssue) {
		t.Errorf("turn: %v", err)
	}
	if live, err := s.Live(); err != nil || len(live) != 0 {
		t.Errorf("live: %v (%v)", live, err)
	}
	if _, err := s.Compiled(r.Name()); !errors.Is(err, ErrNoIssue) {
		t.Errorf("compiled: %v", err)
	}
}
