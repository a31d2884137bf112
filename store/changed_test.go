package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestMarkThatFailsBlocks: nobody knows whether its reader has left, and so nobody is
// taken under it, until the operator says so.
func TestMarkThatFailsBlocks(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	a := p.reader(1)
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	h := p.people.MarkHash("news", a)
	p.flip(p.ofList("marks"), h[:])
	p.confirm(a, time.Now().Add(time.Second))
	if p.on(6) || p.readers() != 4 {
		t.Error("somebody is taken whose mark cannot be believed")
	}
	if u := p.Unreadable(); u.Marks != 1 || u.String() != "1 mark" {
		t.Errorf("set apart: %s", u)
	}
	p.must(p.m.desk.Unblock(t.Context(), a))
	p.confirm(a, time.Now().Add(-time.Minute))
	if p.readers() != 4 {
		t.Error("a link from before the operator's word brings somebody back")
	}
	p.confirm(a, time.Now().Add(time.Second))
	if p.readers() != 5 {
		t.Error("the operator's word does not open the list again")
	}
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	if p.readers() > 5 {
		t.Error("leaving adds somebody")
	}
}

// TestSuspendedIsRemovedWithoutItsMark: the office can take out who asks for it, also where
// the mark that leads to the entry cannot be believed.
func TestSuspendedIsRemovedWithoutItsMark(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	a := p.reader(1)
	p.must(p.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", p.ids[1])
		if err == nil {
			tx.SetMark("news", a, e.Suspend(tx.Now()))
			tx.Put(e)
		}
		return err
	}))
	h := p.people.MarkHash("news", a)
	p.flip(p.ofList("marks"), h[:])
	p.must(p.m.desk.Remove(t.Context(), "news", a))
	p.must(p.file.View(func(b *bolt.Tx) error {
		e, err := p.people.Entry(b, "news", 2)
		if e == nil || e.State != subscribe.Ended {
			t.Error("the entry has not ended")
		}
		return err
	}))
}

// TestMarkIsMadeGoodByTheJournal: at the next opening the journal says again what stood
// there, also where a bit of the key has changed, and the mark is at another place.
func TestMarkIsMadeGoodByTheJournal(t *testing.T) {
	t.Parallel()
	for _, key := range []bool{false, true} {
		p := newSpoiled(t, 5)
		p.must(p.m.leave(p.Store, "news", p.ids[1]))
		h := p.people.MarkHash("news", p.reader(1))
		if key {
			p.moveKey(p.ofList("marks"), h[:])
		} else {
			p.flip(p.ofList("marks"), h[:])
		}
		p.again()
		if p.Unreadable().Marks != 1 {
			t.Errorf("set apart: %s", p.Unreadable())
		}
		p.confirm(p.reader(1), time.Now().Add(-time.Minute))
		if p.readers() != 4 {
			t.Error("a link from before brings somebody back")
		}
		p.confirm(p.reader(1), time.Now().Add(time.Second))
		if p.readers() != 5 {
			t.Error("the reader cannot come again")
		}
	}
}

// moveKey flips a bit of a key.
func (p *spoiled) moveKey(bucket func(*bolt.Tx) *bolt.Bucket, key []byte) {
	p.t.Helper()
	p.must(p.file.Update(func(b *bolt.Tx) error {
		v, other := bytes.Clone(bucket(b).Get(key)), bytes.Clone(key)
		if v == nil {
			return errors.New("there is nothing to move")
		}
		other[len(other)/2] ^= 4
		return errors.Join(bucket(b).Delete(key), bucket(b).Put(other, v))
	}))
}

// TestIndexThatFails: while the service runs, nobody is taken in twice, and everybody is
// found; the next opening makes it good by what the entries say.
func TestIndexThatFails(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	h := addressKey(p.Store, "news", p.reader(1))
	p.flip(p.ofList("addresses"), h[:])
	p.flip(p.ofList("ids"), p.ids[2][:])
	p.confirm(p.reader(1), time.Now())
	if p.readers() != 5 {
		t.Errorf("%d readers: somebody was taken in twice", p.readers())
	}
	p.must(p.m.leave(p.Store, "news", p.ids[2]))
	if p.on(3) || p.readers() != 4 {
		t.Error("the link ends nothing")
	}
	if u := p.Unreadable(); u.Indexes != 2 || u.String() != "2 lines of an index" {
		t.Errorf("set apart: %s", u)
	}
	p.moveKey(p.ofList("addresses"), h[:])
	key := mailboxKey(p.Store, subscribe.Subscriber{List: "news", Address: p.reader(3), Seq: 4})
	p.moveKey(p.ofList("mailboxes"), key)
	p.again()
	if u := p.Unreadable(); u.Indexes != 2 {
		t.Errorf("set apart: %s", u)
	}
	p.must(errors.Join(p.audit(), p.m.desk.Remove(t.Context(), "news", p.reader(1))))
	blocks := subscribe.Link{Purpose: subscribe.ToBlock, List: p.m.desk.Lists["news"], Address: p.reader(3), Lang: subscribe.English, Issued: time.Now()}
	p.must(p.m.desk.Block(t.Context(), followed(t, p.m.tokens, blocks)))
	if p.readers() != 2 {
		t.Errorf("%d readers: somebody was not found", p.readers())
	}
	p.again()
	if u := p.Unreadable(); u.Sum() != 0 {
		t.Errorf("it was made good, and is still said: %s", u)
	}
}

// TestExamineNamesWhatIsMissing: a line that was taken out of an index, and a bit that
// stands for nobody, are named, and an entry that has ended needs no line.
func TestExamineNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 6)
	p.must(p.m.leave(p.Store, "news", p.ids[5]))
	p.must(p.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", p.ids[4])
		if err == nil {
			tx.SetMark("news", p.reader(4), e.Suspend(tx.Now()))
			tx.Put(e)
		}
		return err
	}))
	if u, err := p.Examine(t.Context()); err != nil || u.Sum() != 0 {
		t.Fatalf("of a database that is whole: %s (%v)", u, err)
	}
	h := addressKey(p.Store, "news", p.reader(1))
	for _, c := range []struct {
		what         string
		do           func(b *bolt.Tx) error
		index, entry int
	}{
		{"an ID", func(b *bolt.Tx) error { return p.ofList("ids")(b).Delete(p.ids[0][:]) }, 1, 0},
		{"that of who has left", func(b *bolt.Tx) error { return p.ofList("ids")(b).Delete(p.ids[5][:]) }, 1, 0},
		{"an address", func(b *bolt.Tx) error { return p.ofList("addresses")(b).Delete(h[:]) }, 2, 0},
		{"a mailbox", func(b *bolt.Tx) error {
			return p.ofList("mailboxes")(b).Delete(mailboxKey(p.Store, subscribe.Subscriber{List: "news", Address: p.reader(2), Seq: 3}))
		}, 3, 0},
		{"a suspension", func(b *bolt.Tx) error { return p.ofList("suspended")(b).Delete(layout.SeqKey(5)) }, 4, 0},
		{"an entry", func(b *bolt.Tx) error { return p.ofList("entries")(b).Delete(layout.SeqKey(4)) }, 4, 1},
		{"a bit", func(b *bolt.Tx) error { return p.people.SetActive(b, "news", 2, false) }, 4, 2},
	} {
		p.must(p.file.Update(c.do))
		if u, err := p.Examine(t.Context()); err != nil || u.Indexes != c.index || u.Entries != c.entry {
			t.Errorf("without %s: %s (%v)", c.what, u, err)
		}
	}
}

// TestBitmapThatFails: nobody of it is claimed, nothing starts by it, and leaving works,
// after which what the entries say stands in it. At an opening it is refused.
func TestBitmapThatFails(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	p.must(p.m.leave(p.Store, "news", p.ids[0]))
	r := startIssue(t, p.Store, named("news", "autumn"))
	x, err := r.Reserve(time.Now())
	p.must(err)
	set := func() { // who has left is put back by hand, and the tag is left as it is
		p.must(p.file.Update(func(b *bolt.Tx) error {
			v := bytes.Clone(p.ofList("active")(b).Get(layout.Key4(0)))
			layout.SetBit(v, 1, true)
			return p.ofList("active")(b).Put(layout.Key4(0), v)
		}))
	}
	set()
	var damage *Damage
	if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.As(err, &damage) || !strings.Contains(err.Error(), "the bitmap of who gets mail of the list news (entries 0 to 4095)") {
		t.Errorf("a claim by it: %v", err)
	}
	if _, err := p.Count("news"); err == nil {
		t.Error("it is counted")
	}
	p.must(p.Close())
	if s, err := Open(Options{Dir: p.m.dir, Keys: p.m.keys}); !errors.As(err, &damage) || !strings.Contains(err.Error(), "list news") {
		t.Errorf("it is opened: %v, %v", s, err)
	}

	p = newSpoiled(t, 5)
	p.must(p.m.leave(p.Store, "news", p.ids[0]))
	set()
	p.must(p.m.leave(p.Store, "news", p.ids[3]))
	if p.on(1) || p.on(4) || p.readers() != 3 {
		t.Errorf("%d readers: by leaving, what was wrong was made right", p.readers())
	}
	if p.Unreadable().Sum() == 0 {
		t.Error("nobody says so")
	}
}

// TestChangedInARun: what the commit before has found right or written is not believed
// once it is changed by hand, and nobody is claimed by it; put back, the run goes on.
func TestChangedInARun(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]struct {
		bucket  []string
		key     []byte
		stopped bool // not an error, but the state in which nobody is claimed
	}{
		"who gets mail":        {[]string{"lists", "news", "active"}, layout.Key4(0), false},
		"who was claimed":      {[]string{"progress"}, append(layout.Key4(1), layout.Key4(0)...), false},
		"the run's number":     {[]string{"lists", "news", "runs", "autumn"}, layout.Number, false},
		"the state of the run": {[]string{"lists", "news", "runs", "autumn"}, layout.State, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newSpoiled(t, 5)
			r := startIssue(t, p.Store, named("news", "autumn"))
			last := &deliver.Settlement{Reader: claimFirst(t, r), Result: deliver.Result{Outcome: deliver.Accepted}}
			x, err := r.Reserve(time.Now())
			p.must(err)
			p.flip(p.in(where.bucket...), where.key)
			err = r.SettleAndClaim(t.Context(), nil, x, nil)
			var damage *Damage
			if errors.As(err, &damage) == where.stopped || errors.Is(err, deliver.ErrStopped) != where.stopped {
				t.Errorf("a claim by it: %v", err)
			}
			p.flip(p.in(where.bucket...), where.key)
			p.must(r.SettleAndClaim(t.Context(), last, x, nil))
		})
	}
}

// TestCopyUnderAWrongKey: where one note of a copy is at a wrong place, nobody whose note
// is missing is tried again.
func TestCopyUnderAWrongKey(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	r := startIssue(t, p.Store, named("news", "autumn"))
	settleAs(t, r, claimFirst(t, r), deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameAddress, Code: 550})
	p.moveKey(p.ofList("runs", "autumn", "copies"), layout.SeqKey(1))
	p.again()
	r, err := p.OpenRun(named("news", "autumn"))
	p.must(err)
	got, err := drain(r, time.Now().Add(24*time.Hour))
	if err != nil || len(got) != 4 || p.Unreadable().Copies != 1 {
		t.Errorf("%d copies (%v); set apart: %s", len(got), err, p.Unreadable())
	}
}

// TestMigrationBelievesNothingDamaged: what failed its checksum gets no tag that makes it
// right.
func TestMigrationBelievesNothingDamaged(t *testing.T) {
	t.Parallel()
	for _, bucket := range []string{"progress", "marks"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(fixtureDir(4))); err != nil {
			t.Fatal(err)
		}
		for name, mode := range map[string]os.FileMode{fileName: 0o600, "keys": 0o600, "journal": 0o700} {
			_ = os.Chmod(filepath.Join(dir, name), mode)
		}
		keys, err := seal.Load(filepath.Join(dir, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(b *bolt.Tx) error {
			in := b.Bucket([]byte(bucket))
			if in == nil {
				in = layout.List(b, "japanifornia", []byte(bucket))
			}
			k, v := in.Cursor().First()
			bad := bytes.Clone(v)
			bad[0] ^= 1
			return in.Put(bytes.Clone(k), bad)
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Options{Dir: dir, Keys: keys, Now: func() time.Time { return fixtureAt.Add(time.Minute) }})
		var damage *Damage
		switch {
		case bucket == "progress" && !errors.As(err, &damage):
			t.Errorf("a damaged ledger became a right one: %v", err)
		case bucket == "marks" && (err != nil || s.Unreadable().Marks != 1):
			t.Errorf("a damaged mark became a right one: %v", err)
		}
		if s != nil {
			_ = s.Close()
		}
	}
}

// TestStolenWithOtherKeys: whoever has the file and not its keys reads nothing, and cannot
// make Kairan believe it, even if the check values are made to fit.
func TestStolenWithOtherKeys(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	file := filepath.Join(g.dir, fileName)
	wantNoiseOf(t, g, file)
	other := newKeys()
	var refusal *Refusal
	if _, err := Open(Options{Dir: g.dir, Keys: other}); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "key file") {
		t.Errorf("opened with other keys: %v", err)
	}
	ring := guard.New(other)
	peek(t, file, func(b *bolt.Tx) {
		for _, l := range leavesOf(t, file) {
			switch label, bound, _ := layout.Sealed(pathOf(l), l.key); {
			case label != "":
				if _, err := other.Open(seal.Data, label, l.value, bound); !errors.Is(err, seal.ErrOpen) {
					t.Errorf("%s is read: %v", l, err)
				}
			case l.protection() == tagged:
				if _, err := l.guarded(b, ring).Get(l.key); err == nil {
					t.Errorf("%s is believed", l)
				}
			}
		}
	})
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bolt.Tx) error {
		fits := &Store{keys: other}
		return b.Bucket(layout.Meta).Put(layout.KeyCheck, fits.checkValues())
	})
	if err := errors.Join(err, db.Close(), os.RemoveAll(filepath.Join(g.dir, "journal"))); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(Options{Dir: g.dir, Keys: other}); err == nil {
		t.Error("a database is believed whose keys nobody has")
		_ = s.Close()
	}
}

func pathOf(l leaf) (path [][]byte) {
	for _, name := range l.path {
		path = append(path, []byte(name))
	}
	return path
}

// wantNoiseOf looks in a file for the addresses of a gallery, in any disguise.
func wantNoiseOf(t *testing.T, g *gallery, file string) {
	t.Helper()
	raw := contents(t, file)
	for _, a := range g.at {
		for form, d := range disguises(a.Clear()) {
			if bytes.Contains(raw, d) {
				t.Errorf("the file shows an address (form %d)", form)
			}
		}
	}
}
