package store

import (
	"bytes"
	"errors"
	goflag "flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var makeFixture = goflag.Bool("make-fixture", false, "write the database of this program's schema to testdata/db")

func TestMigration(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	first := []migration{} // as it was before there were any
	s := open(t, Options{Dir: dir, Keys: keys, migrations: first})
	ids := seedReaders(t, s, "japanifornia", 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, s.file.Path())

	boom := errors.New("boom")
	note := func(name string, fault error) migration {
		return migration{name, func(_ *Store, b *bolt.Tx) error {
			if err := b.Bucket(layout.Meta).Put([]byte(name), []byte("ran")); err != nil {
				return err
			}
			return fault
		}}
	}
	failing := []migration{note("one", nil), note("two", boom)}
	wantRefusal(t, Options{Dir: dir, Keys: keys, migrations: failing}, `the migration "two"`, "boom", "as it was after schema 2", s.file.Path()+".schema-1")
	if !sameDatabase(t, s.file.Path()+".schema-1", before) {
		t.Error("the copy kept aside is not the file from before")
	}
	peek(t, s.file.Path(), func(b *bolt.Tx) {
		meta := b.Bucket(layout.Meta)
		if !bytes.Equal(meta.Get(layout.Schema), layout.Key4(2)) || meta.Get([]byte("one")) == nil || meta.Get([]byte("two")) != nil {
			t.Error("a migration and its number are not one")
		}
	})
	// Set right, it goes on from where it stood.
	fixed := []migration{note("one", errors.New("must not run again")), note("two", nil)}
	s = open(t, Options{Dir: dir, Keys: keys, migrations: fixed})
	if _, err := os.Stat(s.file.Path() + ".schema-2"); err != nil {
		t.Errorf("no copy from before the second migration: %v", err)
	}
	if n, err := s.Count("japanifornia"); err != nil || n != len(ids) {
		t.Errorf("%d entries (%v)", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The older program refuses the newer file, and leaves every octet of it alone.
	after := contents(t, s.file.Path())
	wantRefusal(t, Options{Dir: dir, Keys: keys, migrations: first}, "newer Kairan (schema 3; this program knows 1)", "go back to a backup")
	wantRefusal(t, Options{Dir: dir, Keys: newKeys(), migrations: first}, "newer Kairan")
	if !bytes.Equal(contents(t, s.file.Path()), after) {
		t.Error("a refused file was changed")
	}
}

func TestMigrationWithoutRoomForTheCopy(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys, migrations: []migration{}})
	if err := errors.Join(s.Close(), os.Mkdir(s.file.Path()+".schema-1", 0o700)); err != nil {
		t.Fatal(err)
	}
	before := contents(t, s.file.Path())
	ran := migration{"one", func(*Store, *bolt.Tx) error { t.Error("migrated without a copy"); return nil }}
	wantRefusal(t, Options{Dir: dir, Keys: keys, migrations: []migration{ran}}, "the copy to keep beside it could not be written", "nothing was changed")
	if !bytes.Equal(contents(t, s.file.Path()), before) {
		t.Error("the file was changed")
	}
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func peek(t *testing.T, file string, look func(*bolt.Tx)) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(b *bolt.Tx) error { look(b); return nil }); err != nil {
		t.Fatal(err)
	}
}

// sameDatabase compares what two files hold, not their free pages.
func sameDatabase(t *testing.T, file string, other []byte) bool {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "other.db")
	if err := os.WriteFile(copied, other, 0o600); err != nil {
		t.Fatal(err)
	}
	dump := func(file string) (out []string) {
		peek(t, file, func(b *bolt.Tx) {
			var walk func(*bolt.Bucket, string)
			walk = func(in *bolt.Bucket, path string) {
				_ = in.ForEach(func(k, v []byte) error {
					if v == nil {
						walk(in.Bucket(k), path+"/"+string(k))
					}
					out = append(out, path+"/"+string(k)+"="+string(v))
					return nil
				})
			}
			_ = b.ForEach(func(name []byte, in *bolt.Bucket) error { walk(in, string(name)); return nil })
		})
		return out
	}
	return strings.Join(dump(file), "\n") == strings.Join(dump(copied), "\n")
}

// fixtureDir is where the database of a schema lies.
func fixtureDir(schema int) string { return fmt.Sprintf("../testdata/db/schema-%d", schema) }

// firstNamed is the first schema whose fixture has a name, and the journal that knows it.
const firstNamed = 4

var fixtureAt = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// TestFixtures opens the databases of all released versions and walks through
// all of each. Whoever changes the layout without a migration fails here.
func TestFixtures(t *testing.T) {
	t.Parallel()
	if *makeFixture {
		writeFixture(t, fixtureDir(len(migrations)+1))
	}
	for schema := 1; schema <= len(migrations)+1; schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) { t.Parallel(); walkFixture(t, schema) })
	}
}

func walkFixture(t *testing.T, schema int) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(fixtureDir(schema))); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{fileName: 0o600, "keys": 0o600, "journal": 0o700} {
		_ = os.Chmod(filepath.Join(dir, name), mode)
	}
	keys, err := seal.Load(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{Dir: dir, Keys: keys, Now: func() time.Time { return fixtureAt.Add(time.Minute) }})
	if n, err := s.Count("japanifornia"); n != 9 || err != nil {
		t.Errorf("%d entries (%v)", n, err)
	}
	want := deliver.Balance{Audience: 10, Accepted: 1, Refused: 1, Deferred: 1, Uncertain: 2, Withdrawn: 1, Pending: 4, UncertainEver: 2}
	if got, err := s.Balance(named("japanifornia", "autumn")); got != want || err != nil {
		t.Errorf("books %+v (%v)", got, err)
	}
	if c, err := s.Compiled(named("japanifornia", "autumn")); string(c) != "compiled" || err != nil {
		t.Errorf("compiled %q (%v)", c, err)
	}
	if d, err := s.Declared(); len(d) != 1 || err != nil || d[0].List != "japanifornia" || d[0].EraseBy != map[bool]string{false: subscribe.DayNotKnown, true: "2036-06-30"}[schema >= 6] {
		t.Errorf("declared %+v (%v)", d, err)
	}
	if files, err := s.Files(named("japanifornia", "winter")); schema >= 4 && (err != nil || len(files) != 1 || files[0].Name != "要項.pdf" || string(files[0].Data) != "%PDF-") {
		t.Errorf("files %v (%v)", files, err)
	}
	if i, err := s.Issue(named("japanifornia", "autumn")); err != nil || i.Subject != "Autumn" || !i.Started.Equal(fixtureAt) || len(i.Timeline) != 1 {
		t.Errorf("issue %+v (%v)", i, err)
	}
	if requests, err := s.WaitingRequests(t.Context(), 9); err != nil || len(requests) != 1 || requests[0].Address.Clear() != "slip@example.jp" {
		t.Errorf("requests %v (%v)", requests, err)
	}
	if o, err := s.ReserveNotice(fixtureAt.Add(time.Minute)); err != nil || o == nil || o.Notice.To.Clear() != "reader1@example.jp" {
		t.Errorf("notice %+v (%v)", o, err)
	}
	err = s.Update(t.Context(), func(tx subscribe.Tx) error {
		gone, there := sample("japanifornia", "reader9@example.jp").Address, sample("japanifornia", "Reader1@example.jp").Address
		if m, err := tx.Mark("japanifornia", gone); err != nil || m == nil || m.Kind != subscribe.MarkLeft || !m.At.Equal(fixtureAt) {
			t.Errorf("mark %+v (%v)", m, err)
		}
		if m, err := tx.Mark("", gone); err != nil || m == nil {
			t.Errorf("block %+v (%v)", m, err)
		}
		if e, err := tx.ByAddress("japanifornia", there); err != nil || e == nil || e.Fields["name"] != "山田 花子" || e.Seq != 2 {
			t.Errorf("entry %+v (%v)", e, err)
		}
		if on, err := tx.ByMailbox("japanifornia", sample("", "READER1+news@example.jp").Address); err != nil || len(on) != 1 || on[0].Seq != 2 {
			t.Errorf("entries of a mailbox %+v (%v)", on, err)
		}
		if n, err := tx.Tally(subscribe.TallyKey{Scope: "installation"}); err != nil || len(n.Slots) != 1 || n.Slots[0] != 7 {
			t.Errorf("tally %+v (%v)", n, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// writeFixture makes the database of this program's schema, small.
func writeFixture(t *testing.T, fixtureDir string) {
	t.Helper()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys, Now: func() time.Time { return fixtureAt }})
	ids := seedReaders(t, s, "japanifornia", 10)
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("japanifornia", ids[9]) // who leaves below: no mark is older than the consent
		if err != nil {
			return err
		}
		e.Consent.Requested, e.Consent.Confirmed = fixtureAt, fixtureAt
		tx.Put(e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	office := &subscribe.Office{ID: "example"}
	err = s.Adopt(t.Context(), subscribe.Lists{"japanifornia": {ID: "japanifornia", ListID: "japanifornia.example.jp", Office: office,
		Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 40}}, EraseBy: time.Date(2036, 6, 30, 0, 0, 0, 0, time.UTC)}})
	if err != nil {
		t.Fatal(err)
	}
	r := startIssue(t, s, named("japanifornia", "autumn"))
	for _, o := range []deliver.Outcome{deliver.Accepted, deliver.Refused, deliver.Deferred, deliver.Uncertain, 0} {
		x, err := r.Reserve(fixtureAt)
		if err == nil {
			err = r.SettleAndClaim(t.Context(), nil, x, nil)
		}
		if err == nil && o != 0 {
			settle := &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: o, Code: 450, Enhanced: "4.2.0", Stage: deliver.StageRcpt}}
			if o == deliver.Deferred || o == deliver.Uncertain {
				settle.Next = fixtureAt.Add(time.Hour)
			}
			err = r.SettleAndClaim(t.Context(), settle, nil, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m := deliver.Manuscript{Source: []byte("text"), Files: []deliver.File{{Name: "要項.pdf", Data: []byte("%PDF-")}}}
	err = s.AddIssue(t.Context(), deliver.Issue{Name: named("japanifornia", "winter"), Source: m.Source, Files: m.Enclosures(), State: deliver.Draft}, m.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("japanifornia", ids[1])
		if err != nil {
			return err
		}
		tx.Owe(subscribe.NewNotice(subscribe.NoticeWelcome, e, subscribe.English, tx.Now()))
		tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", "slip@example.jp").Address, Lang: subscribe.English, At: tx.Now()})
		tx.SetTally(subscribe.TallyKey{Scope: "installation"}, subscribe.Tally{Since: tx.Now(), Slots: []int{7}, Until: tx.Now().Add(time.Hour)})
		tx.SetMark("", sample("", "reader9@example.jp").Address, subscribe.Mark{Kind: subscribe.MarkBlocked, At: tx.Now()})
		return nil
	})
	if err == nil {
		err = leaveOne(t.Context(), s, ids[9])
	}
	if err := errors.Join(err, s.Close(), os.MkdirAll(fixtureDir, 0o755), os.RemoveAll(filepath.Join(fixtureDir, "keys")),
		os.RemoveAll(filepath.Join(fixtureDir, "journal")), os.CopyFS(filepath.Join(fixtureDir, "journal"), os.DirFS(filepath.Join(dir, "journal"))), keys.Write(filepath.Join(fixtureDir, "keys"))); err != nil {
		t.Fatal(err)
	}
	src, err := bolt.Open(s.file.Path(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	_ = os.Remove(filepath.Join(fixtureDir, fileName))
	dst, err := bolt.Open(filepath.Join(fixtureDir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bolt.Compact(dst, src, 0), dst.Close()); err != nil {
		t.Fatal(err)
	}
}
