package deliver

import (
	"fmt"
	"strings"
	"time"
)

// Test is a test of an issue that reached a tester.
type Test struct {
	At      time.Time
	Actor   string
	Testers int
	This    bool // of exactly the text that the issue has now, with its files
}

// LastTest is the last test of what the issue is now; if there is none, the last one of
// what it was before. None at all is the zero value.
func (i *Issue) LastTest() (last Test) {
	mark := i.textMark()
	for _, e := range i.Timeline {
		rest, is := strings.CutPrefix(e.What, "test copies sent to ")
		if !is {
			continue
		}
		t := Test{At: e.At, Actor: e.Actor, This: strings.HasSuffix(e.What, mark)}
		count, _, _ := strings.Cut(rest, " ")
		_, _ = fmt.Sscan(strings.ReplaceAll(count, ",", ""), &t.Testers)
		if t.Testers > 0 && (t.This || !last.This) {
			last = t
		}
	}
	return last
}
