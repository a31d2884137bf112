package store

import (
	"errors"
	"os"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// aBack is a back number as a start gets it.
func aBack() *subscribe.BackNumber {
	return &subscribe.BackNumber{Lang: subscribe.Japanese, Subject: "Autumn", HTML: "<p>text</p>", Text: "text\n"}
}

// isPublic says whether anybody may read an issue; the heads and the texts must agree.
func isPublic(t *testing.T, s *Store, name deliver.IssueName) (public bool) {
	t.Helper()
	all, err := s.BackNumbers(name.List)
	for _, x := range all {
		public = public || x.Slug == name.Slug
	}
	if _, fault := s.BackNumber(name.List, name.Slug); errors.Is(fault, subscribe.ErrNoBackNumber) == public {
		t.Errorf("%s: among the heads %t, its text: %v", name, public, fault)
	}
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// TestBackNumberFollowsItsIssue: of an issue of which nobody knows what became, since the
// database is a copy, the verdict says whether anybody may read it.
func TestBackNumberFollowsItsIssue(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[deliver.Verdict]bool{deliver.StopHere: false, deliver.SendOn: true, deliver.WasSent: true} {
		t.Run(string(verdict), func(t *testing.T) {
			t.Parallel()
			w := newTown(t, t.TempDir())
			defer func() { w.stop() }()
			seedReaders(t, w.Store, townList, 3)
			w.schedule("spring", w.now)
			w.begin("spring")
			copied, spring := backup(t, w.Store), named(townList, "spring")
			w.stop()
			w.must(os.Remove(w.file()))
			if _, err := restoreFrom(w.opt, copied); err != nil {
				t.Fatal(err)
			}
			w.start()
			w.must(w.Say(t.Context(), map[deliver.IssueName]deliver.Verdict{spring: verdict}))
			if !isPublic(t, w.Store, spring) {
				t.Error("it is not public before the release, which alone changes anything")
			}
			before := w.ArchiveVersion()
			w.must(w.Release(t.Context(), "operator"))
			if got := isPublic(t, w.Store, spring); got != want || w.ArchiveVersion() == before {
				t.Errorf("public: %t, want %t; version %d after %d", got, want, w.ArchiveVersion(), before)
			}
		})
	}
}

// TestErasureTakesBackNumbers: they go in the first commit of an erasure, whatever it waits
// for then.
func TestErasureTakesBackNumbers(t *testing.T) {
	t.Parallel()
	w, _ := endingTown(t)
	defer func() { w.stop() }()
	autumn := named(townList, "autumn")
	r := startIssue(t, w.Store, autumn)
	startIssue(t, w.Store, named(otherList, "autumn"))
	x, before := claimFirst(t, r), w.ArchiveVersion()
	if err := w.Erase(t.Context(), erasure, eraseDeed); !errors.Is(err, ErrSending) {
		t.Fatal(err)
	}
	if isPublic(t, w.Store, autumn) || w.ArchiveVersion() == before {
		t.Error("it is public while the list is being erased")
	}
	settleAs(t, r, x, handedOver)
	w.must(w.Erase(t.Context(), erasure, eraseDeed))
	if isPublic(t, w.Store, autumn) || !isPublic(t, w.Store, named(otherList, "autumn")) {
		t.Error("another list's went, or this one's stayed")
	}
}

// TestBackNumberThatCannotBeRead: the others are shown, it is counted, and what is damaged
// does not make public what was withdrawn.
func TestBackNumberThatCannotBeRead(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 1)
	for _, slug := range []string{"head", "text", "whole"} {
		startIssue(t, p.Store, named("news", slug))
	}
	p.flip(p.ofList("backnumbers"), []byte("head"))
	p.flip(p.ofList("backtexts"), []byte("text"))
	p.again()
	all, err := p.BackNumbers("news")
	if err != nil || len(all) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, slug := range []string{"head", "text"} {
		if x, err := p.BackNumber("news", slug); err == nil || errors.Is(err, subscribe.ErrNoBackNumber) || x.HTML != "" {
			t.Errorf("%s: %+v, %v", slug, x, err)
		}
	}
	if x, err := p.BackNumber("news", "whole"); err != nil || x.HTML != aBack().HTML {
		t.Errorf("%+v, %v", x, err)
	}
	p.again()
	if found, err := p.Examine(t.Context()); err != nil || found.Issues != 2 {
		t.Errorf("%v, %v", found, err)
	}
}
