package subscribe

import "time"

// MarkKind is what a mark remembers.
type MarkKind uint8

// What happened to an address on a list.
const (
	MarkLeft  MarkKind = iota + 1
	MarkMoved          // to another address, or given up for a newer entry
	MarkSuspended
	MarkBlocked

	MarkLifted = MarkLeft // of a mailbox: its block was lifted
)

// Mark remembers, under a keyed hash of list and address, that an entry ended,
// so that no old link, import or restored copy brings anybody back. It holds no
// address, and lives as long as such a link or copy may ([Retention.Marks]).
type Mark struct {
	Kind MarkKind
	At   time.Time
	ID   ID
}

// Admits says whether a link issued at that moment may still act: only what was
// asked for later than the mark supersedes it, and nothing supersedes a block
// but the operator.
func (m Mark) Admits(issued time.Time) bool {
	return m.Kind != MarkBlocked && issued.UnixMilli() > m.At.UnixMilli()
}

// Marks is the memory of who left. The list "" is the whole installation, where
// blocks are kept, and when they were lifted: its marks are of the mailbox, one
// for all of its spellings. [MarksOf] reads both.
type Marks interface {
	// Mark is nil when there is none. One that cannot be believed, since it is not as it
	// was set, is a block of which no instant is known: nobody is written to and nobody is
	// taken, until the operator lifts it.
	Mark(list string, a Address) (*Mark, error)
	SetMark(list string, a Address, m Mark)
}

// MarksOf returns the block and the mark of an address on a list, nil where
// there is none: what the marks of its mailbox and its own say together.
func MarksOf(tx Marks, list string, a Address) (block, mark *Mark, err error) {
	mailbox, err := tx.Mark("", a)
	if err != nil {
		return nil, nil, err
	}
	own, err := tx.Mark(list, a)
	if err != nil {
		return nil, nil, err
	}
	block, mark = combineMarks(mailbox, own)
	return block, mark, nil
}

// combineMarks makes a block and a mark of the two. A list's own mark of kind blocked
// counts as the block, until the mailbox's block has been lifted; no link from before
// the lifting acts, under whatever spelling it was asked for.
func combineMarks(mailbox, own *Mark) (block, mark *Mark) {
	switch {
	case mailbox != nil && mailbox.Kind == MarkBlocked:
		return mailbox, own
	case own != nil && own.Kind == MarkBlocked && (mailbox == nil || own.At.After(mailbox.At)):
		return own, own
	case mailbox == nil:
		return nil, own
	}
	lifted := Mark{Kind: MarkLifted, At: mailbox.At}
	if own != nil {
		lifted.ID, lifted.At = own.ID, latestOf(own.At, mailbox.At)
		if own.Kind != MarkBlocked {
			lifted.Kind = own.Kind
		}
	}
	return nil, &lifted
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
