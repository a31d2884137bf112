package deliver

import (
	"cmp"
	"encoding/base32"
	"errors"
	"slices"
	"time"
)

// MessageID is what the left side of a copy's Message-ID says (RFC 5322 §3.6.4), in octets.
// It is made with the key of its issue, so that nobody knows it who has not seen the copy.
type MessageID [20]byte

var messageIDs = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ParseMessageID reads it as it stands in a mail, before the @. It is not ok for one that
// is no copy's.
func ParseMessageID(text []byte) (id MessageID, ok bool) {
	if len(text) != messageIDs.EncodedLen(len(id)) {
		return id, false
	}
	n, err := messageIDs.Decode(id[:], text)
	return id, err == nil && n == len(id)
}

// MarshalText implements [encoding.TextMarshaler].
func (id MessageID) MarshalText() ([]byte, error) { return messageIDs.AppendEncode(nil, id[:]), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *MessageID) UnmarshalText(text []byte) error {
	var ok bool
	if *id, ok = ParseMessageID(text); !ok {
		return errors.New("that is not the Message-ID of a copy")
	}
	return nil
}

// RelayWord is what a relay's log says of a message. Of two that are said of one copy the
// higher counts, whichever was said first: so a log may be read twice, and in any order.
type RelayWord uint8

// The words.
const (
	RelayMet       RelayWord = iota + 1 // its header was read; nothing says that it was taken, or given up
	RelayQueued                         // taken, and not gone yet
	RelayBounced                        // given up: refused further on, or too old
	RelayDelivered                      // handed on, to the mailbox or to whoever is next
)

// Heard is one word of a log about a message.
type Heard struct {
	ID     MessageID `json:"id"`
	Word   RelayWord `json:"word"`
	At     time.Time `json:"at"`     // when it was taken in, or its header was read
	Source int       `json:"source"` // which of the log's relays says it
	// Of one that was bounced: its status (RFC 3463), and what may be the text of its return
	// path, behind a delimiter.
	Status string `json:"status,omitempty"`
	Return string `json:"return,omitempty"`
}

// LogSource is what is known about how much a log holds of one relay: a host, and under
// which name its mail system writes there.
type LogSource struct {
	Host    int       `json:"host"` // a number for each host
	Written []Stretch `json:"written"`
	Lost    []Stretch `json:"lost,omitempty"` // in which lines are known to be missing
	// Nameless is when the last message came in of which the log has not the Message-ID;
	// zero: it has all.
	Nameless time.Time `json:"nameless,omitzero"`
}

// Stretch is a time in which a log was written, or lost.
type Stretch struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// LongestSilence is how long a relay may write nothing before that is taken for a piece of
// its log that is missing. Logs are turned over once a day, or less often.
const LongestSilence = 12 * time.Hour

// What the log must cover beside the time in which a copy was on its way.
const (
	LogBefore = 10 * time.Minute // before the run began: clocks differ
	// LogAfter is how long after it was known that a copy is uncertain: its octets may have
	// been on their way for a quarter of an hour, and a relay waits five minutes for more of
	// them (RFC 5321 §4.5.3.2.6) and some for its filters.
	LogAfter = time.Hour
)

// Joined are stretches in their order, of which those are one that lie no further apart
// than that.
func Joined(all []Stretch, apart time.Duration) (out []Stretch) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Stretch) int { return cmp.Or(a.First.Compare(b.First), a.Last.Compare(b.Last)) })
	for _, s := range all {
		if n := len(out); n > 0 && s.First.Sub(out[n-1].Last) <= apart {
			if s.Last.After(out[n-1].Last) {
				out[n-1].Last = s.Last
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// Doubt is why a log does not prove that a copy was not taken.
type Doubt uint8

// The doubts, the first that holds.
const (
	NoDoubt       Doubt = iota
	DoubtUnknown        // when the copy was on its way is not known, or the run's books do not say who was accepted
	DoubtClock          // it has copies of the run from before it began, or from after now: clock or zone are wrong
	DoubtNobody         // it has none of the copies that the relay took
	DoubtOthers         // it has not all of them: it is not whole, or not of each relay that had some
	DoubtRelays         // it is of fewer hosts than there are relays
	DoubtEarly          // it begins too late
	DoubtLate           // it ends too early
	DoubtLost           // lines are missing in it
	DoubtNameless       // it has mail of that time whose Message-ID it has not
	DoubtMet            // it has the copy's header, and not what became of it
)

// String is the doubt in words, of a log.
func (d Doubt) String() string {
	return [...]string{
		NoDoubt:       "",
		DoubtUnknown:  "it is not known when they were on their way, since the books are of an older version or were put back",
		DoubtClock:    "the log has copies from before the issue began, or from after now: the relay's clock or the zone of the log is another; give --zone",
		DoubtNobody:   "the log has none of the copies that the relay took: it is of another relay, or of another time",
		DoubtOthers:   "the log has not all of the copies that the relay took: it is not whole, or not of every relay; give all of it at once",
		DoubtRelays:   "the log is of fewer hosts than there are relays; give those of all relays at once",
		DoubtEarly:    "the log begins too late: it must begin ten minutes before the issue did; give older ones with it",
		DoubtLate:     "the log ends too early: it must go on for an hour after they became uncertain; read it again then (kairan check leaves a line in it)",
		DoubtLost:     "lines of the log are missing: it was silent for long, or the relay stopped without a word",
		DoubtNameless: "the log has mail of that time whose Message-ID is not in it",
		DoubtMet:      "the log has their headers, and does not say what became of them; read it again later",
	}[d]
}

// Covers says whether the log has all that this relay wrote between two instants.
func (s LogSource) Covers(from, to time.Time) Doubt {
	doubt := DoubtEarly
	for _, w := range Joined(s.Written, LongestSilence) {
		if w.First.After(from) {
			continue
		}
		if doubt = DoubtLate; !w.Last.Before(to) {
			doubt = NoDoubt
			break
		}
	}
	if doubt != NoDoubt {
		return doubt
	}
	for _, l := range s.Lost {
		if !l.Last.Before(from) && !l.First.After(to) {
			return DoubtLost
		}
	}
	if !s.Nameless.IsZero() && !s.Nameless.Before(from) {
		return DoubtNameless
	}
	return NoDoubt
}

// Said counts what the relay's log said last of a run's copies.
type Said struct {
	Delivered int       `json:"delivered"`
	Queued    int       `json:"queued"`
	Bounced   int       `json:"bounced"`
	Nothing   int       `json:"nothing"` // of accepted ones
	AsOf      time.Time `json:"as_of"`   // the last line of the logs
}

// Taken is how many of the copies a relay is known to have taken.
func (s Said) Taken() int { return s.Delivered + s.Queued + s.Bounced }

// Settled is what a log settled of a run's uncertain copies.
type Settled struct {
	Issue    IssueName
	Accepted int   // the relay had taken them
	Again    int   // it had not, and they go out
	GivenUp  int   // it had not, and the issue has expired, or was cancelled
	Left     int   // still uncertain
	Why      Doubt // why, of most
	Said     Said
}
