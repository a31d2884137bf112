package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

func joinOne(ctx context.Context, s *Store, address string) (subscribe.ID, error) {
	e := sample("japanifornia", address)
	return e.ID, s.Update(ctx, func(tx subscribe.Tx) error {
		if err := tx.RoomToJoin(); err != nil {
			return err
		}
		tx.Put(e)
		return nil
	})
}

// crowd runs do from many goroutines until each has been told to stop.
func crowd(n int, do func() (on bool)) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for do() {
			}
		})
	}
	wg.Wait()
}

// TestFull fills a store to its max_size: starting issues stops first, sign-ups
// next, and leaving works on (the order in doc.go).
func TestFull(t *testing.T) {
	t.Parallel()
	const size = 20 << 20 // more than the 16 MiB from which bbolt grows by steps
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), MaxSize: size})
	if _, err := joinOne(t.Context(), s, "first@example.jp"); err != nil { // the file grows by its first step
		t.Fatal(err)
	}
	r := startIssue(t, s, named("japanifornia", "winter"))
	first := claimFirst(t, r)
	ids := seedReaders(t, s, "japanifornia", size/1000)
	var mu sync.Mutex
	var next atomic.Int64
	said, noStart, noClaim := 0, 0, 0
	crowd(256, func() bool {
		id, err := joinOne(t.Context(), s, fmt.Sprintf("late%d@example.jp", next.Add(1)))
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			ids = append(ids, id)
			if noStart == 0 && strings.HasSuffix(s.Scarce(), ": no issue starts") {
				noStart = len(ids)
			}
			if said == 0 && s.Scarce() != "" {
				said = len(ids)
			}
			if noStart > 0 && noClaim == 0 && len(ids)%32 == 0 && errors.Is(r.SettleAndClaim(t.Context(), nil, &deliver.Reader{Seq: 2}, nil), ErrFull) {
				noClaim = len(ids)
			}
			return true
		case !errors.Is(err, subscribe.ErrBusy):
			t.Errorf("a sign-up in a full store: %v", err)
		}
		return false
	})
	if t.Failed() {
		t.FailNow()
	}
	info, err := os.Stat(s.file.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries in %d KiB of %d; starting was refused from %d on", len(ids), info.Size()>>10, size>>10, noStart)
	if info.Size() > size || info.Size() < size/2 {
		t.Errorf("the file has %d octets of %d", info.Size(), size)
	}
	if len(ids) < size/850 { // with bbolt's own step a whole one of 16 MiB lies waste
		t.Errorf("only %d entries fit into %d octets", len(ids), size)
	}
	if noStart == 0 || noStart == len(ids) {
		t.Errorf("starting was not refused before sign-ups: %d of %d", noStart, len(ids))
	}
	if said == 0 || said >= noStart || !strings.Contains(s.Scarce(), "nobody can sign up") || s.LeavingFault() != nil {
		t.Errorf("it was said after %d, starting was refused after %d; now: %q, %v", said, noStart, s.Scarce(), s.LeavingFault())
	}
	if noClaim < noStart || noClaim == len(ids) {
		t.Errorf("claims were refused after %d, starting after %d, sign-ups after %d", noClaim, noStart, len(ids))
	}
	if err := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: first, Result: handedOver}, nil, nil); err != nil {
		t.Errorf("what became of a copy is not taken: %v", err)
	}
	if err := s.StartIssue(t.Context(), named("japanifornia", "autumn"), deliver.Form{}, nil); !errors.Is(err, ErrFull) {
		t.Errorf("an issue is started: %v", err)
	}
	if err := requestsUntilRefused(t, s); !errors.Is(err, subscribe.ErrBusy) {
		t.Errorf("requests are put down for ever: %v", err)
	}
	if n, err := s.Count("japanifornia"); err != nil || n != len(ids)+1 {
		t.Errorf("%d entries, %d were acknowledged (%v)", n, len(ids), err)
	}
	// Each of these is a commit of its own, since there is no room for more; they
	// free pages, so that it is hardest at first.
	ids = ids[:1500]
	before, err := s.Count("japanifornia")
	if err != nil {
		t.Fatal(err)
	}
	var at atomic.Int64
	crowd(256, func() bool {
		n := int(at.Add(1)) - 1
		if n >= len(ids) {
			return false
		}
		if err := leaveOne(context.Background(), s, ids[n]); err != nil {
			t.Errorf("leaving number %d of %d: %v", n, len(ids), err)
			return false
		}
		return true
	})
	if n, err := s.Count("japanifornia"); err != nil || n != before-len(ids) && !t.Failed() {
		t.Errorf("%d entries are left of %d (%v)", n, before, err)
	}
}

// requestsUntilRefused puts down as many as the pages that the last commits freed
// can take.
func requestsUntilRefused(t *testing.T, s *Store) (err error) {
	t.Helper()
	for i := 0; err == nil && i < 10_000; i++ {
		err = s.Update(t.Context(), func(tx subscribe.Tx) error {
			tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", "a@example.jp").Address, At: tx.Now()})
			return nil
		})
	}
	return err
}

// TestFullWrite goes on past every margin, as an operation that checks none can.
func TestFullWrite(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys, MaxSize: 4 << 20})
	n := 0
	var err error
	for ; err == nil && n < 100_000; n += 100 {
		var page []*subscribe.Subscriber
		for i := range 100 {
			page = append(page, sample("japanifornia", fmt.Sprintf("reader%d@example.jp", n+i)))
		}
		err = s.Seed(t.Context(), page)
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("after %d entries: %v", n, err)
	}
	if got, err := s.Count("japanifornia"); err != nil || got != n-100 {
		t.Errorf("%d entries of %d: something is half-written (%v)", got, n-100, err)
	}
	if err := errors.Join(audited{s}.Check(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Keys: keys, MaxSize: 8 << 20}) // raised, as the error says
	if got, err := s.Count("japanifornia"); err != nil || got != n-100 {
		t.Errorf("%d entries after the opening (%v)", got, err)
	}
	if _, err := joinOne(t.Context(), s, "more@example.jp"); err != nil {
		t.Errorf("with more room: %v", err)
	}
}

// TestFullTakesNobodyDown: one operation that asks for too much is refused by
// itself, and its companions are committed.
func TestFullTakesNobodyDown(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), MaxSize: 8 << 20})
	good := sample("japanifornia", "good@example.jp")
	huge := deliver.Issue{Name: named("japanifornia", "huge"), Source: make([]byte, 10<<20), State: deliver.Draft}
	errs := s.together(
		doing(func(tx *txn) error { tx.Put(good); return nil }),
		doing(func(tx *txn) error { tx.Stage(putIssueWrite(s, &huge)); return nil }),
		doing(func(tx *txn) error { tx.SetMark("", good.Address, subscribe.Mark{At: tx.Now()}); return nil }),
	)
	if errs[0] != nil || !errors.Is(errs[1], ErrFull) || errs[2] != nil {
		t.Fatalf("%v", errs)
	}
	if n, err := s.Count("japanifornia"); n != 1 || err != nil {
		t.Errorf("%d entries (%v)", n, err)
	}
}

// fillToTheLimit writes until the file may not grow any more, which is how a
// full disk looks to bbolt.
func fillToTheLimit(dir string, keys *seal.Keyring) error {
	if err := limitFiles(); err != nil {
		return err
	}
	s, err := Open(Options{Dir: dir, Keys: keys})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id, err := joinOne(context.Background(), s, fmt.Sprintf("reader%d@example.jp", i))
		if err != nil {
			if !errors.Is(err, ErrFull) {
				return err
			}
			say("full %d", i)
			if _, err := s.Count("japanifornia"); err != nil { // it can still be read
				return err
			}
			return s.Close()
		}
		say("joined %s", id)
		if i > 100_000 {
			return errors.New("the limit was never met")
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	if !limitsFiles {
		t.Skip("no process can be kept from growing files here")
	}
	dir, keys := t.TempDir(), newKeys()
	out, err := command(t, "fill", dir, keys).Output()
	if err != nil {
		t.Fatal(err)
	}
	joined, full := 0, 0
	eachLine(out, func(verb, _ string) {
		switch verb {
		case "joined":
			joined++
		case "full":
			full++
		}
	})
	s := open(t, Options{Dir: dir, Keys: keys})
	if n, err := s.Count("japanifornia"); err != nil || full != 1 || joined == 0 || n != joined {
		t.Errorf("%d entries, %d acknowledged, %d times full (%v)", n, joined, full, err)
	}
}

// TestRoomToRun: the books of a run in which nothing is plainly accepted take no more than is
// foretold, and a run is doubted for whose books there is less.
func TestRoomToRun(t *testing.T) {
	t.Parallel()
	const readers, size = 500, 64 << 20
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), MaxSize: size})
	seedReaders(t, s, "japanifornia", readers)
	r, before := startIssue(t, s, named("japanifornia", "winter")), s.file.Space()
	var last *deliver.Settlement
	for n := 0; ; n++ {
		x, err := r.Reserve(s.opt.Now())
		if err == nil {
			err = r.SettleAndClaim(t.Context(), last, x, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if x == nil {
			break
		}
		last = &deliver.Settlement{Reader: *x, Result: deliver.Judge(deliver.StageRcpt, 451, "4.7.1", "later"), Next: s.opt.Now().Add(time.Hour)}
	}
	if took := before - s.file.Space(); took > readers*spaceForCopy {
		t.Errorf("the books took %d octets a copy, and %d are foretold", took/readers, spaceForCopy)
	}
	left := int(s.file.Space() / spaceForCopy)
	if err := s.RoomToRun(left / 2); err != nil {
		t.Error(err)
	}
	if err := s.RoomToRun(left); err == nil || !strings.Contains(err.Error(), "MB are left for the database") {
		t.Errorf("there is room for claiming, and besides: %v", err)
	}
}
