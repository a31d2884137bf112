package engine

import (
	"time"

	"example.jp/kairan/deliver"
)

// run is an issue under way, as the engine works on it. The engine's lock guards it.
type run struct {
	deliver.Run
	list       string
	expires    time.Time
	pace       pace
	breaker    breaker
	flying     int  // reserved or in flight
	dry        bool // the last reservation found nothing
	uncomposed int  // copies that could not be made
}

// trip is a run that is to be paused.
type trip struct {
	run *run
	why string
}

// isWaiting says whether the run's own terms keep it back at now.
func (run *run) isWaiting(now time.Time) bool {
	return !now.Before(run.expires) || run.pace.isWaiting(now)
}
