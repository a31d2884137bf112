package subscribe

import "time"

// Provision is the record that what is held was given to somebody (Act on the Protection
// of Personal Information, Art. 29). It does not say about whom.
type Provision struct {
	At     time.Time
	By     string // the account, as the control socket names it
	To     string // to whom
	Reason string
	Case   string // the number of the office's file
	Office string // id
	List   string // id; "": what the office's lists hold about one person
}
