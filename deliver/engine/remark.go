package engine

import (
	"fmt"

	"example.jp/kairan/deliver"
)

// remarkAll writes into the timeline of every running issue.
func (e *Engine) remarkAll(what string) { e.remark(func(*run) string { return what }) }

// remark writes into the timeline of each running issue what the function returns for
// it; "": nothing.
func (e *Engine) remark(what func(*run) string) {
	if e.Keeper == nil {
		return
	}
	e.mu.Lock()
	said := make(map[deliver.IssueName]string, len(e.runs))
	for _, run := range e.runs {
		said[run.Name()] = what(run)
	}
	e.mu.Unlock()
	for name, words := range said {
		if words != "" {
			e.Keeper.Remark(name, words)
		}
	}
}

// noteUncomposed notes a mail that cannot be made. The timeline of its issue is told
// of the first, and then of each tenth power.
func (e *Engine) noteUncomposed(j job, fault error) {
	why := deliver.Scrub(fault.Error())
	e.mu.Lock()
	n := 0
	if j.notice != nil {
		e.faults.Notices++
	} else {
		e.faults.Copies++
		j.run.uncomposed++
		n = j.run.uncomposed
	}
	e.mu.Unlock()
	if j.notice != nil {
		e.Log.Error("ComposeFault", "list", j.list(), "notice", j.notice.N, "attempt", j.notice.Attempt, "err", why)
		return
	}
	e.Log.Error("ComposeFault", "run", j.run.Name(), "reader", j.reader.ID, "err", why)
	if e.Keeper != nil && tenthPower(n) {
		e.Keeper.Remark(j.run.Name(), fmt.Sprintf("%d of the copies could not be made: %s; they count as refused, and the log has each (ComposeFault)", n, why))
	}
}

func tenthPower(n int) bool {
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}
