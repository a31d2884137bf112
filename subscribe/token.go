package subscribe

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

// Token is the secret part of a link. It prints as "[token]" (RULES H-03);
// [Token.Reveal] is for composing the link itself.
type Token struct{ s string }

// TokenFrom wraps what came in a request path. Nothing is checked yet.
func TokenFrom(s string) Token { return Token{strings.Clone(s)} }

// Reveal returns the text of the token.
func (t Token) Reveal() string { return t.s }

// String never shows the token.
func (Token) String() string { return "[token]" }

// GoString never shows the token.
func (Token) GoString() string { return "[token]" }

// How long links act (RULES H-02). A leave link never expires.
const (
	ConfirmFor = 7 * 24 * time.Hour
	CorrectFor = time.Hour
	BlockFor   = 30 * 24 * time.Hour
)

// Token errors, for callers that branch.
var (
	ErrToken = errors.New("subscribe: the link is not one of ours, or not for this purpose")
	ErrLate  = errors.New("subscribe: the link has expired")
)

// Keys seals and signs; store/seal implements it. use names independent keys
// ("mail", "leave"), label separates purposes under one key, extra is bound to
// the result without being in it. A signature carries the id of its key.
type Keys interface {
	Seal(use, label string, plain, extra []byte) ([]byte, error)
	Open(use, label string, sealed, extra []byte) ([]byte, error)
	Sign(use, label string, msg []byte) []byte
	Verify(use, label string, msg, sig []byte) bool
}

// AppendSigner is a [Keys] that can sign without allocating: AppendSign appends
// to dst what Sign returns. msg may lie in dst.
type AppendSigner interface {
	AppendSign(dst []byte, use, label string, msg []byte) []byte
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
	ToConfirm Purpose = 0x11 // high nibble: version 1
	ToMove    Purpose = 0x12
	ToCorrect Purpose = 0x13
	ToLeave   Purpose = 0x14
	ToBlock   Purpose = 0x15
)

func (p Purpose) label() string { return "token " + string(rune('@'+p&0x0f)) + " v1" }

// labelLeave is ToLeave.label(), without making it anew for each reader.
const labelLeave = "token D v1"

const (
	useMail  = "mail"
	useLeave = "leave"
)

// ConfirmToken is what a confirmation link says: this address asked to join.
type ConfirmToken struct {
	List    *List
	Address Address
	Lang    Lang
	Issued  time.Time
}

// MoveToken is what the link in the mail to a new address says.
type MoveToken struct {
	List     *List
	ID       ID
	Revision uint32
	Address  Address // the new one
	Lang     Lang
	Issued   time.Time
}

// CorrectToken is what a correction link says.
type CorrectToken struct {
	List     *List
	ID       ID
	Revision uint32
	Lang     Lang
	Issued   time.Time
}

// LeaveToken is what a leave link says. It carries no time: it never expires.
type LeaveToken struct {
	List *List
	ID   ID
}

// BlockToken is what a block link says.
type BlockToken struct {
	List    *List // where the unwanted mail came from, for the page's language and office
	Address Address
	Lang    Lang
	Issued  time.Time
}

// MintConfirm mints the link of a confirmation mail, good for [ConfirmFor].
func (ts Tokens) MintConfirm(t ConfirmToken) (Token, error) {
	return ts.seal(ToConfirm, head(t.List, t.Lang, t.Issued), []byte(t.Address.Clear()))
}

// RedeemConfirm is the other half of MintConfirm. With ErrLate the token is
// returned as well: a fresh mail may be sent to the address in it.
func (ts Tokens) RedeemConfirm(tok Token) (t ConfirmToken, err error) {
	var b []byte
	if t.List, t.Lang, t.Issued, b, err = ts.redeem(ToConfirm, tok); err != nil {
		return t, err
	}
	if t.Address, err = StoredAddress(string(b)); err != nil {
		return t, ErrToken
	}
	return t, ts.fresh(t.Issued, ConfirmFor)
}

// MintMove mints the link that confirms a new address, good for [ConfirmFor].
func (ts Tokens) MintMove(t MoveToken) (Token, error) {
	return ts.seal(ToMove, head(t.List, t.Lang, t.Issued), entry(t.ID, t.Revision), []byte(t.Address.Clear()))
}

// RedeemMove is the other half of MintMove.
func (ts Tokens) RedeemMove(tok Token) (t MoveToken, err error) {
	var b []byte
	if t.List, t.Lang, t.Issued, b, err = ts.redeem(ToMove, tok); err != nil {
		return t, err
	}
	if t.ID, t.Revision, b, err = unentry(b); err != nil {
		return t, err
	}
	if t.Address, err = StoredAddress(string(b)); err != nil {
		return t, ErrToken
	}
	return t, ts.fresh(t.Issued, ConfirmFor)
}

// MintCorrect mints a correction link, good for [CorrectFor] and until the
// entry changes.
func (ts Tokens) MintCorrect(t CorrectToken) (Token, error) {
	return ts.seal(ToCorrect, head(t.List, t.Lang, t.Issued), entry(t.ID, t.Revision))
}

// RedeemCorrect is the other half of MintCorrect.
func (ts Tokens) RedeemCorrect(tok Token) (t CorrectToken, err error) {
	var b []byte
	if t.List, t.Lang, t.Issued, b, err = ts.redeem(ToCorrect, tok); err != nil {
		return t, err
	}
	if t.ID, t.Revision, _, err = unentry(b); err != nil {
		return t, err
	}
	return t, ts.fresh(t.Issued, CorrectFor)
}

// MintBlock mints a block link, good for [BlockFor].
func (ts Tokens) MintBlock(t BlockToken) (Token, error) {
	return ts.seal(ToBlock, head(t.List, t.Lang, t.Issued), []byte(t.Address.Clear()))
}

// RedeemBlock is the other half of MintBlock.
func (ts Tokens) RedeemBlock(tok Token) (t BlockToken, err error) {
	var b []byte
	if t.List, t.Lang, t.Issued, b, err = ts.redeem(ToBlock, tok); err != nil {
		return t, err
	}
	if t.Address, err = StoredAddress(string(b)); err != nil {
		return t, ErrToken
	}
	return t, ts.fresh(t.Issued, BlockFor)
}

// MintLeave mints the leave link of one reader: the same bytes every time, so
// that a message sent once more is the same message (RULES D-08). It is signed,
// not sealed: the ID in it says nothing about a person, and it is good for
// nothing but leaving.
func (ts Tokens) MintLeave(t LeaveToken) Token {
	return Token{string(ts.AppendLeave(nil, t))}
}

// AppendLeave is MintLeave for whoever makes many copies: it appends the text of
// the token to dst, and allocates nothing if dst has room and Keys is an
// [AppendSigner]. The room is that of the token's bytes, its text and the list's
// id: 128 octets and the id are enough.
func (ts Tokens) AppendLeave(dst []byte, t LeaveToken) []byte {
	// Whatever goes to Keys would be allocated, so it is made where dst ends.
	from := len(dst)
	tag := ListTag(t.List.ID)
	dst = append(append(append(dst, byte(ToLeave)), tag[:]...), t.ID[:]...)
	id := len(dst)
	dst = append(dst, t.List.ID...)
	sig := len(dst)
	if signer, ok := ts.Keys.(AppendSigner); ok {
		dst = signer.AppendSign(dst, useLeave, labelLeave, dst[from:])
	} else {
		dst = append(dst, ts.Keys.Sign(useLeave, labelLeave, dst[from:])...)
	}
	dst = slices.Delete(dst, id, sig)
	text := len(dst)
	dst = base64.RawURLEncoding.AppendEncode(dst, dst[from:])
	return slices.Delete(dst, from, text)
}

// RedeemLeave is the other half of MintLeave.
func (ts Tokens) RedeemLeave(tok Token) (t LeaveToken, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(tok.s)
	if err != nil || len(b) < leaveLength || Purpose(b[0]) != ToLeave {
		return t, ErrToken
	}
	msg, sig := b[:leaveLength], b[leaveLength:]
	list, ok := ts.Lists.ByTag([4]byte(msg[1:5]))
	if !ok {
		return t, ErrToken
	}
	t = LeaveToken{List: list, ID: ID(msg[5:leaveLength])}
	if !ts.Keys.Verify(useLeave, labelLeave, signed(t, msg), sig) {
		return LeaveToken{}, ErrToken
	}
	return t, nil
}

const leaveLength = 1 + 4 + 16

// signed binds the whole list id, of which the message carries four bytes.
func signed(t LeaveToken, msg []byte) []byte {
	return append(append(make([]byte, 0, len(msg)+len(t.List.ID)), msg...), t.List.ID...)
}

func (ts Tokens) seal(p Purpose, parts ...[]byte) (Token, error) {
	var plain []byte
	for _, part := range parts {
		plain = append(plain, part...)
	}
	sealed, err := ts.Keys.Seal(useMail, p.label(), plain, []byte{byte(p)})
	if err != nil {
		return Token{}, err
	}
	return Token{base64.RawURLEncoding.EncodeToString(append([]byte{byte(p)}, sealed...))}, nil
}

func (ts Tokens) open(p Purpose, tok Token) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(tok.s)
	if err != nil || len(b) < 2 || Purpose(b[0]) != p {
		return nil, ErrToken
	}
	plain, err := ts.Keys.Open(useMail, p.label(), b[1:], b[:1])
	if err != nil {
		return nil, ErrToken
	}
	return plain, nil
}

// head is the list's tag, the language and the time of issue in milliseconds.
func head(l *List, lang Lang, issued time.Time) []byte {
	tag := ListTag(l.ID)
	b := append([]byte{}, tag[:]...)
	if lang == English {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(issued.UnixMilli()))
}

// redeem opens a sealed token of one purpose and reads what all of them begin with.
func (ts Tokens) redeem(p Purpose, tok Token) (l *List, lang Lang, issued time.Time, rest []byte, err error) {
	b, err := ts.open(p, tok)
	if err != nil {
		return nil, "", time.Time{}, nil, err
	}
	if len(b) < 13 {
		return nil, "", time.Time{}, nil, ErrToken
	}
	l, ok := ts.Lists.ByTag([4]byte(b[:4]))
	if !ok {
		return nil, "", time.Time{}, nil, ErrToken
	}
	lang = Japanese
	if b[4] == 1 {
		lang = English
	}
	return l, lang, time.UnixMilli(int64(binary.BigEndian.Uint64(b[5:13]))), b[13:], nil
}

func entry(id ID, revision uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{}, id[:]...), revision)
}

func unentry(b []byte) (id ID, revision uint32, rest []byte, err error) {
	if len(b) < 20 {
		return ID{}, 0, nil, ErrToken
	}
	return ID(b[:16]), binary.BigEndian.Uint32(b[16:20]), b[20:], nil
}

// fresh refuses a token that has expired. One from the future, minted before a
// clock was set back, is accepted for a day.
func (ts Tokens) fresh(issued time.Time, life time.Duration) error {
	if age := ts.now().Sub(issued); age > life || age < -24*time.Hour {
		return ErrLate
	}
	return nil
}

// Sign says which public declaration a link belongs to, so that a page can show
// the list's name and fields. It holds nothing about a person.
type Sign struct {
	List *List
	Lang Lang
	Move bool // the link confirms a new address, not a new entry
	Late bool // the link has expired
}

// Read reads the public half of a link of the named page: "confirm", "correct",
// "leave" or "block". It never looks into the store, so it cannot tell whether
// anybody is known. The error is ErrToken.
func (ts Tokens) Read(page string, tok Token) (s Sign, err error) {
	switch page {
	case "confirm":
		c, err := ts.RedeemConfirm(tok)
		if errors.Is(err, ErrToken) {
			m, err := ts.RedeemMove(tok)
			return Sign{m.List, m.Lang, true, errors.Is(err, ErrLate)}, notLate(err)
		}
		return Sign{c.List, c.Lang, false, errors.Is(err, ErrLate)}, notLate(err)
	case "correct":
		c, err := ts.RedeemCorrect(tok)
		return Sign{c.List, c.Lang, false, errors.Is(err, ErrLate)}, notLate(err)
	case "block":
		b, err := ts.RedeemBlock(tok)
		return Sign{b.List, b.Lang, false, errors.Is(err, ErrLate)}, notLate(err)
	case "leave":
		l, err := ts.RedeemLeave(tok)
		if err != nil {
			return Sign{}, err
		}
		return Sign{List: l.List, Lang: l.List.Language}, nil
	}
	return Sign{}, ErrToken
}

func notLate(err error) error {
	if errors.Is(err, ErrLate) {
		return nil
	}
	return err
}

func (ts Tokens) now() time.Time {
	if ts.Now != nil {
		return ts.Now()
	}
	return time.Now()
}
