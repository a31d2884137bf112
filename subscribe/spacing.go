package subscribe

import (
	_ "embed"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// How mails that anybody can cause are spaced out. What comes too soon is sent
// later, once, and not dropped: whoever asks gets a mail within a day, whatever
// others have asked before, unless its receiving domain is flooded for more than a
// day ahead.
const (
	day         = 24 * time.Hour
	remembered  = 7 * day          // mails about one list, from the third on; the first two for a day
	allAtOnce   = 5                // mails of a day about all lists that need not wait
	allApart    = 20 * time.Minute // between the further ones of that day
	latest      = day              // no mail waits longer
	pacedAtOnce = 10               // mails that any receiving domain gets without a pause, at the least
)

// gaps are the waits between mails about one list to one address: the second
// within minutes, for readers who have just told their carrier to let us in, and
// then fewer. A correction link lives for an hour, so its mails come oftener.
func gaps(kind RequestKind) []time.Duration {
	if kind == RequestCorrect {
		return []time.Duration{10 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	}
	return []time.Duration{10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 22 * time.Hour}
}

func addressTally(kind RequestKind, a Address) TallyKey {
	return TallyKey{Scope: scopeOf(kind, "address"), Of: a.Mailbox()}
}

func listTally(kind RequestKind, list string, a Address) TallyKey {
	return TallyKey{Scope: scopeOf(kind, "address on "+list), Of: a.Mailbox()}
}

// mailBit names what waits for a mailbox: one bit for a kind of notice and a class of
// spellings, which are the plain one, those with dots that Gmail ignores, and those
// with a +tag. All are counted together, and one of each class may wait: else
// whoever goes on asking under ever new tags would always be first.
func mailBit(of NoticeKind, a Address) (bit uint32) {
	class := 2
	switch {
	case a.Identity() == a.Mailbox():
		class = 0
	case !strings.Contains(a.local, "+"):
		class = 1
	}
	return 1 << (class + spellings*int(of))
}

const spellings = 3

// sameSpelling returns the bits of all kinds of notices to the class of spellings of
// bit.
func sameSpelling(bit uint32) (all uint32) {
	for bit >= 1<<spellings {
		bit >>= spellings
	}
	for kind := range noticeCount {
		all |= bit << (spellings * kind)
	}
	return all
}

// scheduleMail says when a mail may go out that is asked for at now, and counts it. It is
// not ok if there is nothing to send: the same one waits already.
func scheduleMail(kind RequestKind, of NoticeKind, to Address, ofList, ofAddress *Tally, now time.Time) (due time.Time, ok bool) {
	bit, last := mailBit(of, to), ofList.last()
	switch waits := last.After(now); {
	case waits && ofList.Waits&bit != 0 && of != NoticeMove:
		return last, false
	case waits && ofList.Waits&sameSpelling(bit) != 0: // the one that waits will not be owed any more
		ofList.Waits |= bit
		return last, true
	case waits:
		due = last.Add(gaps(kind)[0])
		ofList.Waits |= bit
	default:
		due, ofList.Waits = now, bit
		if n := ofList.countWithin(remembered, now); n > 0 {
			wait := gaps(kind)
			due = latestOf(due, last.Add(wait[min(n, len(wait))-1]))
		}
	}
	if ofAddress.countWithin(day, now) >= allAtOnce {
		due = latestOf(due, ofAddress.last().Add(allApart))
	}
	if due.Sub(now) > latest { // others have filled the day with mails about other lists
		due = now.Add(latest)
	}
	keep := day
	if len(ofList.Times) > 1 {
		keep = remembered
	}
	ofList.add(due, keep)
	ofAddress.add(due, day)
	return due, true
}

// providers are the big providers' domains, each between line ends.
//
//go:embed providers.txt
var providers string

// Provider is the domain of the big provider at which a mailbox is; "" at any other.
func (a Address) Provider() string {
	if domain := receivingDomain(a); isProvider(domain) {
		return domain
	}
	return ""
}

func isProvider(domain string) bool { return strings.Contains(providers, "\n"+domain+"\n") }

// receivingDomain is the domain that a ceiling of mails counts: the one that somebody
// registered, so that names under it do not count anew.
func receivingDomain(a Address) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(a.Domain())
	if err != nil {
		return a.Domain()
	}
	return domain
}

// pacing is how fast mails that strangers can cause go to one receiving domain,
// so that nobody can bury the mailboxes of one office under them.
type pacing struct {
	key    TallyKey
	every  time.Duration // between two mails, once a few have gone at once
	atOnce int
}

// pacing of a mail; ok is false for a big provider, whose share is the whole of
// the installation's. Requests from new networks have a queue of their own, which
// the others cannot fill.
func (l Limits) pacing(kind RequestKind, a Address, fresh bool) (p pacing, ok bool) {
	domain := receivingDomain(a)
	if l.PerHour == 0 || isProvider(domain) {
		return p, false
	}
	// An office of which everybody signs up within an hour waits for minutes.
	scope, perHour := "domain", max(l.PerHour/24, pacedAtOnce)
	if fresh {
		scope, perHour = "domain, new networks", max(l.PerHour/12, pacedAtOnce)
	}
	return pacing{TallyKey{Scope: scopeOf(kind, scope), Of: domain}, time.Hour / time.Duration(perHour), max(perHour/10, pacedAtOnce)}, true
}

// next says when a mail may go to the domain that is asked for at now, and counts
// it. The tally holds when the one after it would have its turn.
func (p pacing) next(t *Tally, now time.Time) time.Time {
	turn := latestOf(t.last(), now)
	t.Times, t.Until = []time.Time{turn.Add(p.every)}, turn.Add(p.every)
	return latestOf(now, turn.Add(-time.Duration(p.atOnce-1)*p.every))
}

// space says when a notice that somebody asked for goes out. The function returned
// counts it; nil if none is to go. queued says that it waits for more than an hour
// because of its receiving domain.
func (l Limits) space(tx Tx, kind RequestKind, fresh bool, n *Notice) (count func(), queued bool, err error) {
	ofList, err := tx.Tally(listTally(kind, n.List, n.To))
	if err != nil {
		return nil, false, err
	}
	ofAddress, err := tx.Tally(addressTally(kind, n.To))
	if err != nil {
		return nil, false, err
	}
	var ofDomain Tally
	pace, paced := l.pacing(kind, n.To, fresh)
	if paced {
		if ofDomain, err = tx.Tally(pace.key); err != nil {
			return nil, false, err
		}
	}
	now := tx.Now()
	due, ok := scheduleMail(kind, n.Kind, n.To, &ofList, &ofAddress, now)
	if ok && paced {
		next := pace.next(&ofDomain, now)
		due, queued = latestOf(due, next), next.Sub(now) > time.Hour
	}
	if !ok || due.Sub(now) > latest { // one like it waits already, or its receiving domain is flooded for more than a day ahead
		return nil, queued, nil
	}
	n.postpone(due, now)
	return func() {
		tx.SetTally(listTally(kind, n.List, n.To), ofList)
		tx.SetTally(addressTally(kind, n.To), ofAddress)
		if paced {
			tx.SetTally(pace.key, ofDomain)
		}
	}, queued, nil
}

// forgetMails forgets what was counted for an address. A link that was used shows that
// its mail was wanted, and its reader must not wait for the next one.
func forgetMails(tx Tallies, list string, a Address) {
	for kind := RequestJoin; kind < requestKinds; kind++ {
		tx.SetTally(listTally(kind, list, a), Tally{})
		tx.SetTally(addressTally(kind, a), Tally{})
	}
}
