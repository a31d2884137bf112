package custody

import (
	"errors"
	"time"

	"example.jp/kairan/subscribe"
)

var errEntry = errors.New("not an entry that the list can take")

// Arrives says whether an entry gets mail, and so comes along to another installation.
func (e Entry) Arrives() bool { return e.State == Active }

// longestProof is how many octets each text of a proof has at most: a hash, and a day.
const longestProof = 64

// Arrival is an entry as it arrives on a list now. It is refused if it holds what the list
// does not declare, or no proof of consent; one that is still to be given proves nothing,
// and no leaving from before would end it in a copy that is put back.
func Arrival(l *subscribe.List, e Entry, now time.Time) (a subscribe.Arrival, err error) {
	c := e.Consent
	if !e.Arrives() || c == nil || c.Wording == "" && c.Evidence == "" || c.Confirmed.IsZero() || c.Confirmed.After(now) || c.Requested.After(now) || len(c.Wording) > longestProof || len(c.Policy) > longestProof || len(c.Evidence) > subscribe.MaxEvidence {
		return a, errEntry
	}
	if a.Address, err = subscribe.ParsePlainAddress(e.Address); err != nil {
		return a, errEntry
	}
	if a.Fields, err = l.Arriving(e.Fields); err != nil {
		return a, errEntry
	}
	a.Lang = subscribe.ParseLang(e.Language, l.Language)
	a.Consent = subscribe.Consent{
		Wording: c.Wording, Policy: c.Policy, Requested: c.Requested, Confirmed: c.Confirmed, Lang: subscribe.ParseLang(c.Language, a.Lang),
		Evidence: c.Evidence,
	}
	return a, nil
}
