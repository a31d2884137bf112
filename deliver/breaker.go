package deliver

import "fmt"

// BreakerPolicy says when a run is paused because something is wrong with the
// run and not with its readers (RULES E-08; DESIGN.md, the ledger). Shares are
// counted over windows of attempts, so that a few failures at the very start do
// not stop an issue.
type BreakerPolicy struct {
	Window     int // attempts counted together; 200
	Hard       int // refusals of addresses in a window that are still not too many; 5 in a hundred
	Sender     int // faults of the sender (5.7.x), or refusals of the message itself, likewise; 2 in a hundred
	Domains    int // at so many recipient domains, or all if there are fewer, so that one hostile domain cannot stop an issue; 3
	Row        int // uncertain copies one after the other; 3
	OneInSoMay int // one uncertain copy in so many attempts; 100
}

// DefaultBreaker is RULES E-08 and DESIGN.md.
func DefaultBreaker() BreakerPolicy {
	return BreakerPolicy{Window: 200, Hard: 10, Sender: 4, Domains: 3, Row: 3, OneInSoMay: 100}
}

// breaker counts one run's outcomes since it was last begun or resumed.
type breaker struct {
	window, all tally
	uncertain   int // of all
}

// tally counts attempts, and those of them that may show a fault of the run.
type tally struct {
	attempts, hard, sender, message int
	seen                            domains // any that were tried
	hardAt, senderAt                domains
}

// domains are a few recipient domains: no more are of interest than the policy asks for.
type domains map[string]bool

func (d *domains) add(most int, domain string) {
	if len(*d) >= most || (*d)[domain] {
		return
	}
	if *d == nil {
		*d = domains{}
	}
	(*d)[domain] = true
}

func (t *tally) note(p BreakerPolicy, r Result, domain string) {
	t.attempts++
	t.seen.add(p.Domains, domain)
	switch {
	case r.Blame == BlameAddress && r.Outcome == Refused:
		t.hard++
		t.hardAt.add(p.Domains, domain)
	case r.Blame == BlameSender:
		t.sender++
		t.senderAt.add(p.Domains, domain)
	case r.Blame == BlameMessage:
		t.message++
	}
}

// note counts one outcome, and returns why the run must be paused, or "". row is
// how many messages in a row the relay has left without an answer at their end.
func (b *breaker) note(p BreakerPolicy, r Result, domain string, row int) string {
	if r.Blame == BlameUs {
		return "" // the gate's business
	}
	b.window.note(p, r, domain)
	b.all.note(p, r, domain)
	if r.Outcome == Uncertain {
		b.uncertain++
	}
	why := b.judge(p, row)
	if b.window.attempts >= p.Window {
		b.window = tally{}
	}
	return why
}

func (b *breaker) judge(p BreakerPolicy, row int) string {
	switch {
	case row >= p.Row:
		return fmt.Sprintf("the relay left %d messages in a row without an answer at their end", row)
	case b.uncertain >= p.Row && b.uncertain*p.OneInSoMay > max(b.all.attempts, p.Window):
		return fmt.Sprintf("the relay left %d of %d messages without an answer at their end", b.uncertain, b.all.attempts)
	}
	return b.window.judge(p.Hard, p.Sender)
}

// look is the look at the refusals after a slow start: the same shares, of
// however few copies there were.
func (b *breaker) look(p BreakerPolicy) string {
	if p.Window == 0 {
		return ""
	}
	return b.all.judge(p.Hard*b.all.attempts/p.Window, p.Sender*b.all.attempts/p.Window)
}

func (t *tally) judge(hard, sender int) string {
	switch {
	case t.hard > hard && len(t.hardAt) >= len(t.seen):
		return fmt.Sprintf("%d of %d addresses were refused; the list may be old, or the relay may be wrong", t.hard, t.attempts)
	case t.sender > sender && len(t.senderAt) >= len(t.seen):
		return fmt.Sprintf("%d of %d messages were refused because of us (5.7.x), at %d domains or more; look at SPF, DKIM, DMARC and the relay's reputation", t.sender, t.attempts, len(t.senderAt))
	case t.message > sender:
		return fmt.Sprintf("%d of %d messages were refused for what is in them; the log has the relay's words", t.message, t.attempts)
	}
	return ""
}
