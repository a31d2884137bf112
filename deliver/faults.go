package deliver

import "fmt"

// Faults counts the mails that could not be made since the engine began. What is
// wrong is in the log, as ComposeFault.
type Faults struct {
	Copies  int // counted as refused in their issue's books
	Notices int // attempts at confirmations and the like, which are tried again
}

// Faults says how many mails could not be made.
func (e *Engine) Faults() Faults {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.faults
}

// uncomposed notes a mail that cannot be made. The timeline of its issue is told
// of the first, and then of each tenth power.
func (e *Engine) uncomposed(j job, fault error) {
	why := Scrub(fault.Error())
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
