package editor

import (
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// What is imported starts slowly whether or not the list says so: addresses that nobody
// has written to for long are refused oftener.
const (
	importSlow    = 200
	importSlowFor = 15 * time.Minute
)

// paceOf is how an issue of a list that starts at from goes out, but for the rate. When
// readers were last imported is asked only where that matters; what cannot be read is
// taken for an import.
func paceOf(shelf Shelf, l *subscribe.List, from time.Time) deliver.Pace {
	p := deliver.Pace{Hours: l.Hours, Zone: l.Zone, Slow: l.StartSlow, SlowFor: l.StartSlowFor}
	if p.Slow > 0 {
		return p
	}
	imported, err := shelf.Imported(l.ID)
	since := from.Sub(imported)
	if err != nil || !imported.IsZero() && since >= 0 && since < subscribe.ImportedFor {
		p.Slow, p.SlowFor = importSlow, importSlowFor
	}
	return p
}
