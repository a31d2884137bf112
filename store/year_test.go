package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	goflag "flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

var yearDays = goflag.Int("year-days", 130, "how many days the busy list is watched")

// year is a busy list, day by day, and who is to be found nowhere from which day on.
type year struct {
	*town
	backups string
	gone    map[[8]byte]bygone // by the beginning of each trace
	day     int
	sizes   []int64 // of the file, right after it was compacted
}

type bygone struct {
	who   string
	what  string
	trace []byte
	from  int // on that day nothing is left
}

// TestYear: readers come and go, some cannot be reached, issues go out, and each night is
// as it should be. The file does not grow beyond what live readers need, and a raw scan of
// the file, the journal and the backups that are kept finds nobody whose date has passed.
func TestYear(t *testing.T) {
	t.Parallel()
	y := &year{town: newTown(t, t.TempDir()), backups: t.TempDir(), gone: map[[8]byte]bygone{}}
	defer y.stop()
	for y.day = range *yearDays {
		y.now = y.now.Add(aDay)
		y.joins(y.day, 6)
		if y.day >= 20 {
			y.leaves(y.day-20, 0, 5)
		}
		if y.day >= 60 {
			y.leaves(y.day-60, 5, 6)
		}
		if y.day%30 == 10 {
			y.issue(fmt.Sprintf("issue-%d", y.day))
		}
		y.night()
		if y.day%30 == 29 || y.day == *yearDays-1 {
			y.scan()
		}
	}
	y.must((audited{y.Store}).Check())
	last, settled := y.sizes[len(y.sizes)-1], y.sizes[len(y.sizes)*3/4]
	if n := y.count(); n == 0 || last > settled+settled/4 {
		t.Errorf("the file has %d octets for %d readers, and had %d", last, n, settled)
	}
	t.Logf("%d octets for %d readers after %d days; %d traces of whom nothing is left", last, y.count(), *yearDays, y.passed())
}

func (y *year) address(day, n int) string { return fmt.Sprintf("day%d-%d@example.jp", day, n) }

// joins has so many readers join in one commit.
func (y *year) joins(day, n int) {
	y.must(y.Store.Update(y.t.Context(), func(tx subscribe.Tx) error {
		for i := range n {
			e := sample(townList, y.address(day, i))
			e.ID, e.Consent.Confirmed = tx.OwnID(townList, e.Address), tx.Now()
			tx.Put(e)
		}
		return nil
	}))
}

// leaves has those readers leave who joined on that day, but one who is suspended.
func (y *year) leaves(day, from, to int) {
	for i := from; i < to; i++ {
		address, keep := y.address(day, i), kept.Marks
		e := y.entryOf(address)
		traces := y.traces(address, e.Seq, e.ID)
		if i == 1 {
			y.suspend(address)
			keep += kept.Suspended + 1 // it ends by night, and then its mark begins
		} else {
			y.must(y.Store.Update(y.t.Context(), func(tx subscribe.Tx) error {
				left, err := tx.ByID(townList, e.ID)
				if err != nil {
					return err
				}
				tx.SetMark(townList, e.Address, left.End(subscribe.MarkLeft, tx.Now()))
				tx.Put(left)
				return nil
			}))
		}
		published := y.day + int(keep+kept.Unreadable()) + 1 // a night may be up to a day later
		for what, trace := range traces {
			trace = trace[len(trace)-16:] // all end differently
			y.gone[[8]byte(trace)] = bygone{address, what, trace, published}
		}
	}
}

// issue sends one to all, of whom one cannot be reached.
func (y *year) issue(slug string) {
	r := startIssue(y.t, y.Store, named(townList, slug))
	x, err := r.Reserve(y.now)
	y.must(err)
	y.must(r.SettleAndClaim(y.t.Context(), nil, x, nil))
	for result := deliver.Judge(deliver.StageRcpt, 450, "4.2.0", ""); x != nil; result = handedOver {
		next, err := r.Reserve(y.now)
		y.must(err)
		y.must(r.SettleAndClaim(y.t.Context(), &deliver.Settlement{Reader: *x, Result: result}, next, nil))
		x = next
	}
	endRun(y.t, y.Store, r)
}

// night is the purge, the compaction when it is due, and a backup; old ones are deleted.
func (y *year) night() {
	_, err := y.Purge(y.t.Context(), kept, false)
	y.must(err)
	if y.day%int(kept.FreePages) == 0 {
		_, err := y.Compact(y.t.Context(), nil)
		y.must(err)
		info, err := os.Stat(y.file())
		y.must(err)
		y.sizes = append(y.sizes, info.Size())
	}
	y.must(y.Backup(y.t.Context(), filepath.Join(y.backups, fmt.Sprintf("%04d", y.day)), nil))
	if old := y.day - int(kept.Backups); old >= 0 {
		y.must(os.Remove(filepath.Join(y.backups, fmt.Sprintf("%04d", old))))
	}
}

// passed is how many traces must be nowhere today.
func (y *year) passed() (n int) {
	for _, g := range y.gone {
		if g.from <= y.day {
			n++
		}
	}
	return n
}

// scan looks for everybody whose day has passed.
func (y *year) scan() {
	y.t.Helper()
	files, err := filepath.Glob(filepath.Join(y.backups, "*"))
	y.must(err)
	for _, name := range append(files, y.file()) {
		text, err := os.ReadFile(name)
		y.must(err)
		y.find(filepath.Base(name), text)
	}
	_, err = y.journal.Each(0, func(l journal.Line) error {
		y.find("the journal", append(l.Entry[:], l.Mark[:]...))
		return nil
	})
	y.must(err)
	found := 0
	y.must(y.Store.file.View(func(b *bolt.Tx) error { // who left lately is there: the scan sees what there is
		return errors.Join(layout.Each(layout.List(b, townList, layout.IDs), func(k, _ []byte) error {
			if g, ok := y.gone[[8]byte(k)]; ok && bytes.Equal(g.trace, k) {
				found++
			}
			return nil
		}))
	}))
	if found == 0 && y.day > 20 {
		y.t.Error("of who has left lately nothing is there")
	}
}

func (y *year) find(where string, text []byte) {
	y.t.Helper()
	for n := 0; n+8 <= len(text); n++ {
		if binary.LittleEndian.Uint64(text[n:]) == 0 {
			continue
		}
		if g, ok := y.gone[[8]byte(text[n:])]; ok && g.from <= y.day && bytes.HasPrefix(text[n:], g.trace) {
			y.t.Fatalf("day %d: the %s of %s, of whom nothing was to be left on day %d, is in %s", y.day, g.what, g.who, g.from, where)
		}
	}
}
