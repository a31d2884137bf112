package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

func declared() subscribe.Lists {
	office := &subscribe.Office{ID: "example"}
	return subscribe.Lists{
		"japanifornia": {ID: "japanifornia", ListID: "japanifornia.example.jp", Office: office, Purpose: subscribe.Text{JA: "季刊誌", EN: "A quarterly"},
			Fields: []subscribe.Field{
				{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40},
				{ID: "trade", Kind: subscribe.KindChoice, Choices: []subscribe.Choice{{ID: "press"}, {ID: "other"}}}}},
		"whats-new": {ID: "whats-new", ListID: "whats-new.example.jp", Office: office, Zone: time.UTC, EraseBy: time.Date(2036, 6, 30, 0, 0, 0, 0, time.UTC)},
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys})
	if d, err := s.Declared(); len(d) != 0 || err != nil {
		t.Fatalf("a new store: %+v, %v", d, err)
	}
	if err := errors.Join(s.Adopt(t.Context(), declared()), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Keys: keys})
	got, err := s.Declared()
	if err != nil || !reflect.DeepEqual(got, subscribe.Declarations(declared())) {
		t.Fatalf("got %+v (%v)", got, err)
	}
	if broken := subscribe.Compare(got, declared(), time.Now()); len(broken) != 0 {
		t.Errorf("what was adopted is broken: %+v", broken)
	}
	if err := s.Adopt(t.Context(), subscribe.Lists{}); err != nil {
		t.Fatal(err)
	}
	if d, err := s.Declared(); len(d) != 0 || err != nil {
		t.Errorf("adopted nothing: %+v, %v", d, err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	ids := seedReaders(t, s, "japanifornia", 1300) // more than two pages
	var gone []subscribe.ID
	for i := 0; i < len(ids); i += 100 {
		if err := leaveOne(t.Context(), s, ids[i]); err != nil {
			t.Fatal(err)
		}
		gone = append(gone, ids[i])
	}
	l := declared()["japanifornia"]
	if n, err := s.Prune(t.Context(), l); n != 0 || err != nil {
		t.Fatalf("pruned %d of what is declared (%v)", n, err)
	}
	l.Fields = l.Fields[:1]
	n, err := s.Prune(t.Context(), l)
	if want := len(ids) - len(gone); n != want || err != nil {
		t.Fatalf("pruned %d, want %d (%v)", n, want, err)
	}
	err = s.file.View(func(b *bolt.Tx) error {
		for seq := 1; seq <= len(ids); seq++ {
			e, err := s.people.Entry(b, "japanifornia", subscribe.Seq(seq))
			if err != nil {
				return err
			}
			if e.State == subscribe.Active && (len(e.Fields) != 1 || e.Fields["name"] == "" || e.Revision != 2) {
				return fmt.Errorf("entry %d: %d fields, revision %d", seq, len(e.Fields), e.Revision)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n, err := s.Prune(t.Context(), l); n != 0 || err != nil {
		t.Errorf("pruned %d twice (%v)", n, err)
	}
	if n, err := s.Prune(t.Context(), &subscribe.List{ID: "never-was"}); n != 0 || err != nil {
		t.Errorf("pruned %d of a list that never was (%v)", n, err)
	}
}

func TestEndList(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	ids := seedReaders(t, s, "japanifornia", 10)
	kept := seedReaders(t, s, "whats-new", 3)
	startIssue(t, s, named("japanifornia", "autumn"))
	if err := leaveOne(t.Context(), s, ids[0]); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is once
		if err := s.EndList(t.Context(), "japanifornia"); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Count("japanifornia"); n != 0 || err != nil {
		t.Errorf("%d entries (%v)", n, err)
	}
	if n, err := s.Count("whats-new"); n != len(kept) || err != nil {
		t.Errorf("another list has %d entries (%v)", n, err)
	}
	if x, err := s.Balance(named("japanifornia", "autumn")); x != (deliver.Balance{}) || err != nil {
		t.Errorf("books %+v (%v)", x, err)
	}
	if all, err := s.Issues("japanifornia"); len(all) != 0 || err != nil {
		t.Errorf("%d issues (%v)", len(all), err)
	}
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		if m, err := tx.Mark("japanifornia", sample("", "reader0@example.jp").Address); m != nil || err != nil {
			t.Errorf("a mark outlives its list: %+v (%v)", m, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestIssues(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	for _, slug := range []string{"winter", "autumn"} {
		startIssue(t, s, named("japanifornia", slug))
	}
	all, err := s.Issues("japanifornia")
	if err != nil || len(all) != 2 || all[0].Name.Slug != "autumn" || all[1].Name.Slug != "winter" {
		t.Errorf("%+v (%v)", all, err)
	}
	if c, err := s.Compiled(named("japanifornia", "autumn")); string(c) != "compiled" || err != nil {
		t.Errorf("%q (%v)", c, err)
	}
}

func TestSweepTallies(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1795251600000)
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return now }})
	const each = 5000 // more than a page
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		for i := range 2 * each {
			until := now.Add(time.Hour)
			if i%2 == 0 {
				until = now.Add(-time.Second)
			}
			tx.SetTally(subscribe.TallyKey{Scope: "address", Of: fmt.Sprint(i), Gate: i%10 < 4}, subscribe.Tally{Slots: []int{1}, Until: until})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{each, 0} {
		if n, err := s.SweepTallies(t.Context()); n != want || err != nil {
			t.Errorf("swept %d, want %d (%v)", n, want, err)
		}
	}
	err = s.file.View(func(b *bolt.Tx) error {
		readers, gate := b.Bucket(layout.Tallies).Stats().KeyN, b.Bucket(layout.Gate).Stats().KeyN
		if readers != each*6/10 || gate != each*4/10 {
			t.Errorf("%d and %d are left", readers, gate)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
