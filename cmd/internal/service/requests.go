package service

import (
	"context"
	"maps"
	"slices"
	"sync"

	"example.jp/kairan/store"
)

// requests count how often pages are asked for, by the pattern of the page and by nothing
// else, until they are written down.
type requests struct {
	mu sync.Mutex
	by map[string]int
}

// saw counts one.
func (r *requests) saw(pattern string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]int{}
	}
	r.by[pattern]++
}

func (r *requests) take() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	by := r.by
	r.by = nil
	return by
}

// keepRequests writes down what was counted, for the present month. What a fault of the
// store loses is a count.
func (s *Service) keepRequests(ctx context.Context) {
	by := s.requests.take()
	if len(by) == 0 {
		return
	}
	if err := s.Store.AddRequests(ctx, s.now().Local().Format(store.Month), by); err != nil {
		s.log.Error("RequestsFault", "err", err, "hint", "some requests are missing in the statistics")
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
