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
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// together has operations share a commit: they are handed in while another is being
// done. It returns each one's answer.
func (s *Store) together(ops ...*commit.Operation[*txn]) (answers []error) {
	begun, end := make(chan struct{}), make(chan struct{})
	before := &commit.Operation[*txn]{Do: func(*txn) error { close(begun); <-end; return nil }}
	_ = s.committer.Put(before)
	<-begun
	for _, op := range ops {
		_ = s.committer.Put(op)
	}
	close(end)
	for _, op := range ops {
		answers = append(answers, op.Wait())
	}
	_ = before.Wait()
	return answers
}

func doing(do func(*txn) error) *commit.Operation[*txn] { return &commit.Operation[*txn]{Do: do} }

func putIssueWrite(s *Store, i *deliver.Issue) func(*bolt.Tx) error {
	return func(b *bolt.Tx) error { return s.putIssue(b, i) }
}

func commits(s *Store) (n int) {
	_ = s.file.View(func(b *bolt.Tx) error { n = b.ID(); return nil })
	return n
}

// TestCommitOneByOne: a batch that fails as a whole is tried one by one, and
// whoever did not bring it down is done, once.
func TestCommitOneByOne(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	boom, told := errors.New("disk"), 0
	request := func(tx *txn) error {
		tx.After(func() { told++ })
		tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", "a@example.jp").Address, At: tx.Now()})
		return nil
	}
	errs := s.together(doing(request), doing(func(tx *txn) error {
		tx.After(func() { t.Error("memory was told of what failed") })
		tx.Stage(func(*bolt.Tx) error { return boom })
		return nil
	}), doing(request))
	if errs[0] != nil || !errors.Is(errs[1], boom) || errs[2] != nil || told != 2 {
		t.Errorf("%v, told %d times", errs, told)
	}
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

// TestCommitReadAfterWrite: whatever an operation reads, it does so before it writes.
func TestCommitReadAfterWrite(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	e := sample("japanifornia", "a@example.jp")
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		tx.Put(e)
		_, err := tx.ByID("japanifornia", e.ID)
		return err
	})
	if !errors.Is(err, commit.ErrOrder) {
		t.Errorf("got %v", err)
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

// TestEndedListEndsItsRun: a run whose list has ended says so, and never panics.
func TestEndedListEndsItsRun(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 3)
	r := startIssue(t, s, named("japanifornia", "autumn"))
	if err := s.EndList(t.Context(), "japanifornia"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Reserve(time.Now()); !errors.Is(err, deliver.ErrNoIssue) {
		t.Errorf("reserve: %v", err)
	}
	if err := r.SettleAndClaim(t.Context(), nil, &deliver.Reader{Seq: 1}, nil); !errors.Is(err, deliver.ErrNoIssue) {
		t.Errorf("settle and claim: %v", err)
	}
	if live, err := s.Live(); err != nil || len(live) != 0 {
		t.Errorf("live: %v (%v)", live, err)
	}
	if _, err := s.Compiled(r.Name()); !errors.Is(err, deliver.ErrNoIssue) {
		t.Errorf("compiled: %v", err)
	}
}

// TestPagesOfQueuesAreFilled: requests and notices come one behind the other, so a page is
// full before the next is begun.
func TestPagesOfQueuesAreFilled(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	for range 40 {
		err := s.Update(t.Context(), func(tx subscribe.Tx) error {
			for range 10 {
				a := addressOf("somebody@example.jp")
				tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: a, At: tx.Now()})
				tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "japanifornia", To: a, Asked: tx.Now(), Expires: tx.Now().Add(time.Hour)})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.file.View(func(b *bolt.Tx) error {
		for _, name := range [][]byte{layout.Intake, layout.Outbox} {
			if x := b.Bucket(name).Stats(); x.LeafInuse < x.LeafAlloc*8/10 {
				t.Errorf("%s: of %d octets %d are in use", name, x.LeafAlloc, x.LeafInuse)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
