package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

const otherList = "whats-new"

var (
	erasure   = Erasure{List: townList, ListID: "japanifornia.example.jp", Name: subscribe.Text{JA: "回覧", EN: "Circular"}, Due: "2027-04-01", Version: "v1.2.3"}
	eraseDeed = deliver.Deed{By: deliver.ByItself, What: "list erase", List: townList, Result: deliver.WasDone}
)

// endingTown is a town whose list has everything that a list can have, beside another list with
// two readers. Of nine who joined one has left, one is suspended, one has blocked.
func endingTown(t *testing.T) (w *town, left subscribe.ID) {
	w = newTown(t, t.TempDir())
	other := *w.lists[townList]
	other.ID, other.ListID = otherList, "whats-new.example.jp"
	w.lists[otherList] = &other
	w.must(w.Adopt(t.Context(), w.lists))
	ids := seedReaders(t, w.Store, townList, 9)
	var two []*subscribe.Subscriber
	for _, address := range []string{"kept1@example.jp", "kept2@example.jp"} {
		two = append(two, sample(otherList, address))
	}
	w.must(w.Seed(t.Context(), two))
	w.leave(ids[0])
	w.suspend("reader1@example.jp")
	w.block("reader2@example.jp")
	w.owe("new@example.jp")
	w.ask()
	w.schedule("spring", w.now.Add(time.Hour))
	return w, ids[0]
}

// nothingOf fails if anything of the town's list is there.
func (w *town) nothingOf() {
	w.t.Helper()
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		if b.Bucket(layout.Lists).Bucket([]byte(townList)) != nil {
			w.t.Error("the list is there")
		}
		return nil
	}))
	if n := w.keysAtTop(layout.Outbox) + w.keysAtTop(layout.Intake) + w.keysAtTop(layout.Progress); n != 0 {
		w.t.Errorf("%d mails, requests and bitmaps are there", n)
	}
	if n := w.linesOf(); n != 1 { // the block is of the mailbox
		w.t.Errorf("%d lines are in the journal", n)
	}
	if n, err := w.Count(otherList); n != 2 || err != nil {
		w.t.Errorf("%d readers of the other list (%v)", n, err)
	}
}

// TestErase: a list goes with everything in it, after what was going out has stopped; its
// certificate tells what there was, and stands in the audit trail.
func TestErase(t *testing.T) {
	t.Parallel()
	w, left := endingTown(t)
	defer func() { w.stop() }()
	r := startIssue(t, w.Store, named(townList, "autumn"))
	flying := claimFirst(t, r)
	if err := w.Erase(t.Context(), erasure, eraseDeed); !errors.Is(err, ErrSending) {
		t.Fatalf("a copy is in flight: %v", err)
	}
	if x, err := r.Reserve(w.now); err == nil && x != nil {
		if err := r.SettleAndClaim(t.Context(), nil, x, nil); err == nil {
			t.Error("a reader of a list that is being erased is claimed")
		}
	}
	settleAs(t, r, flying, handedOver)
	if done, err := w.IsErased(townList, erasure.Due); done || err != nil {
		t.Errorf("erased before it is: %v, %v", done, err)
	}
	w.now = w.now.Add(time.Minute)
	w.must(w.Erase(t.Context(), erasure, eraseDeed))
	w.nothingOf()
	certificates, err := w.Erasures(townList)
	w.must(err)
	head, err := w.AuditHead()
	w.must(err)
	want := erasure
	want.Begun, want.Done = w.now.Add(-time.Minute), w.now
	want.Readers, want.Ended, want.Marks, want.Issues, want.Waiting, want.Audit = 6, 3, 3, 2, 2, head.String()
	if len(certificates) != 1 || !certificates[0].Begun.Equal(want.Begun) || !certificates[0].Done.Equal(want.Done) {
		t.Fatalf("%+v", certificates)
	}
	certificates[0].Begun, certificates[0].Done = want.Begun, want.Done
	if certificates[0] != want {
		t.Errorf("%+v, want %+v", certificates[0], want)
	}
	if deeds, err := w.Deeds(time.Time{}, townList); err != nil || len(deeds) == 0 || deeds[len(deeds)-1].What != "list erase" {
		t.Errorf("%+v, %v", deeds, err)
	}
	w.leave(left) // a link of old: it answers as ever
	if done, err := w.IsErased(townList, erasure.Due); !done || err != nil {
		t.Errorf("not erased: %v, %v", done, err)
	}
	if done, err := w.IsErased(townList, "2028-04-01"); done || err != nil {
		t.Errorf("erased for another day: %v, %v", done, err)
	}
	if got := w.owed(); len(got) != 0 {
		t.Errorf("owed to %v", got)
	}
	w.stop()
	w.start()
	w.nothingOf()
}

// TestErasedInTheJournalFirst: no certificate says that a list is out of the journal before it
// is; what was set aside of a damaged one goes, too.
func TestErasedInTheJournalFirst(t *testing.T) {
	t.Parallel()
	w, _ := endingTown(t)
	defer func() { w.stop() }()
	aside, wall := filepath.Join(w.opt.Journal, "leavings.damaged"), filepath.Join(w.opt.Journal, "leavings.rewritten")
	w.must(errors.Join(os.WriteFile(aside, []byte("lines"), 0o600), os.Mkdir(wall, 0o700)))
	if err := w.Erase(t.Context(), erasure, eraseDeed); err == nil {
		t.Error("it is done, and the journal could not be written")
	}
	if all, err := w.Erasures(townList); len(all) != 0 || err != nil || w.linesOf() == 1 {
		t.Errorf("certificates before it is done: %+v, %v", all, err)
	}
	w.must(os.Remove(wall))
	w.must(w.Erase(t.Context(), erasure, eraseDeed))
	w.nothingOf()
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lines of the list lie aside: %v", err)
	}
}

// TestEndedListTakesItsMailsAlong: of a list that is no longer declared nothing waits, and
// nothing else of it is left either.
func TestEndedListTakesItsMailsAlong(t *testing.T) {
	t.Parallel()
	w, _ := endingTown(t)
	defer w.stop()
	w.must(w.EndList(t.Context(), townList))
	w.nothingOf()
}

// TestErasedComesBackInACopy: a copy from before has the list again, and that is known.
func TestErasedComesBackInACopy(t *testing.T) {
	t.Parallel()
	w, _ := endingTown(t)
	copied := backup(t, w.Store)
	w.must(w.Erase(t.Context(), erasure, eraseDeed))
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if done, err := w.IsErased(townList, erasure.Due); done || err != nil {
		t.Fatalf("erased: %v, %v", done, err)
	}
	w.must(w.Erase(t.Context(), erasure, eraseDeed)) // also while it is held
	w.nothingOf()
}
