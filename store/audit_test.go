package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// auditDay is when the trails of these tests begin.
var auditDay = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// trailOf is a store with a trail of so many deeds, a minute apart.
func trailOf(t *testing.T, n int) (*Store, *time.Time) {
	now := auditDay
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return now }})
	for range n {
		addDeed(t, s, deliver.Deed{By: "hanako", What: "issue pause", List: "news", Issue: "autumn", Result: deliver.Asked})
		now = now.Add(time.Minute)
	}
	return s, &now
}

func addDeed(t *testing.T, s *Store, deeds ...deliver.Deed) {
	t.Helper()
	if err := s.AddDeed(t.Context(), deeds...); err != nil {
		t.Fatal(err)
	}
}

func checkAudit(t *testing.T, s *Store, before AuditHead) AuditCheck {
	t.Helper()
	out, err := s.CheckAudit(before)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameDeed(a, b NumberedDeed) bool {
	at := a.At.Equal(b.At)
	a.At, b.At = time.Time{}, time.Time{}
	return at && a == b
}

// TestAuditTrail: what was written is read back, in its order, and by its list; a head
// that was written down is found again, and one of another trail is not.
func TestAuditTrail(t *testing.T) {
	t.Parallel()
	s, now := trailOf(t, 0)
	if head, err := s.AuditHead(); err != nil || head != (AuditHead{}) {
		t.Errorf("an empty trail ends with %s, %v", head, err)
	}
	first := deliver.Deed{At: *now, By: "hanako", What: "subscriber remove", List: "news", Reason: "letter 7", Result: deliver.Asked}
	addDeed(t, s, first, deliver.Deed{By: deliver.ByItself, What: "purge", Result: deliver.WasDone})
	noted, err := s.AuditHead()
	if err != nil || noted.N != 2 {
		t.Fatalf("the head is %s, %v", noted, err)
	}
	*now = now.Add(time.Hour)
	addDeed(t, s, deliver.Deed{By: "taro", What: "backup", Result: deliver.Asked})
	all, err := s.Deeds(time.Time{}, "")
	if err != nil || len(all) != 3 || !sameDeed(all[0], NumberedDeed{1, first}) || all[2].N != 3 {
		t.Errorf("the trail is %+v, %v", all, err)
	}
	if late, _ := s.Deeds(*now, ""); len(late) != 1 || late[0].What != "backup" {
		t.Errorf("of the last hour: %+v", late)
	}
	if news, _ := s.Deeds(time.Time{}, "news"); len(news) != 1 {
		t.Errorf("of one list: %+v", news)
	}
	written, err := ParseAuditHead(noted.String())
	if err != nil {
		t.Fatal(err)
	}
	if got := checkAudit(t, s, written); !got.Has || got.Break != 0 || got.First != 1 || got.Head.N != 3 {
		t.Errorf("a trail as it was written: %+v", got)
	}
	if _, err := s.Compact(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	addDeed(t, s, deliver.Deed{By: deliver.ByItself, What: "compact", Result: deliver.WasDone})
	if got := checkAudit(t, s, written); !got.Has || got.Break != 0 || got.Head.N != 4 {
		t.Errorf("a trail in a compacted file: %+v", got)
	}
	written.Chain[3] ^= 1
	if got := checkAudit(t, s, written); got.Has {
		t.Error("a head of another trail is found in this one")
	}
	for _, bad := range []string{"", "3", "x:00", "3:00", "0:" + strings.Repeat("0", 32), "3:" + strings.Repeat("g", 32)} {
		if _, err := ParseAuditHead(bad); err == nil {
			t.Errorf("%q is read as a head", bad)
		}
	}
}

// TestAuditTrailIsBroken: whatever is done to the deeds in the file, also by somebody who
// has the keys, the first one that is not as it was written is named; and deeds can be
// written all the same.
func TestAuditTrailIsBroken(t *testing.T) {
	t.Parallel()
	reseal := func(s *Store, b *bolt.Tx, at uint64, change func(*record.Deed)) error {
		k := layout.Key8(at)
		d, err := s.deed(k, b.Bucket(layout.Audit).Get(k))
		if err != nil {
			return err
		}
		change(&d)
		sealed, err := s.keys.Seal(seal.Data, layout.DeedLabel, record.EncodeDeed(d), k)
		return errors.Join(err, b.Bucket(layout.Audit).Put(k, sealed))
	}
	for name, c := range map[string]struct {
		spoil func(*Store, *bolt.Bucket) error
		names uint64
		why   string
	}{
		"a bit": {func(_ *Store, b *bolt.Bucket) error {
			v := slices.Clone(b.Get(layout.Key8(4)))
			v[len(v)/2] ^= 1
			return b.Put(layout.Key8(4), v)
		}, 4, "cannot be read"},
		"the last one's bit": {func(_ *Store, b *bolt.Bucket) error {
			v := slices.Clone(b.Get(layout.Key8(6)))
			v[len(v)-1] ^= 1
			return b.Put(layout.Key8(6), v)
		}, 6, "cannot be read"},
		"removed":           {func(_ *Store, b *bolt.Bucket) error { return b.Delete(layout.Key8(3)) }, 3, "it is missing"},
		"the first removed": {func(_ *Store, b *bolt.Bucket) error { return b.Delete(layout.Key8(1)) }, 1, "it is missing"},
		"the end removed": {func(_ *Store, b *bolt.Bucket) error {
			return errors.Join(b.Delete(layout.Key8(5)), b.Delete(layout.Key8(6)))
		}, 5, "it is missing"},
		"the end removed, and its number": {func(_ *Store, b *bolt.Bucket) error {
			return errors.Join(b.Delete(layout.Key8(5)), b.Delete(layout.Key8(6)), b.SetSequence(4))
		}, 5, "it is missing"},
		"all of them, and the bucket": {func(_ *Store, b *bolt.Bucket) error { return b.Tx().DeleteBucket(layout.Audit) }, 1, "it is missing"},
		"all of them, and the end": {func(_ *Store, b *bolt.Bucket) error {
			return errors.Join(b.Tx().Bucket(layout.Meta).Delete(layout.AuditEnd), b.Tx().DeleteBucket(layout.Audit))
		}, 1, "nobody knows"},
		"where it ends": {func(_ *Store, b *bolt.Bucket) error {
			return errors.Join(b.Delete(layout.Key8(6)), b.SetSequence(5), b.Tx().Bucket(layout.Meta).Put(layout.AuditEnd, append(layout.Key8(5), make([]byte, 48)...)))
		}, 6, "nobody knows"},
		"two changed places": {func(_ *Store, b *bolt.Bucket) error {
			x, y := slices.Clone(b.Get(layout.Key8(2))), slices.Clone(b.Get(layout.Key8(5)))
			return errors.Join(b.Put(layout.Key8(2), y), b.Put(layout.Key8(5), x))
		}, 2, "cannot be read"},
		"changed, with the keys": {func(s *Store, b *bolt.Bucket) error {
			return reseal(s, b.Tx(), 3, func(d *record.Deed) { d.By = "taro" })
		}, 3, "does not follow"},
		"changed and chained, with the keys": {func(s *Store, b *bolt.Bucket) error {
			before, err := s.deed(layout.Key8(2), b.Get(layout.Key8(2)))
			return errors.Join(err, reseal(s, b.Tx(), 3, func(d *record.Deed) { d.By = "taro"; *d = record.ChainDeed(before.Chain, d.Deed) }))
		}, 4, "does not follow"},
		"all of them": {func(_ *Store, b *bolt.Bucket) error {
			var keys [][]byte
			_ = b.ForEach(func(k, _ []byte) error { keys = append(keys, slices.Clone(k)); return nil })
			return layout.DeleteAll(b, keys)
		}, 1, "it is missing"},
		"where it begins": {func(_ *Store, b *bolt.Bucket) error {
			return b.Tx().Bucket(layout.Meta).Put(layout.AuditAnchor, append(layout.Key8(2), make([]byte, 32)...))
		}, 3, "it is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := trailOf(t, 6)
			if got := checkAudit(t, s, AuditHead{}); got.Break != 0 {
				t.Fatalf("before: %+v", got)
			}
			if err := s.write(t.Context(), func(b *bolt.Tx) error { return c.spoil(s, b.Bucket(layout.Audit)) }); err != nil {
				t.Fatal(err)
			}
			got := checkAudit(t, s, AuditHead{})
			if got.Break != c.names || !strings.Contains(got.Why, c.why) {
				t.Errorf("the break is %d, %s; want %d, %s", got.Break, got.Why, c.names, c.why)
			}
			addDeed(t, s, deliver.Deed{By: "hanako", What: "issue resume"})
			if again := checkAudit(t, s, AuditHead{}); again.Break != c.names {
				t.Errorf("after one more deed the break is %d, %s; want %d", again.Break, again.Why, c.names)
			}
		})
	}
}

// TestAuditTrailIsTrimmed: what is older than its time goes, what remains holds, and the
// numbers go on, also when nothing remains.
func TestAuditTrailIsTrimmed(t *testing.T) {
	t.Parallel()
	s, now := trailOf(t, 10)
	head, _ := s.AuditHead()
	third := auditDay.Add(3 * time.Minute)
	if n, err := s.TrimAudit(t.Context(), third, true); n != 3 || err != nil {
		t.Errorf("%d would be forgotten, %v; want 3", n, err)
	}
	if n, err := s.TrimAudit(t.Context(), third, false); n != 3 || err != nil {
		t.Errorf("%d were forgotten, %v; want 3", n, err)
	}
	if got := checkAudit(t, s, head); got.Break != 0 || got.First != 4 || got.Head != head || !got.Has {
		t.Errorf("after the trimming: %+v", got)
	}
	if n, err := s.TrimAudit(t.Context(), *now, false); n != 7 || err != nil {
		t.Errorf("%d were forgotten, %v; want the other 7", n, err)
	}
	if got := checkAudit(t, s, head); got.Break != 0 || got.First != 11 || got.Head != head || !got.Has {
		t.Errorf("after all were trimmed: %+v", got)
	}
	addDeed(t, s, deliver.Deed{By: "hanako", What: "backup"})
	if got := checkAudit(t, s, head); got.Break != 0 || got.Head.N != 11 || !got.Has {
		t.Errorf("after the next one: %+v", got)
	}
	// A damaged one goes with the next.
	addDeed(t, s, deliver.Deed{By: "hanako", What: "backup"})
	if err := s.write(t.Context(), func(b *bolt.Tx) error { return b.Bucket(layout.Audit).Put(layout.Key8(11), []byte("x")) }); err != nil {
		t.Fatal(err)
	}
	if n, err := s.TrimAudit(t.Context(), now.Add(time.Hour), false); n != 2 || err != nil {
		t.Errorf("%d were forgotten, %v; want the damaged one and its successor", n, err)
	}
	if got := checkAudit(t, s, AuditHead{}); got.Break != 0 {
		t.Errorf("after the damaged one was forgotten: %+v", got)
	}
}

// TestAuditTrailUnderAClockThatRanAhead: a deed that is dated in the future keeps those behind
// it no longer than their time.
func TestAuditTrailUnderAClockThatRanAhead(t *testing.T) {
	t.Parallel()
	s, now := trailOf(t, 2)
	*now = now.AddDate(1, 0, 0)
	addDeed(t, s, deliver.Deed{By: "hanako", What: "backup"})
	*now = now.AddDate(-1, 0, 0)
	addDeed(t, s, deliver.Deed{By: "hanako", What: "backup"})
	*now = now.Add(time.Hour)
	addDeed(t, s, deliver.Deed{By: "hanako", What: "backup"})
	if n, err := s.TrimAudit(t.Context(), *now, false); n != 4 || err != nil {
		t.Errorf("%d were forgotten, %v; want 4", n, err)
	}
	if got := checkAudit(t, s, AuditHead{}); got.Break != 0 || got.First != 5 {
		t.Errorf("after the trimming: %+v", got)
	}
}
