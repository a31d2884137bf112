package deliver

import (
	"fmt"
	"time"

	"example.jp/kairan/deliver/phrase"
)

// Verdict is what an operator says about an issue of a database that was put back
// from a copy: nobody else knows what became of it after the copy was made.
type Verdict string

// The verdicts.
const (
	WasSent  Verdict = "sent"   // it went out; nobody gets it again
	SendOn   Verdict = "send"   // it goes on where the copy stood
	StopHere Verdict = "cancel" // the rest stays unsent
)

// ParseVerdict reads one.
func ParseVerdict(s string) (Verdict, error) {
	switch v := Verdict(s); v {
	case WasSent, SendOn, StopHere:
		return v, nil
	}
	return "", phrase.Say("%q is no verdict; say %s (it went out), %s (it goes on where the copy stood) or %s", s, WasSent, SendOn, StopHere)
}

// OnItsWay says whether an issue may have gone out, or gone on, since the copy was
// made, without anybody's doing: it had begun, or its time has come by now.
func (i *Issue) OnItsWay(now time.Time) bool {
	return i.State == Running || i.State == Paused || i.State == Scheduled && !i.Due.After(now)
}

// PutBack remarks that the issue is that of a copy.
func (i *Issue) PutBack(copyOf time.Time, zone *time.Location, now time.Time) {
	i.note(now, Self, "the database is a copy of %s; whether this issue went out after that is not known", copyOf.In(zone).Format("2006-01-02 15:04 MST"))
}

// Apply does what the verdict says. copyOf is when the copy was made: the time
// since then does not count towards the expiry.
func (i *Issue) Apply(v Verdict, copyOf time.Time, actor string, now time.Time) error {
	if !i.OnItsWay(now) {
		return i.Refuse("settled", "it is not on its way")
	}
	switch v {
	case WasSent:
		if i.Started.IsZero() {
			i.Started = i.Due
		}
		i.State, i.Ended, i.PausedAt = Finished, now, time.Time{}
		i.note(now, actor, "went out before the database was put back; whom the copy had not booked yet is booked as uncertain")
		return nil
	case StopHere:
		return i.Cancel(actor, now)
	case SendOn:
	default:
		return fmt.Errorf("%q is no verdict", v)
	}
	if i.State == Scheduled {
		i.Due = now
		i.note(now, actor, "starts now, as ordered after the database was put back")
		return nil
	}
	stopped := copyOf
	if i.State == Paused && i.PausedAt.Before(copyOf) {
		stopped = i.PausedAt
	}
	if gone := now.Sub(stopped); gone > 0 && !stopped.IsZero() {
		i.Expires = i.Expires.Add(gone)
	}
	i.State, i.PausedAt = Running, time.Time{}
	i.note(now, actor, "goes on where the copy stood, as ordered; who got it since then gets it twice")
	return nil
}
