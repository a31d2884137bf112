package deliver

import "example.jp/kairan/subscribe"

// BounceKind is what a mail that came back means for whoever it was for.
type BounceKind uint8

// The kinds.
const (
	BouncedHard  BounceKind = iota + 1 // the address does not exist, or takes no mail
	BouncedSoft                        // not now: full, unreachable, given up after waiting
	BouncedOurs                        // the sender's fault, or the message's: policy, size, content
	Complained                         // the reader, or whoever reads their mail, called it abuse
	AskedToLeave                       // a mail to the address of List-Unsubscribe
)

// Bounce is a mail that came back, as far as it is believed.
type Bounce struct {
	Of       subscribe.Return
	Kind     BounceKind
	Enhanced string // RFC 3463, such as "5.1.1"; "" if it had none
}
