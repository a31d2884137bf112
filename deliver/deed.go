package deliver

import "time"

// Deed is one thing that an account did, for the audit trail. It holds nothing about a
// reader: no address, no field, no entry's number.
type Deed struct {
	At     time.Time
	By     string // the account, as the control socket names it; "kairan": the program itself, by its own clock
	What   string // the command's words, such as "issue schedule"
	List   string // id; "": none or all
	Issue  string // slug; "": none
	Reason string // as it was given; "": none
	Result string // counts and what came of it, in our words; "": it was done
}
