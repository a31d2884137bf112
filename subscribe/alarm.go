package subscribe

import (
	"sync"
	"time"
)

// Trouble is why requests are not taken in, or mails to their senders wait.
type Trouble uint8

// The troubles.
const (
	TroubleCeiling Trouble = iota // the installation's hour is used up: everybody is answered ErrBusy
	TroubleShare                  // what networks seen lately may have of it is used up: they are answered ErrBusy, new ones get through
	TroubleRoom                   // the intake or the disk is full: everybody is answered ErrBusy; or the half of the intake is that networks seen lately may fill: they are, new ones get through
	TroubleNetwork                // one network's hour is used up, and it is told so: abuse, or a proxy that does not say for whom it asks
	TroubleDomain                 // mails to one receiving domain wait for longer than an hour: abuse, or many readers of one office

	troubles = iota
)

// Troubles returns every one.
func Troubles() (all []Trouble) {
	for t := range troubles {
		all = append(all, Trouble(t))
	}
	return all
}

type alarms [troubles]Hourly

// ring tells of a trouble, at most once an hour; nil: nobody.
func (a *alarms) ring(t Trouble, tell func(Trouble), now time.Time) {
	if tell != nil && a[t].Rings(now) {
		tell(t)
	}
}

// Hourly rings at most once an hour.
type Hourly struct {
	mu   sync.Mutex
	last time.Time
}

// Rings says whether it rings, and keeps it from ringing again within the hour.
func (h *Hourly) Rings(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.last) < time.Hour {
		return false
	}
	h.last = now
	return true
}
