package service

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"

	"example.jp/kairan/store"
	"example.jp/kairan/subscribe/web"
)

// requests count how often pages are asked for: for the statistics, those that were answered
// well, by the pattern of the page and by nothing else, until they are written down; and for
// the metrics.
type requests struct {
	mu    sync.Mutex
	by    map[string]int
	since string           // the month in which counting began; "" at first
	all   map[web.Seen]int // since the start
}

// saw counts one.
func (r *requests) saw(x web.Seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[web.Seen]int{}
	}
	r.all[x]++
	if x.Status >= http.StatusBadRequest || x.Route == web.SeenStyle || x.Method != http.MethodGet && x.Method != http.MethodPost {
		return
	}
	if r.by == nil {
		r.by = map[string]int{}
	}
	r.by[x.Method+" "+x.Route]++
}

// sums are how many there were since the start.
func (r *requests) sums() map[web.Seen]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.all)
}

// take returns what was counted, and the month in which that began: those of a month's last
// minutes are not the next one's.
func (r *requests) take(now string) (month string, by map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	month, by = cmp.Or(r.since, now), r.by
	r.since, r.by = now, nil
	return month, by
}

// keepRequests writes down what was counted. What a fault of the store loses is a count.
func (s *Service) keepRequests(ctx context.Context) {
	month, by := s.requests.take(s.now().Local().Format(store.Month))
	if len(by) == 0 {
		return
	}
	if err := s.Store.AddRequests(ctx, month, by); err != nil {
		s.log.Error("RequestsFault", "err", err, "hint", "some requests are missing in the statistics")
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
