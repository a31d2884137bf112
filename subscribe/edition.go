package subscribe

import "time"

// Edition is what of a list's statistics was given out last, as it was given out.
type Edition struct {
	List      string
	At        time.Time
	Changes   int    // how often a reader had come or gone until then
	Published []byte // JSON; nil: nothing was
}
