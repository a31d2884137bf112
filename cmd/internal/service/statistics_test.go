package service

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web"
)

// TestMonthsOfAList: who joins and leaves is counted in the month that it is where the
// list is, and what readers have chosen is counted as it stands.
func TestMonthsOfAList(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	turn := func(at string) {
		x, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		clock.Store(x.UnixNano())
	}
	turn("2026-11-30T14:59:00Z") // still November in Tokyo
	s := demoAt(t, func() time.Time { return time.Unix(0, clock.Load()) })
	if err := s.adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := s.Config.Lists["ajc-newsletter"]
	joined := 0
	join := func(n int) {
		err := crowd.Seed(t.Context(), s.Store, l, n, s.now(), func(i int) (string, subscribe.Fields) {
			joined++
			return fmt.Sprintf("reader%d@example.jp", joined), subscribe.Fields{"name": "Ume", "prefecture": []string{"13", "27"}[i%2], "business": "trade"}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	leave := func(from, to int) {
		for n := from; n <= to; n++ {
			a, err := subscribe.ParseAddress(fmt.Sprintf("reader%d@example.jp", n))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.desk.Remove(t.Context(), l.ID, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	join(60)
	turn("2026-11-30T15:00:00Z") // December has begun there
	join(20)
	leave(1, 15)
	turn("2027-01-10T00:00:00Z")
	leave(16, 18)
	h, err := s.figuresOf(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := "62; [{2026-11 60 60 0 0 0} {2026-12 65 20 15 0 0}]"
	if got := fmt.Sprintf("%d; %v", h.Readers, h.Months); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	sums := map[string]int{}
	for _, c := range h.Choices {
		for _, x := range c.Cells {
			if x.Count > 0 {
				sums[c.Field+" "+x.Choice] = x.Count
			}
		}
	}
	if got := fmt.Sprint(sums); got != "map[business trade:62 prefecture 13:31 prefecture 27:31]" {
		t.Error(got)
	}

	// What was asked for, by pages, and not before the month is over.
	for range 26 {
		s.requests.saw(web.Seen{Method: "GET", Route: "/lists/{list}", Status: 200})
	}
	s.keepRequests(t.Context())
	out, err := s.stats(t.Context(), OfStatistics{})
	if err != nil || len(out.Pages) != 0 {
		t.Errorf("%v, %v", out.Pages, err)
	}
	for range 2 { // in the last minutes of January
		s.requests.saw(web.Seen{Method: "GET", Route: "/lists/{list}", Status: 200})
	}
	turn("2027-02-10T00:00:00Z")
	s.keepRequests(t.Context())
	out, err = s.stats(t.Context(), OfStatistics{})
	if err != nil || fmt.Sprint(out.Pages) != "[{2027-01 GET /lists/{list} 30}]" {
		t.Errorf("%v, %v", out.Pages, err)
	}
	// Four weeks later what was given out stands, as long as few came or went.
	said := func() string {
		t.Helper()
		out, err := s.stats(t.Context(), OfStatistics{List: l.ID})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %d %d", out.Lists[0].AsOf.UTC().Format(time.DateOnly), out.Lists[0].Readers, len(out.Lists[0].Months))
	}
	turn("2027-03-20T00:00:00Z")
	join(6)
	leave(19, 21)
	if got := said(); got != "2027-01-10 65 2" {
		t.Error(got)
	}
	join(1)
	if got := said(); got != "2027-03-20 65 4" {
		t.Error(got)
	}
	// A list that is erased leaves neither counts nor an edition.
	if err := s.Store.EndList(t.Context(), l.ID); err != nil {
		t.Fatal(err)
	}
	counts, err := s.Store.Counts(l.ID)
	last, err2 := s.Store.Edition(l.ID)
	if err != nil || err2 != nil || len(counts) != 0 || last.Published != nil {
		t.Errorf("%v, %v, %v, %v", counts, last, err, err2)
	}
}
