package deliver

import "time"

// Wait is what a running issue waits for. Its zero value says that the issue
// waits for nothing: it goes out as fast as the relay's rate allows.
type Wait struct {
	Why  string    // in words, for an editor; a sentence without its first capital and its full stop
	Next time.Time // when it is tried again, or goes on; zero: not known here
}

// Waits says what a running issue waits for. Of several reasons it tells the one
// that ends last by somebody's doing: the relay before the run's own terms. Of an
// issue that the engine does not have it knows nothing.
func (e *Engine) Waits(run string) Wait {
	now := e.now()
	held, why, next := e.Relay()
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.findLocked(run)
	switch {
	case a == nil:
		return Wait{}
	case held:
		return Wait{"no mail goes out: " + why, next}
	case !now.Before(a.expires):
		return Wait{}
	case a.terms.Open != nil && !a.terms.Open(now):
		return Wait{Why: "it is outside the hours in which the list sends"}
	case now.Before(a.waits) && a.why != "":
		return Wait{a.why, a.waits}
	}
	return Wait{}
}

// findLocked is the run of that name; nil: the engine does not have it.
func (e *Engine) findLocked(name string) *active {
	for _, a := range e.runs {
		if a.Name() == name {
			return a
		}
	}
	return nil
}
