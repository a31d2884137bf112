package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func archiveTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"a back number comes with the start":         backNumberStarts,
		"a cancelled issue has no back number":       backNumberCancelled,
		"a withdrawn back number gives nothing away": backNumberWithdrawn,
		"heads come latest first":                    backNumberOrder,
	}
}

var aMap = deliver.File{Name: "図 1.png", Data: []byte("PNG")}

// spring is a back number with a picture and an attachment.
func spring() *subscribe.BackNumber {
	return &subscribe.BackNumber{
		Lang: subscribe.Japanese, Subject: "秋の号", HTML: "<p>本文</p>", Text: "本文\n",
		Files: []subscribe.BackNumberFile{{Name: aMap.Name, Type: "image/png", Size: 3}, {Name: "a.pdf", Type: "application/pdf", Size: 4, Attached: true}},
	}
}

// draft adds an issue with the files of [spring].
func (b *fixture) draft(slug string) {
	b.t.Helper()
	m := deliver.Manuscript{Source: []byte("text"), Files: []deliver.File{aMap, {Name: "a.pdf", Data: []byte("%PDF")}, {Name: "unnamed.pdf", Data: []byte("%PDF")}}}
	b.must(b.AddIssue(b.t.Context(), deliver.Issue{Name: named(slug), Source: m.Source, Files: m.Enclosures(), State: deliver.Draft}, m.Files, nil))
}

// starts begins the run of an issue; if refuse is not nil, that is what keeps it.
func (b *fixture) starts(slug string, back *subscribe.BackNumber, refuse error) {
	b.t.Helper()
	err := b.StartIssue(b.t.Context(), named(slug), deliver.Form{Compiled: []byte("compiled"), Back: back}, func(i *deliver.Issue, n int, now time.Time) error {
		i.Start(n, time.Hour, now)
		return refuse
	})
	if !errors.Is(err, refuse) {
		b.t.Fatal(err)
	}
}

func (b *fixture) cancel(slug string) {
	b.t.Helper()
	b.must(b.ChangeIssue(b.t.Context(), named(slug), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
}

// wantNone says that nothing of an issue is public.
func (b *fixture) wantNone(slug string) {
	b.t.Helper()
	if x, err := b.BackNumber(journal, slug); !errors.Is(err, subscribe.ErrNoBackNumber) || x.HTML+x.Text != "" {
		b.t.Errorf("%s is public: %+v, %v", slug, x, err)
	}
	if x, err := b.BackNumberFile(journal, slug, aMap.Name); !errors.Is(err, subscribe.ErrNoBackNumber) || x != nil {
		b.t.Errorf("a file of %s is public: %q, %v", slug, x, err)
	}
	all, err := b.BackNumbers(journal)
	b.must(err)
	for _, x := range all {
		if x.Slug == slug && x.Withdrawn.IsZero() {
			b.t.Errorf("%s is in the archive", slug)
		}
	}
}

func backNumberStarts(t *testing.T, b *fixture) {
	b.wantNone(autumn)
	b.draft(autumn)
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(now.Add(time.Hour), "uid 1000", time.UTC, now)
	}))
	b.wantNone(autumn)
	before := b.ArchiveVersion()
	b.starts(autumn, spring(), errors.New("another text"))
	b.wantNone(autumn)
	if b.ArchiveVersion() != before {
		t.Error("the archive has changed before anything is public")
	}
	b.clock.move(time.Hour)
	b.starts(autumn, spring(), nil)
	if b.ArchiveVersion() == before {
		t.Error("the archive has not changed")
	}
	want := *spring()
	want.List, want.Slug, want.At = journal, autumn, b.clock.now()
	head := want
	head.HTML, head.Text, head.Files = "", "", nil
	for range 2 {
		got, err := b.BackNumber(journal, autumn)
		got.At = got.At.UTC()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		all, err := b.BackNumbers(journal)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		if all[0].At = all[0].At.UTC(); !reflect.DeepEqual(all[0], head) {
			t.Errorf("a head is %+v, want %+v", all[0], head)
		}
		if data, err := b.BackNumberFile(journal, autumn, aMap.Name); err != nil || string(data) != "PNG" {
			t.Errorf("%q, %v", data, err)
		}
		for _, other := range []string{"unnamed.pdf", "no-such.png", ""} { // the first lies with the issue, and is not shown
			if data, err := b.BackNumberFile(journal, autumn, other); !errors.Is(err, subscribe.ErrNoBackNumber) {
				t.Errorf("%q: %q, %v", other, data, err)
			}
		}
		if all, err := b.BackNumbers("elsewhere"); err != nil || len(all) != 0 {
			t.Errorf("another list has %+v, %v", all, err)
		}
		b.reopen()
	}
	b.draft("unpublished")
	b.starts("unpublished", nil, nil)
	b.wantNone("unpublished")
}

func backNumberCancelled(t *testing.T, b *fixture) {
	b.readers(1)
	for _, slug := range []string{autumn, "paused", "withdrawn"} {
		b.draft(slug)
		b.starts(slug, spring(), nil)
	}
	b.must(b.ChangeIssue(t.Context(), named("paused"), func(i *deliver.Issue, now time.Time) error { return i.Pause("uid 1000", "", now) }))
	if _, err := b.BackNumber(journal, "paused"); err != nil {
		t.Errorf("a paused issue: %v", err)
	}
	b.withdraw("withdrawn", b.clock.now())
	for _, slug := range []string{autumn, "paused", "withdrawn"} {
		before := b.ArchiveVersion()
		b.cancel(slug)
		if b.ArchiveVersion() == before {
			t.Error("the archive has not changed")
		}
		b.wantNone(slug)
	}
	b.reopen()
	if all, err := b.BackNumbers(journal); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := b.ChangeBackNumber(t.Context(), named(autumn), func(_ *deliver.Issue, back *subscribe.BackNumber, _ time.Time) error {
		if back != nil {
			t.Errorf("%+v", back)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// withdraw changes since when a back number is withdrawn.
func (b *fixture) withdraw(slug string, at time.Time) {
	b.t.Helper()
	b.must(b.ChangeBackNumber(b.t.Context(), named(slug), func(i *deliver.Issue, back *subscribe.BackNumber, now time.Time) error {
		back.Withdrawn = at
		i.Remark("withdrawn or put back", now)
		return nil
	}))
}

func backNumberWithdrawn(t *testing.T, b *fixture) {
	b.draft(autumn)
	b.starts(autumn, spring(), nil)
	before, at := b.ArchiveVersion(), b.clock.move(time.Minute)
	boom := errors.New("refused")
	if err := b.ChangeBackNumber(t.Context(), named(autumn), func(_ *deliver.Issue, back *subscribe.BackNumber, _ time.Time) error {
		back.Withdrawn = at
		return boom
	}); !errors.Is(err, boom) || b.ArchiveVersion() != before {
		t.Errorf("%v", err)
	}
	b.withdraw(autumn, at)
	if b.ArchiveVersion() == before {
		t.Error("the archive has not changed")
	}
	want := subscribe.BackNumber{List: journal, Slug: autumn, Lang: subscribe.Japanese, Subject: "秋の号", At: at.Add(-time.Minute), Withdrawn: at}
	for range 2 {
		got, err := b.BackNumber(journal, autumn)
		if got.At, got.Withdrawn = got.At.UTC(), got.Withdrawn.UTC(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		for _, f := range spring().Files {
			if data, err := b.BackNumberFile(journal, autumn, f.Name); !errors.Is(err, subscribe.ErrNoBackNumber) || data != nil {
				t.Errorf("%q, %v", data, err)
			}
		}
		if all, err := b.BackNumbers(journal); err != nil || len(all) != 1 || !all[0].Withdrawn.Equal(at) {
			t.Errorf("%+v, %v", all, err)
		}
		b.reopen()
	}
	if i, err := b.Issue(named(autumn)); err != nil || i.Timeline[len(i.Timeline)-1].What != "withdrawn or put back" {
		t.Errorf("%+v, %v", i, err)
	}
	b.withdraw(autumn, time.Time{})
	if got, err := b.BackNumber(journal, autumn); err != nil || got.HTML != spring().HTML {
		t.Errorf("put back: %+v, %v", got, err)
	}
}

func backNumberOrder(t *testing.T, b *fixture) {
	for _, slug := range []string{"b", "c", "a"} {
		b.draft(slug)
		b.starts(slug, spring(), nil)
		if slug != "c" { // a is of the same instant
			b.clock.move(time.Minute)
		}
	}
	all, err := b.BackNumbers(journal)
	b.must(err)
	var got []string
	for _, x := range all {
		got = append(got, x.Slug)
	}
	if !reflect.DeepEqual(got, []string{"a", "c", "b"}) {
		t.Errorf("%v", got)
	}
}
