package editor

import (
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// clock prints an instant as people of the list's zone read it.
func clock(t time.Time, l *subscribe.List) string {
	return t.In(l.Zone).Format("Mon 2006-01-02 15:04 MST")
}

// between says hours as people do.
func between(h subscribe.Hours) string {
	from, to, _ := strings.Cut(h.String(), "-")
	return from + " to " + to
}
