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

// breaker counts one run's outcomes since it was last begun or resumed. Further
// attempts count only as far as the relay is concerned: that those who were put
// off are put off again shows nothing new.
type breaker struct {
	window, all     tally
	sent, uncertain int // with further attempts
}

// tally counts first attempts, and those of them that may show a fault of the run.
type tally struct {
	attempts, hard, sender, message int
	seen                            domains // any that were tried
	hardAt, senderAt, messageAt     domains
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
		t.messageAt.add(p.Domains, domain)
	}
}

// attempt is one outcome as the breaker sees it.
type attempt struct {
	Result
	domain string
	again  bool // it is not the first for this reader
	row    int  // messages that the relay has left without an answer at their end, one after the other
}

// note counts one outcome, and returns why the run must be paused, or "".
func (b *breaker) note(p BreakerPolicy, x attempt) string {
	if x.Blame.Spares() {
		return "" // the gate's business
	}
	b.sent++
	if x.Outcome == Uncertain {
		b.uncertain++
	}
	if !x.again {
		b.window.note(p, x.Result, x.domain)
		b.all.note(p, x.Result, x.domain)
	}
	why := b.judge(p, x.row)
	if b.window.attempts >= p.Window {
		b.window = tally{}
	}
	return why
}

func (b *breaker) judge(p BreakerPolicy, row int) string {
	switch {
	case row >= p.Row:
		return fmt.Sprintf("the relay left %d messages in a row without an answer at their end", row)
	case b.uncertain >= p.Row && b.uncertain*p.OneInSoMay > max(b.sent, p.Window):
		return fmt.Sprintf("the relay left %d of %d messages without an answer at their end", b.uncertain, b.sent)
	}
	// That the readers are at fewer domains is known when a window is full. It is
	// not waited for where readers may be suspended for it.
	need := p.Domains
	if b.window.attempts >= p.Window {
		need = len(b.all.seen)
	}
	return b.window.judge(p.Hard, p.Sender, len(b.all.seen), need)
}

// look is the look at the refusals after a slow start: the same shares, of
// however few copies there were, but never at a single one.
func (b *breaker) look(p BreakerPolicy) string {
	share := func(of int) int { return max(1, of*b.all.attempts/max(p.Window, 1)) }
	return b.all.judge(share(p.Hard), share(p.Sender), len(b.all.seen), len(b.all.seen))
}

// judge asks for the refusals of addresses, and for the other faults, to be at so
// many domains.
func (t *tally) judge(hard, sender, hardDomains, domains int) string {
	switch {
	case t.hard > hard && len(t.hardAt) >= hardDomains:
		return fmt.Sprintf("%d of %d addresses were refused; the list may be old, or the relay may be wrong", t.hard, t.attempts)
	case t.sender > sender && len(t.senderAt) >= domains:
		return fmt.Sprintf("%d of %d messages were refused because of us (5.7.x), at %d domains or more; look at SPF, DKIM, DMARC and the relay's reputation", t.sender, t.attempts, len(t.senderAt))
	case t.message > sender && len(t.messageAt) >= domains:
		return fmt.Sprintf("%d of %d messages were refused for what is in them; `kairan issue test` shows what the relay says of it", t.message, t.attempts)
	}
	return ""
}
