package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/subscribe"
)

// lastWeek has a hundred readers, an issue of which twelve copies are out, one that
// is due and one that is due next month, and the copies of all that; then 50 leave,
// 3 block, one moves, two go and come back, and both issues go out.
func lastWeek(t *testing.T, w *town) (backedUp, copied string, ids []subscribe.ID) {
	t.Helper()
	ids = seedReaders(t, w.Store, townList, 100)
	w.leave(ids[60])
	w.join("reader60@example.jp", w.now)
	w.now = w.now.Add(time.Second)
	w.join("reader60@example.jp", w.now) // is back before the copy: the line from then says nothing about it
	w.owe("asked.before@example.jp")
	w.must(w.AskJoin(t.Context(), subscribe.Ask{List: townList, Address: addressOf("asks.before@example.jp")}))
	w.schedule("spring", w.now)
	w.begin("spring")
	w.send("spring", 12)
	w.schedule("autumn", w.now.Add(time.Hour))
	w.schedule("winter", w.now.Add(30*24*time.Hour))
	backedUp = backup(t, w.Store)
	w.stop()
	copied = filepath.Join(t.TempDir(), "copied")
	copyFile(t, w.file(), copied)
	w.start()
	w.now = w.now.Add(2 * time.Hour)
	if n := len(w.send("spring", 100)); n != 88 {
		t.Fatalf("%d copies after the first twelve", n)
	}
	w.begin("autumn")
	w.send("autumn", 100)
	for n := range 50 {
		w.leave(ids[n])
	}
	for n := 50; n < 53; n++ {
		w.block(fmt.Sprintf("reader%d@example.jp", n))
	}
	w.now = w.now.Add(time.Second)
	w.must(w.Desk.Confirm(t.Context(), followed(w.t, w.tokens, subscribe.Link{Purpose: subscribe.ToMove, List: w.lists[townList], ID: ids[53], Revision: 1, Address: addressOf("elsewhere@example.org"), Issued: w.now}), subscribe.Answers{}))
	w.now = w.now.Add(5 * 24 * time.Hour)
	return backedUp, copied, ids
}

// TestPutBack: whichever copy of last week is put back, nobody who has left since
// is on the list, nothing is due by itself, and all links work.
func TestPutBack(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name  string
		put   func(w *town, backedUp, copied string)
		doubt journal.Doubt
	}{
		{"a backup by hand", func(w *town, b, _ string) { copyFile(w.t, b, w.file()) }, journal.DoubtCopy},
		{"a file by hand", func(w *town, _, c string) { copyFile(w.t, c, w.file()) }, journal.DoubtOlder},
		{"restore", func(w *town, b, _ string) {
			w.must(os.Remove(w.file()))
			found, err := restoreFrom(w.opt, b)
			if err != nil || found.Entries != 101 || found.Issues != 3 || found.Lists != 1 {
				w.t.Fatalf("%+v, %v", found, err)
			}
		}, journal.DoubtCopy},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, t.TempDir())
			backedUp, copied, ids := lastWeek(t, w)
			w.stop()
			way.put(w, backedUp, copied)
			w.start()
			h := w.Held()
			if h == nil || h.Doubt != way.doubt || h.Ended != 53 || h.Blocked != 3 || h.Moved != 1 || h.Damaged != 0 || !h.Unknown[1].IsZero() {
				t.Fatalf("held: %+v", h)
			}
			lookPutBack(t, w, ids)
			w.stop()
			w.start() // nothing of it depends on when it is looked at
			lookPutBack(t, w, ids)
			if w.Held() == nil {
				t.Fatal("a restart released it")
			}
			releasePutBack(t, w, ids)
			w.stop()
			w.start()
			defer w.stop()
			if w.Held() != nil {
				t.Fatal("held again after the release")
			}
			if err := (audited{w.Store}).Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPutBackAfterMovingBack: who went to another address and came back, all before the
// copy, is where they were in it. Who went away after it is not.
func TestPutBackAfterMovingBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	move := func(from, to string) {
		w.now = w.now.Add(time.Second)
		w.moves(from, to)
	}
	for _, name := range []string{"back", "away"} {
		w.join(name+"@example.jp", w.now)
		move(name+"@example.jp", name+"@example.org")
		move(name+"@example.org", name+"@example.jp")
	}
	file := backup(t, w.Store)
	move("away@example.jp", "away@example.org")
	for range 2 { // a copy knows what was applied to it
		w.stop()
		copyFile(t, file, w.file())
		w.start()
		if h := w.Held(); h == nil || h.Moved != 1 || h.Ended != 0 || w.count() != 1 || w.entryOf("back@example.jp") == nil {
			t.Fatalf("held: %+v, with %d active", h, w.count())
		}
	}
	w.stop()
}

// TestPutBackOfThatVeryCommit: what the last commit of a copy did ends nobody who has been at
// that address since before it.
func TestPutBackOfThatVeryCommit(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.join("reader@example.jp", w.now)
	suspended := w.entryOf("reader@example.jp").ID
	w.must(w.update(t.Context(), func(tx *txn) error {
		e, err := tx.ByID(townList, suspended)
		if err == nil {
			tx.hold(e, deliver.Strikes{}, true)
		}
		return err
	}))
	w.now = w.now.Add(time.Second)
	w.join("other@example.jp", w.now)
	w.now = w.now.Add(time.Second)
	w.moves("other@example.jp", "reader@example.jp")
	w.leave(suspended)
	file := backup(t, w.Store)
	w.putBackFile(file)
	defer w.stop()
	if w.entryOf("reader@example.jp") == nil || w.count() != 1 {
		t.Errorf("who had moved to the address of one who left is lost: %+v", w.Held())
	}
}

// TestPutBackAfterTheClockWasSetBack: who confirmed under a clock that ran ahead, and left
// after that was set right, is taken out again all the same.
func TestPutBackAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	w.now = w.now.AddDate(1, 0, 0)
	w.join("reader1@example.jp", w.now)
	id := w.entryOf("reader1@example.jp").ID
	w.now = w.now.AddDate(-1, 0, 0)
	copied := backup(t, w.Store)
	w.leave(id)
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if h := w.Held(); h == nil || h.Ended != 1 || w.entryOf("reader1@example.jp") != nil {
		t.Errorf("who has left is back: %+v", h)
	}
}

// restoreFrom puts the copy at path in place.
func restoreFrom(o Options, path string) (Contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return Contents{}, err
	}
	defer f.Close()
	return Restore(o, f, false)
}

func lookPutBack(t *testing.T, w *town, ids []subscribe.ID) {
	t.Helper()
	if n := w.count(); n != 46 {
		t.Errorf("%d active, want 46", n)
	}
	for n := range 53 {
		if w.entryOf(fmt.Sprintf("reader%d@example.jp", n)) != nil {
			t.Fatalf("reader %d is back", n)
		}
	}
	for n := 50; n < 53; n++ {
		if !w.blocked(fmt.Sprintf("reader%d@example.jp", n)) {
			t.Errorf("the block of reader %d is gone", n)
		}
	}
	w.leave(ids[3]) // a link of before, pressed once more
	issues, err := w.onTheirWay(w.opt.Now())
	w.must(err)
	if len(issues) != 2 || issues[0].Name.Slug != "autumn" || issues[1].Name.Slug != "spring" {
		t.Errorf("on their way: %v", issues)
	}
	for _, slug := range []string{"autumn", "spring", "winter"} {
		i, err := w.Issue(named(townList, slug))
		w.must(err)
		if last := i.Timeline[len(i.Timeline)-1].What; !strings.Contains(last, "is a copy of") {
			t.Errorf("%s does not say that it is of a copy: %q", slug, last)
		}
	}
}

func releasePutBack(t *testing.T, w *town, ids []subscribe.ID) {
	t.Helper()
	var open *Unsettled
	if err := w.Release(t.Context(), "operator"); !errors.As(err, &open) || len(open.Issues) != 2 {
		t.Fatalf("released with open issues: %v", err)
	}
	if n, err := w.CopiedNotices(); n != 2 || err != nil || w.Held().Requests != 1 {
		t.Errorf("%d notices of the copy (%v), %d requests", n, err, w.Held().Requests)
	}
	w.owe("asks.now@example.jp")
	w.must(w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{named(townList, "autumn"): deliver.WasSent, named(townList, "spring"): deliver.SendOn}))
	if err := w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{named(townList, "winter"): deliver.WasSent}); err == nil {
		t.Error("a verdict on an issue that is not on its way")
	}
	w.must(w.Release(t.Context(), "operator"))
	<-w.Released()
	if to := w.owed(); len(to) != 1 || to[0] != "asks.now@example.jp" {
		t.Errorf("notices to %v", to)
	}
	autumn, err := w.Issue(named(townList, "autumn"))
	w.must(err)
	if autumn.State != deliver.Finished || w.looksAt(named(townList, "autumn")) {
		t.Errorf("autumn is %v", autumn.State)
	}
	if b := w.books("spring"); b.Accepted != 12 || b.Pending != 46 || b.Withdrawn != 42 {
		t.Errorf("spring: %+v", b)
	}
	got := w.send("spring", 100)
	if len(got) != 46 {
		t.Errorf("%d copies, want 46", len(got))
	}
	for _, to := range got {
		var n int
		if _, err := fmt.Sscanf(to, "reader%d@", &n); err != nil || n < 54 {
			t.Errorf("a copy to %s", to)
		}
	}
	// Links of before and after: an old confirmation brings nobody back, a new one does.
	w.join("reader5@example.jp", w.now.Add(-6*24*time.Hour))
	if w.entryOf("reader5@example.jp") != nil {
		t.Error("a link from before the leaving brought its reader back")
	}
	w.join("reader5@example.jp", w.now)
	if e := w.entryOf("reader5@example.jp"); e == nil || e.ID != ids[5] {
		t.Error("the reader does not come back with a new link, or lost the links of old issues")
	}
	w.join("reader51@example.jp", w.now)
	if w.entryOf("reader51@example.jp") != nil {
		t.Error("a blocked reader is back")
	}
	w.join("reader53@example.jp", w.now)
	if e := w.entryOf("reader53@example.jp"); e == nil || e.ID != ids[53] {
		t.Error("who was at another address does not come back")
	}
}

// looksAt says whether the scheduler still looks at an issue.
func (w *town) looksAt(name deliver.IssueName) bool {
	live, err := w.Live()
	w.must(err)
	for _, i := range live {
		if i.Name == name {
			return true
		}
	}
	return false
}

// TestPutBackAsSent: an issue that was half out in the copy, and went out.
func TestPutBackAsSent(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	backedUp, _, _ := lastWeek(t, w)
	w.stop()
	copyFile(t, backedUp, w.file())
	w.start()
	defer w.stop()
	w.must(w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{named(townList, "autumn"): deliver.StopHere, named(townList, "spring"): deliver.SendOn}))
	w.must(w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{named(townList, "spring"): deliver.WasSent})) // on second thoughts
	w.must(w.Release(t.Context(), "operator"))
	if b := w.books("spring"); b.Accepted != 12 || b.Uncertain != 46 || b.Withdrawn != 42 || b.Pending != 0 {
		t.Errorf("spring: %+v", b)
	}
	if autumn, err := w.Issue(named(townList, "autumn")); err != nil || autumn.State != deliver.Draft {
		t.Errorf("autumn is %v, %v", autumn.State, err)
	}
}

// TestPutBackWithoutTheJournal says since when leavings are unknown.
func TestPutBackWithoutTheJournal(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	backedUp, _, ids := lastWeek(t, w)
	w.stop()
	w.must(os.RemoveAll(w.opt.Journal))
	copyFile(t, backedUp, w.file())
	w.start()
	h := w.Held()
	if h == nil || !h.Unknown[0].Equal(h.CopyOf) || h.CopyOf.After(time.UnixMilli(1795251602000)) || !h.Unknown[1].Equal(w.now) || h.Ended != 0 {
		t.Fatalf("held: %+v", h)
	}
	w.leave(ids[0])
	w.must(w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{named(townList, "autumn"): deliver.WasSent, named(townList, "spring"): deliver.WasSent}))
	w.must(w.Release(t.Context(), "operator"))
	w.stop()
	// The gap stays known, and what came after it does too.
	copyFile(t, backedUp, w.file())
	w.start()
	defer w.stop()
	if again := w.Held(); again == nil || again.Unknown != h.Unknown || again.Ended != 1 {
		t.Errorf("held again: %+v", again)
	}
}
