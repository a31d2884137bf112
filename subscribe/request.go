package subscribe

import "time"

// RequestKind is what was asked.
type RequestKind uint8

// What can be asked without a link.
const (
	RequestJoin RequestKind = iota + 1
	RequestCorrect

	requestKinds = iota + 1 // with 0, which is none
)

// Request is one request, put down sealed until the intake has looked at it.
type Request struct {
	N       uint64 // its number in the intake; the store gives it
	Kind    RequestKind
	List    string
	Address Address
	Lang    Lang
	At      time.Time
	Fresh   bool // its network had hardly asked within the hour
}
