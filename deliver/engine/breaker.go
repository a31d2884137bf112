package engine

import (
	"fmt"
	"strconv"

	"example.jp/kairan/deliver"
)

// breaker counts one run's outcomes since it was last begun or resumed. Further
// attempts count only as far as the relay is concerned: that those who were put
// off are put off again shows nothing new.
type breaker struct {
	window, all     tally          // of the present window, and of all attempts
	sent, uncertain int            // messages, with further attempts
	straight        count          // refused one after the other, since the last acceptance
	said            map[reason]int // why readers were refused, and how many
	refusals        bool           // the run must be paused, and refusals are why
}

// reason is what a relay said to a refused reader, by its codes.
type reason struct {
	code           int
	enhanced, text string
}

func (r reason) String() string {
	if r.code == 0 { // the copy could not be made
		return r.text
	}
	s := strconv.Itoa(r.code)
	if r.enhanced != "" {
		s += " " + r.enhanced
	}
	return s + ": " + r.text
}

// tally counts first attempts, and those of them that may show a fault of the run.
type tally struct {
	attempts count
	refused  count // in whatever way, but not for the time being
	hard     count // addresses
	sender   count // for a fault of ours, deliver.BlameSender
	message  count // for what is in them
}

// count is how many, and at which domains.
type count struct {
	n  int
	at domains
}

func (c *count) add(p deliver.BreakerPolicy, domain string) {
	c.n++
	c.at.add(p.Domains, domain)
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

func (t *tally) note(p deliver.BreakerPolicy, r deliver.Result, domain string) {
	t.attempts.add(p, domain)
	t.noteRefusal(p, r, domain)
}

func (t *tally) noteRefusal(p deliver.BreakerPolicy, r deliver.Result, domain string) {
	if refusal(r) {
		t.refused.add(p, domain)
	}
	switch {
	case r.Blame == deliver.BlameAddress && r.Outcome == deliver.Refused:
		t.hard.add(p, domain)
	case r.Blame == deliver.BlameSender:
		t.sender.add(p, domain)
	case r.Blame == deliver.BlameMessage:
		t.message.add(p, domain)
	}
}

// refusal says whether the relay said no, and not "later": a full mailbox, or our
// policy, is one although the copy is tried again.
func refusal(r deliver.Result) bool {
	return r.Outcome == deliver.Refused || r.Outcome == deliver.Deferred && r.Code/100 == 5
}

// outcome is what became of one attempt, as the breaker sees it.
type outcome struct {
	deliver.Result
	domain string
	again  bool // it is not the first for this reader
	row    int  // messages that the relay has left without an answer at their end, one after the other
	// carried: the relay left it without an answer and is held, and another that shares the
	// load with it carries the run on.
	carried bool
}

// note counts one outcome, and returns why the run must be paused, or "".
func (b *breaker) note(p deliver.BreakerPolicy, x outcome) string {
	if x.Blame.Spares() {
		return "" // the gate's business
	}
	b.sent++
	switch x.Outcome {
	case deliver.Uncertain:
		if x.carried {
			x.row = 0
		} else {
			b.uncertain++
		}
	case deliver.Accepted: // also of one that was put off: the relay takes mail
		b.straight = count{}
	}
	if !x.again {
		b.window.note(p, x.Result, x.domain)
		b.all.note(p, x.Result, x.domain)
		b.remember(p, x)
	}
	why := b.judgeUnanswered(p, x.row)
	if why == "" {
		why = b.judgeRefusals(p)
		b.refusals = why != ""
	}
	if b.window.attempts.n >= p.Window {
		b.window = tally{}
	}
	return why
}

// cameBack counts a copy that the relay took, and that came back, as a refusal, and returns
// why the run must be paused, or "". The attempt was counted when it was made.
func (b *breaker) cameBack(p deliver.BreakerPolicy, x outcome) string {
	b.window.noteRefusal(p, x.Result, x.domain)
	b.all.noteRefusal(p, x.Result, x.domain)
	b.rememberReason(x)
	why := b.judgeRefusals(p)
	if why != "" { // or it may just have been found by what the relay refused
		b.refusals = true
	}
	return why
}

// remember counts the row of refusals, and what the relay said. There are few
// different replies; of a relay that has a new one for everybody some are enough.
func (b *breaker) remember(p deliver.BreakerPolicy, x outcome) {
	if !refusal(x.Result) {
		return
	}
	b.straight.add(p, x.domain)
	b.rememberReason(x)
}

func (b *breaker) rememberReason(x outcome) {
	if b.said == nil {
		b.said = map[reason]int{}
	}
	if key := (reason{x.Code, x.Enhanced, x.Text}); b.said[key] > 0 || len(b.said) < 8 {
		b.said[key]++
	}
}

// judgeUnanswered judges the relay by the messages that it left without an answer.
func (b *breaker) judgeUnanswered(p deliver.BreakerPolicy, row int) string {
	switch {
	case row >= p.Row:
		return sayRow(row)
	case b.uncertain >= p.Row && b.uncertain*p.OneInSoMany > max(b.sent, p.Window):
		return fmt.Sprintf("the relay left %d of %d messages without an answer at their end", b.uncertain, b.sent)
	}
	return ""
}

func sayRow(n int) string {
	return fmt.Sprintf("the relay left %d messages in a row without an answer at their end", n)
}

// judgeRefusals judges the refusals after every outcome.
func (b *breaker) judgeRefusals(p deliver.BreakerPolicy) string {
	if b.all.isNearlyAll(p) && len(b.all.refused.at) >= p.Domains {
		return b.sayNearlyAll()
	}
	if why := b.inARow(p, p.Domains); why != "" {
		return why
	}
	// That the readers are at fewer domains is known when a window is full. It is
	// not waited for where readers may be suspended for it.
	need := p.Domains
	if b.window.attempts.n >= p.Window {
		need = len(b.all.attempts.at)
	}
	return b.window.judgeShares(p.Hard, p.Sender, len(b.all.attempts.at), need)
}

// judgeSlowStart judges the refusals after a slow start by the same shares, of however
// few copies there were; but a single refusal never pauses.
func (b *breaker) judgeSlowStart(p deliver.BreakerPolicy) string {
	if why := b.judgeEnd(p); why != "" {
		return why
	}
	share := func(of int) int { return max(1, of*b.all.attempts.n/max(p.Window, 1)) }
	why := b.all.judgeShares(share(p.Hard), share(p.Sender), len(b.all.attempts.at), len(b.all.attempts.at))
	b.refusals = why != ""
	return why
}

// judgeEnd judges the refusals when everybody has been tried: now it is known that
// there are no other domains.
func (b *breaker) judgeEnd(p deliver.BreakerPolicy) string {
	why := b.inARow(p, len(b.all.attempts.at))
	if p.Most > 0 && b.all.refused.n >= p.Few && b.all.refused.n*100 > b.all.attempts.n*p.Most && len(b.all.refused.at) >= p.Domains {
		why = fmt.Sprintf("the relay refuses most readers (%d of %d; %s), so the fault may not be theirs; %s", b.all.refused.n, b.all.attempts.n, b.mainReason(), deliver.TakenBack)
	}
	if b.all.isNearlyAll(p) && len(b.all.refused.at) >= len(b.all.attempts.at) {
		why = b.sayNearlyAll()
	}
	b.refusals = why != ""
	return why
}

// inARow finds a relay that has broken while a run went out.
func (b *breaker) inARow(p deliver.BreakerPolicy, domains int) string {
	if p.Straight == 0 || b.straight.n < p.Straight || len(b.straight.at) < domains {
		return ""
	}
	return fmt.Sprintf("the last %d readers tried, at all kinds of providers, were refused (%s), so the fault is hardly theirs; %s", b.straight.n, b.mainReason(), deliver.TakenBack)
}

// isNearlyAll says whether nearly everybody was refused, and they are not too few to tell.
func (t *tally) isNearlyAll(p deliver.BreakerPolicy) bool {
	return p.Few > 0 && p.Nearly > 0 && t.refused.n >= p.Few && t.refused.n*100 >= t.attempts.n*p.Nearly
}

// isAllOfFew says whether everybody was refused, and they are too few to tell, unless the
// list has no others.
func (t *tally) isAllOfFew(p deliver.BreakerPolicy) bool {
	return t.refused.n > 0 && t.refused.n < p.Few && t.refused.n == t.attempts.n
}

// isAudience says whether those who were refused are all whom a run is for.
func (t *tally) isAudience(b deliver.Balance) bool { return t.refused.n == b.Audience-b.Withdrawn }

func (b *breaker) sayNearlyAll() string {
	return fmt.Sprintf("the relay refuses nearly everybody (%d of %d; %s), so the fault is hardly theirs; %s", b.all.refused.n, b.all.attempts.n, b.mainReason(), deliver.TakenBack)
}

// mainReason is what the relay said to most of those who were refused.
func (b *breaker) mainReason() string {
	var best reason
	for r, n := range b.said {
		if n > b.said[best] || n == b.said[best] && r.String() < best.String() {
			best = r
		}
	}
	return "mostly " + best.String()
}

// judgeShares says which share of refusals is too high, if they are at enough domains:
// at hardDomains those of addresses, at domains the others.
func (t *tally) judgeShares(hard, sender, hardDomains, domains int) string {
	switch {
	case t.hard.n > hard && len(t.hard.at) >= hardDomains:
		return fmt.Sprintf("%d of %d addresses were refused, or came back; the list may be old, or the relay may be wrong; %s", t.hard.n, t.attempts.n, deliver.TakenBack)
	case t.sender.n > sender && len(t.sender.at) >= domains:
		return fmt.Sprintf("%d of %d messages were refused because of us (5.7.x and the like), at %d domains or more; look at SPF, DKIM, DMARC and the relay's reputation; %s", t.sender.n, t.attempts.n, len(t.sender.at), deliver.TakenBack)
	case t.message.n > sender && len(t.message.at) >= domains:
		return fmt.Sprintf("%d of %d messages were refused for what is in them; %s", t.message.n, t.attempts.n, deliver.TakenBack)
	}
	return ""
}
