package subscribe

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

// Token is the secret part of a link. It prints as "[token]" and goes into no log;
// [Purpose.Path] makes the link of it.
type Token struct{ s string }

// TokenFrom wraps what came in a request path. Nothing is checked yet.
func TokenFrom(s string) Token { return Token{strings.Clone(s)} }

// Reveal returns the text of the token.
func (t Token) Reveal() string { return t.s }

// String never shows the token.
func (Token) String() string { return "[token]" }

// GoString never shows the token.
func (Token) GoString() string { return "[token]" }

// How long links act; the texts in templates name these. A leave link never expires.
// ConfirmFor is also how long a notice without a link is tried, and how long a request
// may wait to be decided.
const (
	ConfirmFor = 7 * 24 * time.Hour
	CorrectFor = time.Hour
	BlockFor   = 30 * 24 * time.Hour
)

// Token errors, for callers that branch.
var (
	ErrToken = errors.New("the link is not one of ours, or not for this purpose")
	ErrLate  = errors.New("the link has expired")
)

// Keys seals and signs; store/seal implements it. use names independent keys
// ("mail", "leave"), label separates purposes under one key, extra is bound to
// the result without being in it. A signature carries the id of its key; AppendSign
// appends it to dst, in which msg may lie, and allocates nothing if dst has room.
type Keys interface {
	Seal(use, label string, plain, extra []byte) ([]byte, error)
	Open(use, label string, sealed, extra []byte) ([]byte, error)
	AppendSign(dst []byte, use, label string, msg []byte) []byte
	Verify(use, label string, msg, sig []byte) bool
	// AppendWrap encrypts a short text, to the same octets each time and 10 of them more, under
	// which Unwrap knows a changed one; it allocates as AppendSign does.
	AppendWrap(dst []byte, use, label string, plain, extra []byte) []byte
	Unwrap(use, label string, wrapped, extra []byte) ([]byte, error)
}

// Tokens mints and redeems every link of Kairan. Changing the form of a token
// means changing both halves here. Now defaults to time.Now.
type Tokens struct {
	Keys  Keys
	Lists Lists
	Now   func() time.Time
}

// Purpose is what a link is good for. It is the first byte of every token; it also
// names the label, so that a token of one purpose fails for every other.
type Purpose byte

// The purposes.
const (
	ToConfirm Purpose = 0x11 // that this address asked to join; high nibble: version 1
	ToMove    Purpose = 0x12 // an entry to this new address
	ToCorrect Purpose = 0x13
	ToLeave   Purpose = 0x14
	ToBlock   Purpose = 0x15
)

// purposeRow is all that differs between the purposes of sealed links.
type purposeRow struct {
	page    string        // of the public site, below which it is redeemed
	life    time.Duration // 0: it never expires
	entry   bool          // it names an entry in one revision
	address bool
}

var purposes = map[Purpose]purposeRow{
	ToConfirm: {page: "confirm", life: ConfirmFor, address: true},
	ToMove:    {page: "confirm", life: ConfirmFor, entry: true, address: true},
	ToCorrect: {page: "correct", life: CorrectFor, entry: true},
	ToLeave:   {page: "leave"},
	ToBlock:   {page: "block", life: BlockFor, address: true},
}

// Path is that of the page on which a token of that purpose is redeemed.
func (p Purpose) Path(tok Token) string { return "/" + purposes[p].page + "/" + tok.s }

func (p Purpose) label() string { return "token " + string(rune('@'+p&0x0f)) + " v1" }

// labelLeave is ToLeave.label(), without making it anew for each reader.
const labelLeave = "token D v1"

const (
	useMail  = "mail"
	useLeave = "leave"
)

// Link is what a token says.
type Link struct {
	Purpose  Purpose
	List     *List     // with ToBlock: where the unwanted mail came from
	ID       ID        // with ToMove, ToCorrect and ToLeave
	Revision uint32    // with ToMove and ToCorrect
	Address  Address   // with ToConfirm, ToMove (the new one) and ToBlock
	Lang     Lang      // with ToLeave: the list's
	Issued   time.Time // in milliseconds; zero with ToLeave
}

// Mint mints the token of a link.
func (ts Tokens) Mint(l Link) (Token, error) {
	if l.Purpose == ToLeave {
		return ts.MintLeave(l.List, l.ID), nil
	}
	tag := ListTag(l.List.ID)
	plain := append(tag[:], 0)
	if l.Lang == English {
		plain[4] = 1
	}
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.Issued.UnixMilli()))
	if purposes[l.Purpose].entry {
		plain = binary.BigEndian.AppendUint32(append(plain, l.ID[:]...), l.Revision)
	}
	if purposes[l.Purpose].address {
		plain = append(plain, l.Address.Clear()...)
	}
	sealed, err := ts.Keys.Seal(useMail, l.Purpose.label(), plain, []byte{byte(l.Purpose)})
	if err != nil {
		return Token{}, err
	}
	return Token{base64.RawURLEncoding.EncodeToString(append([]byte{byte(l.Purpose)}, sealed...))}, nil
}

// Redeem is the other half of Mint, for a token of one of the purposes. The error
// is [ErrToken] or, with the link as well, [ErrLate]: a fresh mail may be sent to
// the address in it.
func (ts Tokens) Redeem(tok Token, of ...Purpose) (Link, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(tok.s)
	if err != nil || len(b) < 2 || !slices.Contains(of, Purpose(b[0])) {
		return Link{}, ErrToken
	}
	if Purpose(b[0]) == ToLeave {
		return ts.redeemLeave(b)
	}
	l, ok := ts.open(b)
	if !ok {
		return Link{}, ErrToken
	}
	// One from the future, minted before a clock was set back, is accepted for a day.
	if age := instant(ts.Now).Sub(l.Issued); age > purposes[l.Purpose].life || age < -24*time.Hour {
		return l, ErrLate
	}
	return l, nil
}

// open reads a sealed token: the list's tag, the language, the time of issue in
// milliseconds, and what its purpose adds.
func (ts Tokens) open(token []byte) (l Link, ok bool) {
	l.Purpose = Purpose(token[0])
	b, err := ts.Keys.Open(useMail, l.Purpose.label(), token[1:], token[:1])
	if err != nil || len(b) < 13 {
		return l, false
	}
	if l.List, ok = ts.Lists.ByTag([4]byte(b[:4])); !ok {
		return l, false
	}
	l.Lang = Japanese
	if b[4] == 1 {
		l.Lang = English
	}
	l.Issued, b = time.UnixMilli(int64(binary.BigEndian.Uint64(b[5:13]))), b[13:]
	if purposes[l.Purpose].entry {
		if len(b) < 20 {
			return l, false
		}
		l.ID, l.Revision, b = ID(b[:16]), binary.BigEndian.Uint32(b[16:20]), b[20:]
	}
	if purposes[l.Purpose].address {
		l.Address, err = StoredAddress(string(b))
	}
	return l, err == nil
}

// MintLeave mints the leave token of one reader: the same bytes every time, so
// that a message sent once more is the same message. It is signed, not sealed:
// the ID in it says nothing about a person, and it is good for nothing but leaving.
func (ts Tokens) MintLeave(l *List, reader ID) Token {
	return Token{string(ts.AppendLeave(nil, l, reader))}
}

// AppendLeave is MintLeave for whoever makes many copies: it appends the text of
// the token to dst, and allocates nothing if dst has room. The room is that of
// the token's bytes, its text and the list's id: 128 octets and the id are enough.
func (ts Tokens) AppendLeave(dst []byte, l *List, reader ID) []byte {
	// Whatever goes to Keys would be allocated, so it is made where dst ends.
	from := len(dst)
	tag := ListTag(l.ID)
	dst = append(append(append(dst, byte(ToLeave)), tag[:]...), reader[:]...)
	id := len(dst)
	dst = append(dst, l.ID...)
	sig := len(dst)
	dst = ts.Keys.AppendSign(dst, useLeave, labelLeave, dst[from:])
	dst = slices.Delete(dst, id, sig)
	text := len(dst)
	dst = base64.RawURLEncoding.AppendEncode(dst, dst[from:])
	return slices.Delete(dst, from, text)
}

const leaveLength = 1 + 4 + 16

// redeemLeave is the other half of AppendLeave.
func (ts Tokens) redeemLeave(b []byte) (Link, error) {
	if len(b) < leaveLength {
		return Link{}, ErrToken
	}
	msg, sig := b[:leaveLength], b[leaveLength:]
	list, ok := ts.Lists.ByTag([4]byte(msg[1:5]))
	if !ok || !ts.Keys.Verify(useLeave, labelLeave, leaveMessage(list, msg), sig) {
		return Link{}, ErrToken
	}
	return Link{Purpose: ToLeave, List: list, ID: ID(msg[5:]), Lang: list.Language}, nil
}

// leaveMessage binds the whole list id, of which the message carries four bytes.
func leaveMessage(l *List, msg []byte) []byte {
	return append(append(make([]byte, 0, len(msg)+len(l.ID)), msg...), l.ID...)
}

// Visit is a link of ours that somebody has followed: what a page may know of it,
// and for the Desk all that it says. It prints as "[visit]".
type Visit struct {
	Purpose Purpose
	List    *List
	Lang    Lang
	Late    bool // the link has expired
	link    Link
}

// Inspect redeems a token for a page of those purposes. It never looks into the
// store, so it cannot tell whether anybody is known. The error is [ErrToken].
func (ts Tokens) Inspect(tok Token, of ...Purpose) (Visit, error) {
	l, err := ts.Redeem(tok, of...)
	if late := errors.Is(err, ErrLate); late || err == nil {
		return Visit{l.Purpose, l.List, l.Lang, late, l}, nil
	}
	return Visit{}, err
}

// String never shows the link.
func (Visit) String() string { return "[visit]" }

// GoString never shows the link.
func (Visit) GoString() string { return "[visit]" }

// redeemed is what a link says that may act, being for one of these purposes.
func (v Visit) redeemed(of ...Purpose) (Link, error) {
	switch {
	case !slices.Contains(of, v.link.Purpose):
		return Link{}, ErrToken
	case v.Late:
		return v.link, ErrLate
	}
	return v.link, nil
}

// instant is what a clock says; nil is time.Now.
func instant(clock func() time.Time) time.Time {
	if clock == nil {
		return time.Now()
	}
	return clock()
}
