package deliver

import (
	"slices"
	"strings"
)

// Limit is what a reply of a relay says about how much it takes, by its codes and not
// by its words.
type Limit uint8

// The limits.
const (
	LimitNone        Limit = iota // nothing
	LimitSession                  // this connection has had enough; the account, if it has only begun
	LimitDoubt                    // that, or one mailbox that is full: such as a bare 452 behind MAIL
	LimitClosing                  // 421: the relay ends the connection, for whatever reason
	LimitRate                     // more than it takes at a time
	LimitGreylisting              // 4.7.1, or 450 and 451 that say no more, behind MAIL: no limit by itself, but greylisting of one sender and one recipient
)

// limitOf reads a reply: 452 and X.5.3 (RFC 5321 §4.5.3.1.10, RFC 3463 §3.6), 421
// (RFC 5321 §3.8), 454 and 432 as large providers use them when they are given too
// much, X.4.5 (congestion, RFC 3463 §3.5), 4.3.2 and 4.7.0.
func limitOf(stage Stage, code int, enhanced string) Limit {
	switch {
	case stage < StageMail || code/100 != 4 && code/100 != 5:
		return LimitNone
	case code == 421:
		return LimitClosing
	case enhanced == "":
		return limitOfCode(stage, code)
	case enhanced == "4.5.3", enhanced == "5.5.3":
		return LimitSession
	case code == 454, code == 432, enhanced == "4.3.2", enhanced == "4.4.5", rateCode(enhanced):
		return LimitRate
	case enhanced == "4.7.1":
		if stage == StageMail { // there is no pair yet
			return LimitRate
		}
		return LimitGreylisting
	case stage == StageMail && (code == 452 || code == 552 && enhanced != "5.3.4"), enhanced == "4.3.1":
		return LimitSession
	case code == 452 && !strings.HasPrefix(enhanced, "4.2."), enhanced == "5.4.5":
		return LimitDoubt
	}
	return LimitNone
}

// limitOfCode reads a reply that has nothing but its code. What else it says is in
// words, as "slow down".
func limitOfCode(stage Stage, code int) Limit {
	switch {
	case code == 454, code == 432:
		return LimitRate
	case stage == StageMail && (code == 452 || code == 552):
		return LimitSession
	case code == 452, code == 552 && stage == StageRcpt:
		return LimitDoubt
	case stage > StageMail && (code == 450 || code == 451):
		return LimitGreylisting
	}
	return LimitNone
}

// rateCode says whether a 4.7.x is about how much we send: 4.7.0, which says
// nothing more, a flood (4.7.28), and the providers' own codes of three digits.
func rateCode(enhanced string) bool {
	detail, ok := strings.CutPrefix(enhanced, "4.7.")
	return ok && (detail == "0" || detail == "28" || len(detail) == 3)
}

// ourAddress says whether a reply to RCPT, behind MAIL that was taken, is about the
// sender all the same: many relays put off what they think of it until then (RFC
// 3463 §3.2, X.1.7 and X.1.8).
func ourAddress(enhanced string) bool {
	return slices.Contains([]string{"4.1.7", "4.1.8", "5.1.7", "5.1.8"}, enhanced)
}

// aboutSender says whether a reply to MAIL speaks of the sender that was named,
// and not of us: the next list's may be taken. Where a reply may mean
// either it is taken for the sender, since a relay that means us refuses them all.
func aboutSender(code int, enhanced string) bool {
	switch code {
	case 530, 534, 535, 538: // the login
		return false
	case 450, 501, 550, 551, 553, 554:
		if enhanced == "" {
			return true
		}
	}
	if len(enhanced) < len("5.1.8") {
		return false
	}
	switch class := enhanced[1:4]; {
	case enhanced == "5.7.8", enhanced == "5.7.9", enhanced == "5.7.11", enhanced == "5.7.13", enhanced == "5.7.14": // RFC 4954 §6, RFC 5248
		return false
	case class == ".1.", class == ".4.": // as of its domain's servers
		return true
	case class == ".7.", class == ".0.":
		return enhanced[0] == '5'
	}
	return false
}
