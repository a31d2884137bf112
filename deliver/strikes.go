package deliver

import (
	"slices"
	"time"
)

// SuspendPolicy says, as data, when an entry whose copies fail is suspended.
type SuspendPolicy struct {
	// Hard is how many refusals of the address suspend; 0: none ever do. They
	// count when each is of another issue than the one before and at least
	// HardApart later.
	Hard      int
	HardApart time.Duration
	// AtOnce are the enhanced codes of which one suspends, unless the domain is
	// a Japanese carrier's: those refuse existing readers now and then, when
	// too much comes at once.
	AtOnce []string
	// Soft is how many copies given up suspend; 0: none ever do. They count at
	// least SoftApart apart, and must be of SoftIssues different issues.
	Soft       int
	SoftApart  time.Duration
	SoftIssues int
}

// DefaultSuspendPolicy suspends after two refusals of two issues, a day or more
// apart, or after one that names the mailbox or its domain as unknown; and after
// five copies given up, of three issues, a day or more apart.
func DefaultSuspendPolicy() SuspendPolicy {
	const day = 24 * time.Hour
	return SuspendPolicy{
		Hard: 2, HardApart: day, AtOnce: []string{"5.1.1", "5.1.2"},
		Soft: 5, SoftApart: day, SoftIssues: 3,
	}
}

// Strikes is what is remembered of one entry's failed copies since the last one
// that the relay accepted.
type Strikes struct {
	Hard       int // refusals that count
	HardIssue  string
	HardAt     time.Time // of the last of them
	Soft       int       // soft points
	SoftIssues []string  // the different issues they are of, as many as matter
	SoftAt     time.Time // of the last of them
	Back       bool      // some are of copies that came back after the relay had taken them
	TakenAt    time.Time // with Back: when it took the first copy since the last of them
}

// Struck says whether an outcome is held against the address. Nothing is that is
// our own or the sender's fault, is about the message, or is uncertain.
// A deferral is only when the copy is given up, and not for each day it
// waits: who gets the copy in the end has not failed, and greylisting would cost
// a record with every issue. One that broke the connection, or was no reply at
// all, is about the relay. A resend that is given up may have arrived before.
func (s Settlement) Struck() bool {
	r := s.Result
	switch {
	case r.Outcome == Refused:
		return r.Blame == BlameAddress
	case r.Outcome != Deferred || !s.Next.IsZero() || s.Reader.Resend || r.Broken || r.Code == 0:
		return false
	}
	return r.Blame == BlameNobody || r.Blame == BlameAddress
}

// After decides what the final outcome of a copy of that issue means for its
// reader's entry: what is remembered next, and whether the entry is suspended.
// Any acceptance makes everything forgotten.
func (s Strikes) After(x Settlement, issue string, at time.Time, p SuspendPolicy) (next Strikes, suspend bool) {
	switch {
	case x.Result.Outcome == Accepted:
		return Strikes{}, false
	case !x.Struck():
		return s, false
	case x.Result.Outcome == Refused:
		if slices.Contains(p.AtOnce, x.Result.Enhanced) && !x.Reader.Address.Carrier() {
			return Strikes{}, true
		}
		if s.Hard > 0 && (s.HardIssue == issue || at.Sub(s.HardAt) < p.HardApart) {
			return s, false
		}
		s.Hard, s.HardIssue, s.HardAt = s.Hard+1, issue, at
		return s, p.Hard > 0 && s.Hard >= p.Hard
	}
	if s.Soft > 0 && at.Sub(s.SoftAt) < p.SoftApart {
		return s, false
	}
	s.Soft, s.SoftAt = s.Soft+1, at
	if len(s.SoftIssues) < p.SoftIssues && !slices.Contains(s.SoftIssues, issue) {
		s.SoftIssues = append(slices.Clone(s.SoftIssues), issue)
	}
	return s, p.Soft > 0 && s.Soft >= p.Soft && len(s.SoftIssues) >= p.SoftIssues
}
