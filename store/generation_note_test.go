package store

import (
	"sync"
	"testing"

	"example.jp/kairan/store/journal"
)

// TestNoteTwice: the file is written whole, whoever else writes it at that moment:
// the loop and a release may.
func TestNoteTwice(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []error
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), JournalFault: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				s.note()
			}
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(told) > 0 {
		t.Errorf("%d faults: %v", len(told), told[0])
	}
	if g, err := journal.ReadGeneration(s.opt.Journal, s.keys); err != nil || g == nil || g.ID != s.standing.Load().ID {
		t.Errorf("the file holds %v, %v", g, err)
	}
}
