package web

import (
	"sync"

	"example.jp/kairan/subscribe"
)

// shelf keeps the heads of the lists' back numbers, as of one version of the archive.
type shelf struct {
	mu      sync.Mutex
	version uint64
	heads   map[string][]subscribe.BackNumber
}

// of are the heads of a list, latest first, as they stand. Nobody changes the slice.
func (s *shelf) of(a Archive, list string) ([]subscribe.BackNumber, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := a.ArchiveVersion(); s.heads == nil || v != s.version { // asked first: what is read next may be newer, but not older
		s.version, s.heads = v, map[string][]subscribe.BackNumber{}
	}
	heads, ok := s.heads[list]
	if ok {
		return heads, nil
	}
	heads, err := a.BackNumbers(list)
	if err == nil {
		s.heads[list] = heads
	}
	return heads, err
}
