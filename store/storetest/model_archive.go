package storetest

import (
	"errors"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// publicModel is an issue that anybody may read, unless it is withdrawn.
type publicModel struct{ at, withdrawn time.Time }

// withdraw withdraws an issue, of this run or of one before, or puts it back.
func (w *world) withdraw(t *rapid.T) {
	slug := pick(t, slices.Sorted(maps.Keys(w.public)), "which")
	public, since := w.public[slug], w.b.clock.now()
	if !public.withdrawn.IsZero() {
		since = time.Time{}
	}
	w.b.must(w.b.ChangeBackNumber(t.Context(), named(slug), func(_ *deliver.Issue, back *subscribe.BackNumber, _ time.Time) error {
		back.Withdrawn = since
		return nil
	}))
	public.withdrawn = since
}

// checkArchive compares what anybody may read.
func (w *world) checkArchive(t *rapid.T) {
	all, err := w.b.BackNumbers(journal)
	w.b.must(err)
	if len(all) != len(w.public) {
		t.Fatalf("%d issues are public, want %d", len(all), len(w.public))
	}
	for _, head := range all {
		want := w.public[head.Slug]
		if want == nil || !head.At.Equal(want.at) || !head.Withdrawn.Equal(want.withdrawn) || head.HTML != "" {
			t.Fatalf("public is %+v, want %+v", head, want)
		}
	}
	if w.slug == "" {
		return
	}
	public := w.public[w.slug]
	got, err := w.b.BackNumber(journal, w.slug)
	if errors.Is(err, subscribe.ErrNoBackNumber) != (public == nil) || (got.HTML == "") != (public == nil || !public.withdrawn.IsZero()) {
		t.Fatalf("of %s, which should be %+v, is read %+v (%v)", w.slug, public, got, err)
	}
}
