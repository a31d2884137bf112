package editor

import (
	"maps"
	"sync"
	"time"

	"example.jp/kairan/deliver"
)

// rates are those of the running issues, as they are seen.
type rates struct {
	mu   sync.Mutex
	of   map[deliver.IssueName]*deliver.Meter
	last map[deliver.IssueName]deliver.Reading // look
}

// look remembers a look at a run, and returns the one before; zero: there was none.
func (r *rates) look(name deliver.IssueName, now deliver.Reading) (before deliver.Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[deliver.IssueName]deliver.Reading{}
	}
	before, r.last[name] = r.last[name], now
	return before
}

// note adds a look at an issue, and returns its rate in messages a minute.
func (r *rates) note(i *deliver.Issue, now time.Time, begun int, waits bool) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[deliver.IssueName]*deliver.Meter{}
	}
	meter := r.of[i.Name]
	if meter == nil {
		meter = &deliver.Meter{}
		r.of[i.Name] = meter
		if now.Sub(i.Started) < time.Minute { // it is as good as seen from its start
			meter.Note(i.Started, 0, false)
		}
	}
	meter.Note(now, begun, waits)
	return meter.PerMinute()
}

// keep forgets the issues that no longer run.
func (r *rates) keep(running map[deliver.IssueName]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.of, func(name deliver.IssueName, _ *deliver.Meter) bool { return !running[name] })
	maps.DeleteFunc(r.last, func(name deliver.IssueName, _ deliver.Reading) bool { return !running[name] })
}
