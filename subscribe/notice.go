package subscribe

import "time"

// Notice is a mail that is owed to somebody. It waits sealed in the outbox and
// is deleted at its final outcome, at the latest with the link in it. One that
// cannot be composed is tried again until then.
type Notice struct {
	Kind     NoticeKind
	List     string
	To       Address
	Lang     Lang
	Reader   ID     // the entry it speaks of; zero for NoticeConfirm
	Revision uint32 // of that entry, for NoticeCorrect and NoticeMove
	Asked    time.Time
	Due      time.Time // when it goes out, if that is later than Asked
	Expires  time.Time

	Generation uint8 // of that entry's address
}

// Return is what the return path of its mail says; n is its number in the outbox. It is of
// no entry where the address is none's, or not yet.
func (n Notice) Return(l *List, number uint64) Return {
	r := Return{List: l, Notice: uint32(number)}
	if !n.Kind.row().apart && !n.Reader.IsZero() {
		r.ID, r.Generation = n.Reader, n.Generation%Generations
	}
	return r
}

// NewNotice returns the notice of that kind about the entry s.
func NewNotice(kind NoticeKind, s *Subscriber, lang Lang, now time.Time) Notice {
	return Notice{
		Kind: kind, List: s.List, To: s.Address, Lang: lang,
		Reader: s.ID, Revision: s.Revision, Asked: now, Expires: now.Add(kind.row().life),
		Generation: s.Generation,
	}
}

// Dated is the date of its mail (RFC 5322 §3.6.1).
func (n Notice) Dated() time.Time { return latestOf(n.Asked, n.Due) }

// postpone lets the notice go out at due. What is only told, and the link that
// lives for an hour, count from then; what takes part in the reader's consent goes
// on counting from when it was asked for, so that it is void if they leave before.
func (n *Notice) postpone(due, now time.Time) {
	if !due.After(now) {
		return
	}
	n.Due = due
	if n.Kind.row().fromDue {
		n.Expires = n.Expires.Add(due.Sub(now))
		n.Asked = due
	}
}

// StillOwed says whether the notice may go out, judged in the commit that claims
// it: by the block and the mark of its address, and by the entry it speaks of
// (nil: none).
func (n Notice) StillOwed(block, mark *Mark, s *Subscriber, now time.Time) bool {
	return block == nil && now.Before(n.Expires) && n.Kind.row().owed(n, mark, s)
}

// NoticeKind is one of the machine-written mails to readers. The numbers are stored.
type NoticeKind uint8

// The notices.
const (
	NoticeConfirm NoticeKind = iota + 1 // asks for the button that joins
	NoticeAlready                       // asked to join, and is on the list already
	NoticeWelcome                       // has joined
	NoticeCorrect                       // carries a correction link
	NoticeMove                          // to a new address: asks for the button that moves the entry
	NoticeMoved                         // to the old address: the entry has moved

	noticeCount = iota + 1 // with 0, which is none
)

// noticeRow is all that differs between the kinds of notices.
type noticeRow struct {
	name    string
	life    time.Duration // for so long it may go out, and its link acts
	link    Purpose       // what it is about; 0: it only tells
	block   bool          // carries a block link, since somebody else can cause it
	fromDue bool          // if it has to wait, its life begins when it goes out
	apart   bool          // goes to an address that is not the entry's
	owed    func(n Notice, mark *Mark, s *Subscriber) bool
}

// noticeRows has a row for each kind.
var noticeRows = [noticeCount]noticeRow{
	0:             {name: "none", owed: inAnyState},
	NoticeConfirm: {name: "confirm", life: ConfirmFor, link: ToConfirm, block: true, owed: ifNotJoined},
	NoticeAlready: {name: "already", life: ConfirmFor, block: true, fromDue: true, owed: ifActive},
	NoticeWelcome: {name: "welcome", life: ConfirmFor, owed: ifActive},
	NoticeCorrect: {name: "correct", life: CorrectFor, link: ToCorrect, block: true, fromDue: true, owed: ifUnchanged},
	NoticeMove:    {name: "move", life: ConfirmFor, link: ToMove, block: true, apart: true, owed: ifUnchanged},
	NoticeMoved:   {name: "moved", life: ConfirmFor, block: true, apart: true, owed: inAnyState},
}

func ifNotJoined(n Notice, mark *Mark, s *Subscriber) bool {
	return !ifActive(n, mark, s) && (mark == nil || mark.Admits(n.Asked))
}

func ifActive(_ Notice, _ *Mark, s *Subscriber) bool { return s != nil && s.State == Active }

func ifUnchanged(n Notice, mark *Mark, s *Subscriber) bool {
	return ifActive(n, mark, s) && s.Revision == n.Revision
}

// inAnyState is for the old address, which is told whatever became of the entry.
func inAnyState(Notice, *Mark, *Subscriber) bool { return true }

func (k NoticeKind) row() noticeRow {
	if int(k) >= noticeCount {
		k = 0
	}
	return noticeRows[k]
}

// NoticeKinds returns every kind.
func NoticeKinds() (all []NoticeKind) {
	for k := range noticeCount - 1 {
		all = append(all, NoticeKind(k+1))
	}
	return all
}

// String is the name of the notice's template.
func (k NoticeKind) String() string { return k.row().name }

// Link is what the link in the notice is good for; 0 if it only tells.
func (k NoticeKind) Link() Purpose { return k.row().link }

// Blockable says that the notice carries a block link: all do that somebody else
// than its reader can cause.
func (k NoticeKind) Blockable() bool { return k.row().block }
