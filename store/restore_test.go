package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// town is an installation of one list, as its readers and its operator use it.
type town struct {
	t      *testing.T
	dir    string
	opt    Options
	lists  subscribe.Lists
	tokens subscribe.Tokens
	now    time.Time
	*Store
	*subscribe.Counter
}

const townList = "japanifornia"

func newTown(t *testing.T, dir string) *town {
	t.Helper()
	w := &town{t: t, dir: dir, now: time.UnixMilli(1795251600000)}
	list := &subscribe.List{ID: townList, ListID: "japanifornia.example.jp", Office: &subscribe.Office{ID: "example"},
		Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40}}}
	w.lists = subscribe.Lists{list.ID: list}
	keys := newKeys()
	w.tokens = subscribe.Tokens{Keys: keys, Lists: w.lists, Now: w.clock}
	w.opt = Options{Dir: filepath.Join(dir, "data"), Journal: filepath.Join(dir, "journal"), Keys: keys, Now: w.clock}
	w.start()
	w.must(w.Adopt(t.Context(), w.lists))
	return w
}

func (w *town) clock() time.Time { return w.now }

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) start() {
	w.t.Helper()
	s, err := Open(w.opt)
	w.must(err)
	w.Store = s
	w.Counter = &subscribe.Counter{Store: s, Lists: w.lists, Tokens: w.tokens, Limits: subscribe.Limits{Intake: 1000, PerHour: 1000, PerNetworkHour: 1000}}
}

func (w *town) stop() { w.t.Helper(); w.must(w.Store.Close()) }

func (w *town) file() string { return filepath.Join(w.opt.Dir, fileName) }

// leave presses the link of an issue of any time.
func (w *town) leave(id subscribe.ID) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	w.must(w.Counter.Leave(w.t.Context(), w.tokens.MintLeave(subscribe.LeaveToken{List: w.lists[townList], ID: id})))
}

func (w *town) block(address string) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	tok, err := w.tokens.MintBlock(subscribe.BlockToken{List: w.lists[townList], Address: addressOf(address), Issued: w.now})
	w.must(err)
	w.must(w.Counter.Block(w.t.Context(), tok))
}

// join presses a confirmation link that was mailed at issued.
func (w *town) join(address string, issued time.Time) {
	w.t.Helper()
	tok, err := w.tokens.MintConfirm(subscribe.ConfirmToken{List: w.lists[townList], Address: addressOf(address), Issued: issued})
	w.must(err)
	w.must(w.Counter.Confirm(w.t.Context(), tok, subscribe.Form{Fields: map[string]string{"name": "山田", "organisation": "x"}}))
}

func addressOf(s string) subscribe.Address { return sample("", s).Address }

// entryOf is the active entry of an address, or nil.
func (w *town) entryOf(address string) (e *subscribe.Subscriber) {
	w.t.Helper()
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) (err error) {
		e, err = tx.ByAddress(townList, addressOf(address))
		return err
	}))
	return e
}

func (w *town) blocked(address string) bool {
	w.t.Helper()
	var m *subscribe.Mark
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) (err error) {
		m, err = tx.Mark("", addressOf(address))
		return err
	}))
	return m != nil && m.Kind == subscribe.MarkBlocked
}

func (w *town) count() int {
	w.t.Helper()
	n, err := w.Count(townList)
	w.must(err)
	return n
}

func (w *town) schedule(slug string, due time.Time) {
	w.t.Helper()
	w.must(w.AddIssue(w.t.Context(), deliver.Issue{List: townList, Slug: slug, Subject: slug, State: deliver.Draft}, nil))
	w.must(w.ChangeIssue(w.t.Context(), townList, slug, func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(due, "editor", time.UTC, now)
	}))
}

func (w *town) begin(slug string) {
	w.t.Helper()
	w.must(w.StartIssue(w.t.Context(), townList, slug, []byte("compiled"), func(i *deliver.Issue, n int, now time.Time) error {
		i.Start(n, 48*time.Hour, now)
		return nil
	}))
}

// send hands over up to n copies of a run, and returns to whom.
func (w *town) send(slug string, n int) (got []string) {
	w.t.Helper()
	r, err := w.OpenRun(townList, slug)
	w.must(err)
	for range n {
		x, err := r.Reserve(w.now)
		w.must(err)
		if x == nil {
			break
		}
		w.must(r.Turn(w.t.Context(), nil, x, nil))
		w.must(r.Turn(w.t.Context(), &deliver.Settlement{Reader: *x, Result: handedOver}, nil, nil))
		got = append(got, x.Address.Clear())
	}
	return got
}

func (w *town) books(slug string) deliver.Balance {
	w.t.Helper()
	b, err := w.Balance(townList, slug)
	w.must(err)
	if !b.Balances() {
		w.t.Errorf("%s: %+v", slug, b)
	}
	return b
}

// owe has a confirmation wait in the outbox.
func (w *town) owe(to string) {
	w.t.Helper()
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) error {
		tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: townList, To: addressOf(to), Asked: tx.Now(), Expires: tx.Now().Add(365 * 24 * time.Hour)})
		return nil
	}))
}

// owed empties the outbox.
func (w *town) owed() (to []string) {
	w.t.Helper()
	for {
		o, err := w.ReserveNotice(w.now)
		w.must(err)
		if o == nil {
			return to
		}
		if err := w.ClaimNotice(w.t.Context(), *o); err == nil {
			to = append(to, o.Notice.To.Clear())
			w.must(w.SettleNotice(w.t.Context(), *o, handedOver, time.Time{}))
		}
	}
}

// copyFile copies a file over another.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

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
	w.must(w.Request(t.Context(), subscribe.Ask{List: townList, Address: addressOf("asks.before@example.jp")}))
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
	tok, err := w.tokens.MintMove(subscribe.MoveToken{List: w.lists[townList], ID: ids[53], Revision: 1, Address: addressOf("elsewhere@example.org"), Issued: w.now})
	w.must(err)
	w.must(w.Counter.Confirm(t.Context(), tok, subscribe.Form{}))
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
		doubt Doubt
	}{
		{"a backup by hand", func(w *town, b, _ string) { copyFile(w.t, b, w.file()) }, DoubtCopy},
		{"a file by hand", func(w *town, _, c string) { copyFile(w.t, c, w.file()) }, DoubtOlder},
		{"restore", func(w *town, b, _ string) {
			w.must(os.Remove(w.file()))
			found, err := restoreFrom(w.opt, b)
			if err != nil || found.Entries != 101 || found.Issues != 3 || found.Lists != 1 {
				w.t.Fatalf("%+v, %v", found, err)
			}
		}, DoubtCopy},
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
	issues, err := w.OnTheirWay()
	w.must(err)
	if len(issues) != 2 || issues[0].Slug != "autumn" || issues[1].Slug != "spring" {
		t.Errorf("on their way: %v", issues)
	}
	for _, slug := range []string{"autumn", "spring", "winter"} {
		i, err := w.Issue(townList, slug)
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
	w.must(w.Say(t.Context(), map[string]deliver.Verdict{townList + "/autumn": deliver.WasSent, townList + "/spring": deliver.SendOn}))
	if err := w.Say(t.Context(), map[string]deliver.Verdict{townList + "/winter": deliver.WasSent}); err == nil {
		t.Error("a verdict on an issue that is not on its way")
	}
	w.must(w.Release(t.Context(), "operator"))
	<-w.Released()
	if to := w.owed(); len(to) != 1 || to[0] != "asks.now@example.jp" {
		t.Errorf("notices to %v", to)
	}
	autumn, err := w.Issue(townList, "autumn")
	w.must(err)
	if autumn.State != deliver.Finished || w.Live0(townList, "autumn") {
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

// Live0 says whether the scheduler still looks at an issue.
func (w *town) Live0(list, slug string) bool {
	live, err := w.Live()
	w.must(err)
	for _, i := range live {
		if i.List == list && i.Slug == slug {
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
	w.must(w.Say(t.Context(), map[string]deliver.Verdict{townList + "/autumn": deliver.StopHere, townList + "/spring": deliver.SendOn}))
	w.must(w.Say(t.Context(), map[string]deliver.Verdict{townList + "/spring": deliver.WasSent})) // on second thoughts
	w.must(w.Release(t.Context(), "operator"))
	if b := w.books("spring"); b.Accepted != 12 || b.Uncertain != 46 || b.Withdrawn != 42 || b.Pending != 0 {
		t.Errorf("spring: %+v", b)
	}
	if autumn, err := w.Issue(townList, "autumn"); err != nil || autumn.State != deliver.Draft {
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
	w.must(w.Say(t.Context(), map[string]deliver.Verdict{townList + "/autumn": deliver.WasSent, townList + "/spring": deliver.WasSent}))
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

// TestNotInUse: what was put back last is judged against what was in use last.
func TestNotInUse(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 3)
	w.stop()
	before := filepath.Join(t.TempDir(), "before")
	copyFile(t, w.file(), before)
	w.start() // and not one commit more
	w.stop()
	newest := filepath.Join(t.TempDir(), "newest")
	copyFile(t, w.file(), newest)
	hold := func(what string, want Doubt) {
		t.Helper()
		w.start()
		defer w.stop()
		got := NoDoubt
		if h := w.Held(); h != nil {
			got = h.Doubt
		}
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	copyFile(t, before, w.file())
	hold("as of the last stop but one", DoubtOlder)
	hold("once more", DoubtOlder)
	copyFile(t, newest, w.file())
	hold("the newest put back", NoDoubt)
	aside := w.opt.Journal + ".aside"
	w.must(os.Rename(w.opt.Journal, aside))
	hold("the journal's folder gone", DoubtNowhere)
	w.must(errors.Join(os.RemoveAll(w.opt.Journal), os.Rename(aside, w.opt.Journal)))
	hold("the journal's folder back", NoDoubt)
	w.must(os.Remove(w.file()))
	if _, err := Open(w.opt); err == nil || !strings.Contains(err.Error(), "kairan restore FILE") {
		t.Errorf("a database that is gone was made anew: %v", err)
	}
	if _, err := restoreFrom(w.opt, newest); err != nil { // whoever says restore wants it looked at
		t.Fatal(err)
	}
	copyFile(t, newest, filepath.Join(w.opt.Dir, restoring)) // as a kill between would leave it
	hold("the newest, by restore", DoubtCopy)
	if left, err := filepath.Glob(filepath.Join(w.opt.Dir, "*.restoring")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	other := newTown(t, t.TempDir())
	other.stop()
	w.opt.Keys = other.opt.Keys
	copyFile(t, newest, w.file())
	if _, err := Open(w.opt); err == nil || !strings.Contains(err.Error(), "key file") {
		t.Errorf("with other keys: %v", err)
	}
	other.opt.Journal = w.opt.Journal
	if _, err := Open(other.opt); err == nil || !strings.Contains(err.Error(), "give each installation one of its own") {
		t.Errorf("in the folder of another installation: %v", err)
	}
}

// TestPutBackFromBeforeTheUpgrade: a database that never had a name.
func TestPutBackFromBeforeTheUpgrade(t *testing.T) {
	t.Parallel()
	for schema := 1; schema <= len(migrations)+1; schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			t.Parallel()
			fixture, dir := filepath.Join(fixtureDir(schema), fileName), t.TempDir()
			keys, err := seal.Load(keysOf(t, schema))
			if err != nil {
				t.Fatal(err)
			}
			copyFile(t, fixture, filepath.Join(dir, fileName))
			for n, want := range []Doubt{NoDoubt, NoDoubt, DoubtUnnumbered} {
				if n == 2 {
					copyFile(t, fixture, filepath.Join(dir, fileName))
				}
				s, err := Open(Options{Dir: dir, Keys: keys})
				if err != nil {
					t.Fatal(err)
				}
				got := NoDoubt
				if h := s.Held(); h != nil {
					got = h.Doubt
				}
				if got != want {
					t.Errorf("opening %d: %v, want %v", n, got, want)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// keysOf is a copy of a fixture's key file with a mode that Load takes.
func keysOf(t *testing.T, schema int) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "keys")
	copyFile(t, filepath.Join(fixtureDir(schema), "keys"), to)
	return to
}

// TestRestoreRefuses what is not a whole copy of this installation, and never
// overwrites.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	seedReaders(t, w.Store, townList, 50)
	good := backup(t, w.Store)
	w.stop()
	if _, err := restoreFrom(w.opt, good); err == nil || !strings.Contains(err.Error(), "move it aside") {
		t.Errorf("over a database: %v", err)
	}
	text, err := os.ReadFile(good)
	w.must(err)
	spoilt := func(name string, change func([]byte) []byte) string {
		path := filepath.Join(t.TempDir(), name)
		w.must(os.WriteFile(path, change(append([]byte{}, text...)), 0o600))
		return path
	}
	flipped := spoilt("flipped", flipEntry(t, w))
	if f, err := os.Open(flipped); err == nil {
		o := w.opt
		o.Dir, o.Journal = filepath.Join(t.TempDir(), "best"), ""
		if found, err := Restore(o, f, true); err != nil || found.Unreadable != 1 || found.Entries != 50 {
			t.Errorf("the best there is: %+v, %v", found, err)
		}
		w.must(f.Close())
	}
	other := w.opt
	other.Keys = newKeys()
	for what, x := range map[string]struct {
		path string
		opt  Options
	}{
		"cut":               {spoilt("cut", func(b []byte) []byte { return b[:len(b)/2] }), w.opt},
		"empty":             {spoilt("empty", func([]byte) []byte { return nil }), w.opt},
		"text":              {spoilt("text", func(b []byte) []byte { return []byte(strings.Repeat("text\n", len(b)/5)) }), w.opt},
		"a folder":          {t.TempDir(), w.opt},
		"another key file":  {good, other},
		"a flipped reader":  {flipped, w.opt},
		"of a newer Kairan": {spoilt("newer", func(b []byte) []byte { return b }), func() Options { o := w.opt; o.migrations = migrations[:1]; return o }()},
	} {
		x.opt.Dir = filepath.Join(t.TempDir(), "new")
		if _, err := restoreFrom(x.opt, x.path); err == nil {
			t.Errorf("%s was put in place", what)
		}
		left, err := os.ReadDir(x.opt.Dir)
		if err != nil || len(left) != 0 {
			t.Errorf("%s left %v behind (%v)", what, left, err)
		}
	}
}

// flipEntry flips a bit in the sealed record of an entry.
func flipEntry(t *testing.T, w *town) func([]byte) []byte {
	t.Helper()
	var sealed []byte
	db, err := bolt.Open(w.file(), 0o600, nil)
	w.must(err)
	w.must(db.View(func(b *bolt.Tx) error {
		sealed = append(sealed, list(b, townList, bEntries).Get(key4(7))...)
		return nil
	}))
	w.must(db.Close())
	return func(b []byte) []byte {
		at := strings.Index(string(b), string(sealed))
		if at < 0 {
			t.Fatal("the record is not in the copy")
		}
		b[at+40] ^= 4
		return b
	}
}

// TestLeavingWithoutTheJournal: what the journal cannot take is done all the same,
// is said, and is written down as soon as it can be.
func TestLeavingWithoutTheJournal(t *testing.T) {
	t.Parallel()
	var told []error
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 3)
	copied := backup(t, w.Store)
	w.stop()
	w.opt.JournalFault = func(err error) { told = append(told, err) }
	w.start()
	w.journal.mu.Lock()
	whole := w.journal.f
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	w.must(errors.Join(err, closed.Close()))
	w.journal.f = closed
	w.journal.mu.Unlock()
	w.leave(ids[0])
	if w.count() != 2 || w.JournalFault() == nil || !strings.Contains(w.JournalFault().Error(), "a backup put back would undo it") {
		t.Fatalf("%d active, %v", w.count(), w.JournalFault())
	}
	w.journal.mu.Lock()
	w.journal.f = whole
	w.journal.mu.Unlock()
	w.leave(ids[1])
	w.stop()
	if len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("told: %v", told)
	}
	copyFile(t, copied, w.file())
	w.start()
	if w.count() != 1 || w.Held().Ended != 2 {
		t.Errorf("%d active, %+v", w.count(), w.Held())
	}
	w.stop()
}

// TestListLeavesTheJournal: what is known of the readers of a list goes with it,
// also if the process ends in between.
func TestListLeavesTheJournal(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 5)
	w.leave(ids[0])
	w.block("reader1@example.jp")
	lines := func() (n int) {
		_, err := w.journal.each(0, func(l leaving) error {
			if l.kind != placeholder {
				n++
			}
			return nil
		})
		w.must(err)
		return n
	}
	if n := lines(); n != 3 {
		t.Fatalf("%d lines", n)
	}
	last := w.journal.last
	w.must(w.EndList(t.Context(), townList))
	if n := lines(); n != 1 { // the block is of the mailbox
		t.Errorf("%d lines after the list", n)
	}
	ids = seedReaders(t, w.Store, townList, 2)
	w.leave(ids[0])
	w.stop()
	w.start()
	if n := lines(); n != 2 || w.journal.last <= last {
		t.Errorf("%d lines, the last %d after %d", n, w.journal.last, last)
	}
	w.must(w.db.Update(func(b *bolt.Tx) error { return noteEnded(b, w.opt.Keys, townList) })) // killed in between
	w.stop()
	w.start()
	defer w.stop()
	if n := lines(); n != 1 {
		t.Errorf("%d lines after the next opening", n)
	}
}

// TestJournalTorn: a line that was half written is written over, one that is
// damaged is counted, and a head that is damaged is set aside and made anew.
func TestJournalTorn(t *testing.T) {
	t.Parallel()
	w := newTown(t, t.TempDir())
	ids := seedReaders(t, w.Store, townList, 5)
	copied := backup(t, w.Store)
	for n := range 3 {
		w.leave(ids[n])
	}
	w.stop()
	name := filepath.Join(w.opt.Journal, journalName)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	w.must(err)
	_, err = f.WriteAt([]byte{0xff}, journalHead+journalLine+50) // the second line
	w.must(err)
	_, err = f.Seek(0, io.SeekEnd)
	w.must(err)
	_, err = f.Write(make([]byte, 3*journalLine+17)) // a torn tail
	w.must(errors.Join(err, f.Close()))
	w.start()
	w.leave(ids[3])
	w.stop()
	now, err := os.ReadFile(w.file())
	w.must(err)
	copyFile(t, copied, w.file())
	w.start()
	if h := w.Held(); h == nil || h.Ended != 3 || h.Damaged != 1 {
		t.Errorf("%+v", w.Held())
	}
	w.stop()
	w.must(os.WriteFile(w.file(), now, 0o600))
	text, err := os.ReadFile(name)
	w.must(err)
	text[20] ^= 1
	w.must(os.WriteFile(name, text, 0o600))
	w.start() // made anew from the marks
	w.stop()
	copyFile(t, copied, w.file())
	w.start()
	defer w.stop()
	if h := w.Held(); h == nil || h.Ended != 4 || h.Damaged != 0 || !h.Unknown[1].IsZero() {
		t.Errorf("after the damaged head: %+v", w.Held())
	}
}
