package subscribe

import "time"

// Edition is what stood behind the statistics of a list that were given out last: exact
// counts by name, which is why it is kept sealed. The next ones move only where a count
// has moved far from these.
type Edition struct {
	List   string
	At     time.Time
	Behind map[string]int
}
