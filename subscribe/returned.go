package subscribe

import (
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Return is what the return path of a mail of ours says (RFC 5321 §4.4): of which mail it
// is. It is all that is believed of what comes back. It prints as "[return path]".
type Return struct {
	List       *List
	Copy       bool   // of an issue; else of a notice
	Run        uint32 // with Copy: the number of its run
	Notice     uint32 // without: the low octets of its number in the outbox
	ID         ID     // of the entry; zero where there is none yet
	Generation uint8  // of the entry's address, modulo [Generations]
}

// Generations is how many generations of an entry's address a return path tells apart.
const Generations = 64

// String never shows whose mail it was.
func (Return) String() string { return "[return path]" }

// GoString never shows whose mail it was.
func (Return) GoString() string { return "[return path]" }

// ReturnLength is the length of the text of a return path and of a leaving by mail, which
// stands behind the mailbox and its delimiter (RFC 5233): with them it must fit into a
// local part of 64 octets (RFC 5321 §4.5.3.1.1).
const ReturnLength = (wrappedLength*8 + 4) / 5

const (
	returnBytes   = 1 + 4 + 4 + 16 // kind and generation, list, run or notice, entry
	wrappedLength = 8 + returnBytes

	labelReturn      = "return path v1"
	labelLeaveByMail = "leave by mail v1"

	copyBit = 0x80
)

// returnText survives relays and programs that change the case of a local part.
var returnText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// AppendReturn appends the text of a return path to dst. It is the same at each attempt, says
// nothing to whoever reads it, and is good for nothing but coming back. It allocates nothing
// if dst has room for twice [ReturnLength].
func (ts Tokens) AppendReturn(dst []byte, r Return) []byte {
	kind, number := r.Generation%Generations, r.Notice
	if r.Copy {
		kind, number = kind|copyBit, r.Run
	}
	return ts.appendWrapped(dst, useMail, labelReturn, kind, r.List, number, r.ID)
}

// RedeemReturn is the other half of AppendReturn, whatever the case of its letters. The error
// is [ErrToken].
func (ts Tokens) RedeemReturn(text string) (Return, error) {
	kind, list, number, id, err := ts.unwrap(text, useMail, labelReturn)
	if err != nil {
		return Return{}, err
	}
	r := Return{List: list, ID: id, Generation: kind % Generations}
	if kind&copyBit != 0 {
		r.Copy, r.Run = true, number
	} else {
		r.Notice = number
	}
	return r, nil
}

// AppendLeaveByMail appends what stands in the address to which a mail program writes that
// its reader leaves (RFC 2369 §3.2). It is good for nothing but leaving, and never expires.
// It allocates nothing if dst has room for twice [ReturnLength].
func (ts Tokens) AppendLeaveByMail(dst []byte, l *List, reader ID) []byte {
	return ts.appendWrapped(dst, useLeave, labelLeaveByMail, 0, l, 0, reader)
}

// InspectLeaveByMail is the other half of AppendLeaveByMail: what the Desk is to be told. The
// error is [ErrToken].
func (ts Tokens) InspectLeaveByMail(text string) (Visit, error) {
	_, list, _, id, err := ts.unwrap(text, useLeave, labelLeaveByMail)
	if err != nil {
		return Visit{}, err
	}
	l := Link{Purpose: ToLeave, List: list, ID: id, Lang: list.Language}
	return Visit{l.Purpose, l.List, l.Lang, false, l}, nil
}

func (ts Tokens) appendWrapped(dst []byte, use, label string, kind byte, l *List, number uint32, id ID) []byte {
	// Whatever goes to Keys would be allocated, so it is made where dst ends.
	from := len(dst)
	tag := ListTag(l.ID)
	dst = append(append(dst, kind), tag[:]...)
	dst = append(binary.BigEndian.AppendUint32(dst, number), id[:]...)
	plain := len(dst)
	dst = ts.Keys.AppendWrap(dst, use, label, dst[from:])
	wrapped := len(dst)
	dst = returnText.AppendEncode(dst, dst[plain:])
	return append(dst[:from], dst[wrapped:]...)
}

func (ts Tokens) unwrap(text, use, label string) (kind byte, l *List, number uint32, id ID, err error) {
	wrapped, err := returnText.DecodeString(strings.ToLower(text))
	if err != nil || len(wrapped) != wrappedLength {
		return 0, nil, 0, id, ErrToken
	}
	b, err := ts.Keys.Unwrap(use, label, wrapped)
	if err != nil {
		return 0, nil, 0, id, ErrToken
	}
	l, ok := ts.Lists.ByTag([4]byte(b[1:5]))
	if !ok {
		return 0, nil, 0, id, ErrToken
	}
	return b[0], l, binary.BigEndian.Uint32(b[5:9]), ID(b[9:]), nil
}
