package deliver

import "fmt"

// BreakerPolicy says when a run is paused because something is wrong with the
// run and not with its readers (RULES E-08; DESIGN.md, the ledger). Shares are
// counted over windows of attempts, so that a few failures at the very start do
// not stop an issue.
type BreakerPolicy struct {
	Window     int // attempts counted together; 200
	Hard       int // refusals of addresses in a window that are too many; 5 in a hundred
	Sender     int // faults of the sender (5.7.x) that are too many; 2 in a hundred
	Domains    int // over so many recipient domains, so that one hostile domain cannot stop an issue; 3
	Row        int // uncertain copies one after the other; 3
	OneInSoMay int // one uncertain copy in so many attempts; 100
}

// DefaultBreaker is RULES E-08 and DESIGN.md.
func DefaultBreaker() BreakerPolicy {
	return BreakerPolicy{Window: 200, Hard: 10, Sender: 4, Domains: 3, Row: 3, OneInSoMay: 100}
}

// breaker counts one run's outcomes since it was last begun or resumed.
type breaker struct {
	attempts, hard, sender int // in the present window
	domains                map[string]bool
	row                    int
	all, uncertain         int // since the beginning
}

// note counts one outcome, and returns why the run must be paused, or "".
func (b *breaker) note(p BreakerPolicy, r Result, domain string) string {
	if r.Blame == BlameUs {
		return "" // the gate's business
	}
	b.attempts++
	b.all++
	if r.Outcome == Uncertain {
		b.row++
		b.uncertain++
	} else {
		b.row = 0
	}
	switch r.Blame {
	case BlameAddress:
		if r.Outcome == Refused {
			b.hard++
		}
	case BlameSender:
		b.sender++
		if b.domains == nil {
			b.domains = map[string]bool{}
		}
		b.domains[domain] = true
	}
	why := b.judge(p)
	if b.attempts >= p.Window {
		b.attempts, b.hard, b.sender, b.domains = 0, 0, 0, nil
	}
	return why
}

func (b *breaker) judge(p BreakerPolicy) string {
	switch {
	case b.row >= p.Row:
		return fmt.Sprintf("the relay left %d messages in a row without an answer at their end", b.row)
	case b.uncertain >= p.Row && b.uncertain*p.OneInSoMay > max(b.all, p.Window):
		return fmt.Sprintf("the relay left %d of %d messages without an answer at their end", b.uncertain, b.all)
	case b.hard > p.Hard:
		return fmt.Sprintf("%d of %d addresses were refused; the list may be old, or the relay may be wrong", b.hard, b.attempts)
	case b.sender > p.Sender && len(b.domains) >= p.Domains:
		return fmt.Sprintf("%d of %d messages were refused because of us (5.7.x), at %d domains; look at SPF, DKIM, DMARC and the relay's reputation", b.sender, b.attempts, len(b.domains))
	}
	return ""
}
