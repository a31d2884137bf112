package journal

import (
	"encoding/binary"
	"time"

	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Line is one thing that ended.
type Line struct {
	Kind  Kind
	At    time.Time
	Entry subscribe.ID
	List  [16]byte // hash of the list's id; zero: every list
	Mark  [16]byte // under which the mark or the block stands
}

// Kind is what a line says.
type Kind byte

// The kinds, as they are stored.
const (
	EntryLeft    Kind = iota + 1 // the entry ended
	EntryBlocked                 // the entry ended with a block
	EntryMoved                   // the entry is at another address now, or ended in favour of the one there
	BoxBlocked                   // the mailbox is never written to
	BoxUnblocked
	placeholder // keeps a number that must not be used again
	EntryFed    // an entry of a list's feed is in an issue; its prints are in the place of Entry and Mark
)

// LineOf is what a mark means for the journal; false: nothing. The list is "" for
// a block of a mailbox.
func LineOf(keys *seal.Keyring, listID string, mark [16]byte, m subscribe.Mark) (Line, bool) {
	l := Line{At: m.At, Entry: m.ID, Mark: mark}
	if listID == "" {
		l.Kind = BoxBlocked
		if m.Kind != subscribe.MarkBlocked {
			l.Kind = BoxUnblocked
		}
		return l, true
	}
	l.List = ListHash(keys, listID)
	switch m.Kind {
	case subscribe.MarkSuspended:
		return l, false
	case subscribe.MarkBlocked:
		l.Kind = EntryBlocked
	case subscribe.MarkMoved:
		l.Kind = EntryMoved
	default: // whatever else ends an entry must not come back with an older copy
		l.Kind = EntryLeft
	}
	return l, true
}

// MarkKind is the kind of the mark that a line speaks of.
func (l Line) MarkKind() subscribe.MarkKind {
	switch l.Kind {
	case EntryBlocked, BoxBlocked:
		return subscribe.MarkBlocked
	case EntryMoved:
		return subscribe.MarkMoved
	}
	return subscribe.MarkLeft
}

// ListHash stands for a list in lines.
func ListHash(keys *seal.Keyring, id string) [16]byte {
	return keys.Hash(seal.Mark, "journal list v1", id)
}

const (
	plainSize = 2 + 8 + 3*16
	lineSize  = 8 + seal.Overhead + plainSize
	label     = "journal v1"
)

// bound ties a line to its number and its journal.
func (j *Folder) bound(n uint64) []byte { return binary.BigEndian.AppendUint64(j.at.ID[:], n) }

// line is how a line is written.
func (j *Folder) line(n uint64, l Line) ([]byte, error) {
	plain := append(make([]byte, 0, plainSize), 1, byte(l.Kind))
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.At.UnixMilli()))
	plain = append(append(append(plain, l.Entry[:]...), l.List[:]...), l.Mark[:]...)
	sealed, err := j.keys.Seal(seal.Mark, label, plain, j.bound(n))
	return append(binary.BigEndian.AppendUint64(nil, n), sealed...), err
}

// open reads one line; false if it is damaged.
func (j *Folder) open(line []byte) (n uint64, l Line, ok bool) {
	n = binary.BigEndian.Uint64(line)
	plain, err := j.keys.Open(seal.Mark, label, line[8:lineSize], j.bound(n))
	if err != nil || len(plain) != plainSize || plain[0] != 1 {
		return n, l, false
	}
	return n, Line{
		Kind: Kind(plain[1]), At: time.UnixMilli(int64(binary.BigEndian.Uint64(plain[2:]))),
		Entry: subscribe.ID(plain[10:26]), List: [16]byte(plain[26:42]), Mark: [16]byte(plain[42:58]),
	}, true
}
