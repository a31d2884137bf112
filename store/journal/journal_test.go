package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// begun is a folder with an empty journal.
func begun(t *testing.T, tell func(error)) *Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	f, err := Open(dir, seal.Generate(time.Unix(1795251600, 0)), tell)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Rebuild(nil, [2]time.Time{}); err != nil {
		t.Fatal(err)
	}
	return f
}

// left is a line about somebody.
func left(n int64) Line {
	return Line{Kind: EntryLeft, At: time.UnixMilli(n), Entry: subscribe.NewID(), List: [16]byte{1}, Mark: [16]byte{2}}
}

func (f *Folder) lines(t *testing.T, after uint64) (all []Line) {
	t.Helper()
	if n, err := f.Each(after, func(l Line) error { all = append(all, l); return nil }); n != 0 || err != nil {
		t.Errorf("%d damaged, %v", n, err)
	}
	return all
}

// TestWhatCannotBeWritten is kept, is told once, and is written with the next.
func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	var told []error
	f := begun(t, func(err error) { told = append(told, err) })
	whole := f.file
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err := errors.Join(err, closed.Close()); err != nil {
		t.Fatal(err)
	}
	want := []Line{left(1), left(2), left(3)}
	f.file = closed
	for _, l := range want[:2] {
		_, wait := f.Add([]Line{l})
		f.Report(wait())
	}
	if err := f.Fault(); err == nil || !strings.Contains(err.Error(), "a backup put back would undo it") {
		t.Fatal(err)
	}
	f.file = whole
	last, wait := f.Add(want[2:])
	f.Report(wait())
	if last != 3 || f.Fault() != nil || len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("%d lines, %v; told: %v", last, f.Fault(), told)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.dir, f.keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := again.lines(t, 0)
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
	if got := again.lines(t, 2); len(got) != 1 || got[0] != want[2] {
		t.Errorf("after the second: %v", got)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestNumbersAreNotGivenTwice, also where the last lines were dropped.
func TestNumbersAreNotGivenTwice(t *testing.T) {
	t.Parallel()
	f := begun(t, nil)
	stays, goes := left(1), left(2)
	goes.List = [16]byte{9}
	_, wait := f.Add([]Line{stays, goes})
	if err := errors.Join(wait(), f.Drop(map[[16]byte]bool{goes.List: true}, false), f.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.dir, f.keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := again.lines(t, 0)
	if len(got) != 2 || got[0] != stays || got[1].Kind != placeholder {
		t.Errorf("%v", got)
	}
	last, wait := again.Add([]Line{left(3)})
	if err := errors.Join(wait(), again.Close()); last != 3 || err != nil {
		t.Errorf("number %d, %v", last, err)
	}
}

// TestDoubt: whatever is not the database in use is known for that.
func TestDoubt(t *testing.T) {
	t.Parallel()
	own, other, none := [16]byte{1}, [16]byte{2}, [16]byte{}
	for name, c := range map[string]struct {
		db    Standing
		known *Generation
		want  Doubt
	}{
		"new":                             {Standing{}, nil, NoDoubt},
		"from before names":               {Standing{}, &Generation{Heir: own}, NoDoubt},
		"in use":                          {Standing{ID: own, Commits: 7}, &Generation{ID: own, Commits: 7}, NoDoubt},
		"ahead of the file":               {Standing{ID: own, Commits: 8}, &Generation{ID: own, Commits: 7}, NoDoubt},
		"a backup":                        {Standing{ID: own, Commits: 9, Copy: true}, &Generation{ID: own, Commits: 7}, DoubtCopy},
		"older":                           {Standing{ID: own, Commits: 6}, &Generation{ID: own, Commits: 7}, DoubtOlder},
		"another":                         {Standing{ID: other, Commits: 9}, &Generation{ID: own, Commits: 7}, DoubtOther},
		"taking its name when it stopped": {Standing{ID: other}, &Generation{ID: own, Commits: 7, Heir: other}, NoDoubt},
		"before it took its name":         {Standing{ID: own, Commits: 7}, &Generation{ID: own, Commits: 7, Heir: other}, NoDoubt},
		"of no file":                      {Standing{ID: own}, nil, DoubtNowhere},
		"of a file that names none":       {Standing{ID: own}, &Generation{ID: none, Heir: other}, DoubtNowhere},
		"without a name beside one":       {Standing{}, &Generation{ID: own}, DoubtUnnumbered},
	} {
		if got := c.db.Doubt(c.known); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestEveryDoubtIsSaid in words of its own.
func TestEveryDoubtIsSaid(t *testing.T) {
	t.Parallel()
	said := map[string]bool{"": true}
	for d := range Doubt(doubts) {
		if said[d.String()] {
			t.Errorf("doubt %d is said as %q", d, d)
		}
		said[d.String()] = true
	}
}

// TestWhatEndsAnEntryIsALine: of the kinds of marks only a suspension stays out of the
// journal, and each comes back as it was. One that the journal does not know yet counts
// as having left.
func TestWhatEndsAnEntryIsALine(t *testing.T) {
	t.Parallel()
	keys := seal.Generate(time.Now())
	for kind := subscribe.MarkLeft; kind < 10; kind++ {
		want := kind
		if kind > subscribe.MarkBlocked {
			want = subscribe.MarkLeft
		}
		l, ok := LineOf(keys, "news", [16]byte{}, subscribe.Mark{Kind: kind})
		if ok != (kind != subscribe.MarkSuspended) || ok && l.MarkKind() != want {
			t.Errorf("a mark %d is a line: %v, of a mark %d, want %d", kind, ok, l.MarkKind(), want)
		}
	}
}

// TestUnsyncedNameIsFollowed: when a new journal has the name, and nobody knows whether that
// outlasts a power cut, lines go to it, and not to the old one, which has no name any more.
func TestUnsyncedNameIsFollowed(t *testing.T) {
	t.Parallel()
	f := begun(t, nil)
	boom := errors.New("boom")
	text := f.head()
	err := f.swap(int64(len(text)), func() error {
		return errors.Join(disk.Replace(f.path(Name), text), &disk.UnsyncedError{Err: boom})
	})
	if !errors.Is(err, boom) {
		t.Errorf("it is not told: %v", err)
	}
	want := left(1)
	_, wait := f.Add([]Line{want})
	if err := errors.Join(wait(), f.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.dir, f.keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.lines(t, 0); len(got) != 1 || got[0] != want {
		t.Errorf("%v, want %v", got, want)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
