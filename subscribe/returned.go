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

// Reached says whether the mail was to the address that an entry has, and has had since.
func (r Return) Reached(s *Subscriber) bool {
	return s != nil && s.State == Active && r.List.ID == s.List && r.ID == s.ID && r.Generation == s.Generation%Generations
}

// String never shows whose mail it was.
func (Return) String() string { return "[return path]" }

// GoString never shows whose mail it was.
func (Return) GoString() string { return "[return path]" }

// PartAddress parts an address where what it says goes in: behind the mailbox and the
// delimiter, before the domain and its @.
func PartAddress(address, delimiter string) (before, after string) {
	at := strings.LastIndexByte(address, '@')
	return address[:at] + delimiter, address[at:]
}

// ReturnLength and LeaveByMailLength are the lengths of the texts of a return path and of a
// leaving by mail, which stand behind the mailbox and its delimiter (RFC 5233): with them it
// must fit into a local part of 64 octets (RFC 5321 §4.5.3.1.1).
const (
	ReturnLength      = ((wrapOverhead+returnBytes)*8 + 4) / 5
	LeaveByMailLength = ((wrapOverhead+idBytes)*8 + 4) / 5
)

const (
	idBytes      = 16
	returnBytes  = 1 + 4 + idBytes // kind and generation, run or notice, entry
	wrapOverhead = 10              // of [Keys]

	labelReturn      = "return path v1"
	labelLeaveByMail = "leave by mail v1"

	copyBit = 0x80
)

// returnText survives relays and programs that change the case of a local part.
var returnText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ReturnText is the text behind the delimiter in an address to which a mail came: the letters and
// digits of base32 at the end of its local part, if they are as many as in a return path or
// in a leaving by mail. "": it has none. The delimiter is not asked for, so what is out is
// read after the configuration has another.
func ReturnText(address string) string {
	address = strings.Trim(strings.TrimSpace(address), "<>")
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = address[:at]
	}
	local := strings.Trim(address, `"`)
	begins := strings.LastIndexFunc(local, func(r rune) bool { return !inReturnText(r) }) + 1
	token := local[begins:]
	if begins == 0 || len(token) != ReturnLength && len(token) != LeaveByMailLength {
		return ""
	}
	return token
}

// inReturnText says whether a character may be one of such a text, in whatever case a relay writes it.
func inReturnText(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '2' <= r && r <= '7'
}

// AppendReturn appends the text of a return path to dst. It is the same at each attempt, says
// nothing to whoever reads it, and is good for nothing but coming back. It allocates nothing
// if dst has room for 80 octets more than its text and the list's id.
func (ts Tokens) AppendReturn(dst []byte, r Return) []byte {
	kind, number := r.Generation%Generations, r.Notice
	if r.Copy {
		kind, number = kind|copyBit, r.Run
	}
	from := len(dst)
	dst = binary.BigEndian.AppendUint32(append(dst, kind), number)
	return ts.appendWrapped(append(dst, r.ID[:]...), from, useMail, labelReturn, r.List)
}

// RedeemReturn is the other half of AppendReturn, whatever the case of its letters. The error
// is [ErrToken].
func (ts Tokens) RedeemReturn(text string) (Return, error) {
	l, b := ts.unwrap(text, ReturnLength, useMail, labelReturn)
	if l == nil {
		return Return{}, ErrToken
	}
	r := Return{List: l, ID: ID(b[5:]), Generation: b[0] % Generations}
	if number := binary.BigEndian.Uint32(b[1:]); b[0]&copyBit != 0 {
		r.Copy, r.Run = true, number
	} else {
		r.Notice = number
	}
	return r, nil
}

// AppendLeaveByMail appends what stands in the address to which a mail program writes that
// its reader leaves (RFC 2369 §3.2). It is good for nothing but leaving, and never expires.
// It allocates nothing where AppendReturn does not.
func (ts Tokens) AppendLeaveByMail(dst []byte, l *List, reader ID) []byte {
	return ts.appendWrapped(append(dst, reader[:]...), len(dst), useLeave, labelLeaveByMail, l)
}

// InspectLeaveByMail is the other half of AppendLeaveByMail: what the Desk is to be told. The
// error is [ErrToken].
func (ts Tokens) InspectLeaveByMail(text string) (Visit, error) {
	list, b := ts.unwrap(text, LeaveByMailLength, useLeave, labelLeaveByMail)
	if list == nil {
		return Visit{}, ErrToken
	}
	l := Link{Purpose: ToLeave, List: list, ID: ID(b), Lang: list.Language}
	return Visit{l.Purpose, l.List, l.Lang, false, l}, nil
}

// appendWrapped puts its text in the place of what dst has from there on, bound to the list.
func (ts Tokens) appendWrapped(dst []byte, from int, use, label string, l *List) []byte {
	// Whatever goes to Keys would be allocated, so it is made where dst ends.
	id := len(dst)
	dst = append(dst, l.ID...)
	at := len(dst)
	dst = ts.Keys.AppendWrap(dst, use, label, dst[from:id], dst[id:at])
	wrapped := len(dst)
	dst = returnText.AppendEncode(dst, dst[at:])
	return append(dst[:from], dst[wrapped:]...)
}

// unwrap returns the list for which a text was made, and what it says; nil if for none. There
// is no room for the list in it, so each is tried.
func (ts Tokens) unwrap(text string, length int, use, label string) (*List, []byte) {
	if len(text) != length {
		return nil, nil
	}
	text = strings.ToLower(text)
	wrapped, err := returnText.DecodeString(text)
	// The last character has bits to spare, of which one form alone is ours.
	if err != nil || returnText.EncodeToString(wrapped) != text {
		return nil, nil
	}
	for _, l := range ts.Lists {
		if b, err := ts.Keys.Unwrap(use, label, wrapped, []byte(l.ID)); err == nil {
			return l, b
		}
	}
	return nil, nil
}
