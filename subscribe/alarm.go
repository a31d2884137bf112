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
	TroubleRoom                   // the intake, or the disk, is full: everybody is answered ErrBusy
	TroubleNetwork                // one network's hour is used up, and it is told so: abuse, or a proxy that does not say for whom it asks
	TroubleDomain                 // mails to one receiving domain wait for longer than an hour: abuse, or many readers of one office
)

func (d *Desk) ring(t Trouble) {
	if d.Alarm != nil {
		d.alarms[t].ring(func() { d.Alarm(t) }, instant(d.Now))
	}
}

// alarm rings at most once an hour.
type alarm struct {
	mu   sync.Mutex
	last time.Time
}

func (a *alarm) ring(tell func(), now time.Time) {
	a.mu.Lock()
	quiet := now.Sub(a.last) < time.Hour
	if !quiet {
		a.last = now
	}
	a.mu.Unlock()
	if !quiet && tell != nil {
		tell()
	}
}
