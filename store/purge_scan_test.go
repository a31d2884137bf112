package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// traces are all that a file may hold of a reader: under these keys each is known.
func (w *town) traces(address string, seq subscribe.Seq, id subscribe.ID) map[string][]byte {
	w.t.Helper()
	a := addressOf(address)
	by, mark, box := addressKey(w.Store, townList, a), w.people.MarkHash(townList, a), w.people.MarkHash("", a)
	mailbox := w.mailboxOf(a)
	out := map[string][]byte{"ID": id[:], "key of the address": by[:], "key of the mark": mark[:], "key of the block": box[:], "key of the mailbox": mailbox}
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		out["sealed record"] = bytes.Clone(layout.List(b, townList, layout.Entries).Get(layout.SeqKey(seq)))
		return nil
	}))
	return out
}

func (w *town) mailboxOf(a subscribe.Address) []byte {
	return mailboxKey(w.Store, subscribe.Subscriber{List: townList, Address: a})[:16]
}

// isIn says whether something stands in a bucket that is in use, or below it.
func isIn(b interface {
	ForEach(do func(k, v []byte) error) error
}, nested func(k []byte) *bolt.Bucket, what []byte) (found bool) {
	_ = b.ForEach(func(k, v []byte) error {
		if v == nil {
			if in := nested(k); in != nil {
				found = found || isIn(in, in.Bucket, what)
			}
		}
		found = found || bytes.Contains(k, what) || bytes.Contains(v, what)
		return nil
	})
	return found
}

// whereIs says where a reader is found: in what the database holds, in the file, octet for
// octet, after it was compacted, in a backup, or in the journal.
func (w *town) whereIs(traces map[string][]byte) (places map[string]bool) {
	w.t.Helper()
	places = map[string]bool{}
	_, err := w.Compact(w.t.Context(), nil)
	w.must(err)
	file, err := os.ReadFile(w.file())
	w.must(err)
	copied, err := os.ReadFile(backup(w.t, w.Store))
	w.must(err)
	w.must(w.Store.file.View(func(b *bolt.Tx) error {
		for what, trace := range traces {
			_ = b.ForEach(func(_ []byte, top *bolt.Bucket) error {
				if isIn(top, top.Bucket, trace) {
					places["the database: "+what] = true
				}
				return nil
			})
			if bytes.Contains(file, trace) {
				places["the file: "+what] = true
			}
			if bytes.Contains(copied, trace) {
				places["a backup: "+what] = true
			}
		}
		return nil
	}))
	_, err = w.journal.Each(0, func(l journal.Line) error {
		if bytes.Equal(l.Entry[:], traces["ID"]) || bytes.Equal(l.Mark[:], traces["key of the mark"]) || bytes.Equal(l.Mark[:], traces["key of the block"]) {
			places["the journal"] = true
		}
		return nil
	})
	w.must(err)
	return places
}

// TestNothingIsLeftOfWhoIsForgotten: under the very keys of the installation nothing that
// is kept speaks of a reader whose time has passed, however they went; and of who stays,
// everything is there.
func TestNothingIsLeftOfWhoIsForgotten(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	ids := seedReaders(t, w.Store, townList, 5)
	w.must(w.AddDeed(t.Context(), deliver.Deed{What: "a commit"}))
	r := startIssue(t, w.Store, named(townList, "autumn"))
	settleAs(t, r, claimFirst(t, r), unknownUser)
	all := map[string]map[string][]byte{}
	addresses := []string{"reader0@example.jp", "reader1@example.jp", "reader2@example.jp", "reader3@example.jp", "reader4@example.jp"}
	for n, address := range addresses {
		all[address] = w.traces(address, subscribe.Seq(n+1), ids[n])
	}
	endRun(t, w.Store, r)
	w.leave(ids[1])
	w.suspend(addresses[2])
	w.block(addresses[3])
	w.must(w.Unblock(t.Context(), addressOf(addresses[3])))
	for n, address := range addresses[1:] {
		if n < 3 && len(w.whereIs(all[address])) == 0 {
			t.Errorf("%s: nothing is found before the purge, so the test finds nothing", address)
		}
	}
	for range 3 { // who is suspended ends, and then the proof has its time, and the mark
		w.now = w.now.Add(46 * aDay)
		_, err := w.Purge(t.Context(), kept, false)
		w.must(err)
	}
	for _, address := range addresses[1:4] {
		for where := range w.whereIs(all[address]) {
			t.Errorf("%s is still in %s", address, where)
		}
	}
	if len(w.whereIs(all[addresses[4]])) < 5 {
		t.Error("who stays is not all there")
	}
	if left, _ := filepath.Glob(filepath.Join(w.opt.Journal, "*")); len(left) != 2 {
		t.Errorf("beside the journal and the generation there are %v", left)
	}
}

// TestLinksOutliveThePurge: of who left nothing is kept, and yet, when they come back, the
// link of the first issue ends the new entry, and one from before the leaving brings
// nobody back in its time.
func TestLinksOutliveThePurge(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	defer w.stop()
	w.join("hanako@example.jp", w.now)
	first := *w.entryOf("hanako@example.jp")
	asked := w.now
	w.leave(first.ID)
	for w.now.Before(asked.Add(subscribe.ConfirmFor - time.Hour)) { // as long as that link acts
		_, err := w.Purge(t.Context(), kept, false)
		w.must(err)
		if w.join("hanako@example.jp", asked); w.entryOf("hanako@example.jp") != nil {
			t.Fatal("an old link brought a reader back")
		}
		w.now = w.now.Add(aDay)
	}
	w.now = w.now.Add(50 * aDay)
	_, err := w.Purge(t.Context(), kept, false)
	w.must(err)
	if n := w.keys(layout.Entries) + w.keys(layout.Marks) + w.keys(layout.IDs); n != 0 {
		t.Fatalf("%d records are left", n)
	}
	w.join("hanako@example.jp", w.now)
	w.leave(first.ID)
	if w.entryOf("hanako@example.jp") != nil {
		t.Error("the link of the first issue ends nothing")
	}
}
