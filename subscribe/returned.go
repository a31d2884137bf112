package subscribe

// Return is what the return path of a mail of ours says (RFC 5321 §4.1.1.2): of which mail
// it is. It is all that is believed of what comes back. It prints as "[return path]".
type Return struct {
	List       *List
	Copy       bool   // of an issue; else of a notice
	Run        uint32 // with Copy: the number of its run
	Notice     uint64 // without: its number in the outbox
	ID         ID     // of the entry; zero where there is none yet
	Generation uint16 // of the entry's address, see [Subscriber]
}

// String never shows whose mail it was.
func (Return) String() string { return "[return path]" }

// GoString never shows whose mail it was.
func (Return) GoString() string { return "[return path]" }
