package subscribe

import "time"

// NoticeKind is one of the machine-written mails to readers.
type NoticeKind uint8

// The notices.
const (
	NoticeConfirm NoticeKind = iota + 1 // asks for the button that joins
	NoticeAlready                       // asked to join, and is on the list already
	NoticeWelcome                       // has joined
	NoticeCorrect                       // carries a correction link
	NoticeMove                          // to a new address: asks for the button that moves the entry
	NoticeMoved                         // to the old address: the entry has moved
)

// String is the name of the notice's template.
func (k NoticeKind) String() string {
	return [...]string{"none", "confirm", "already", "welcome", "correct", "move", "moved"}[min(int(k), 6)]
}

// Notice is a mail that is owed to somebody. It waits sealed in the outbox and
// is deleted at its final outcome, at the latest with the link in it.
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
}

// Dated is what its mail says it was written at (RFC 5322 §3.6.1).
func (n Notice) Dated() time.Time { return later(n.Asked, n.Due) }

// postpone lets the notice go out at due. What is only told, and the link that
// lives for an hour, count from then; what takes part in the reader's consent goes
// on counting from when it was asked for, so that it is void if they leave before.
func (n *Notice) postpone(due, now time.Time) {
	if !due.After(now) {
		return
	}
	n.Due = due
	if n.Kind == NoticeAlready || n.Kind == NoticeCorrect {
		n.Expires = n.Expires.Add(due.Sub(now))
		n.Asked = due
	}
}

// NewNotice returns the notice of that kind about the entry s.
func NewNotice(kind NoticeKind, s *Subscriber, lang Lang, now time.Time) Notice {
	life := ConfirmFor
	if kind == NoticeCorrect {
		life = CorrectFor
	}
	return Notice{
		Kind: kind, List: s.List, To: s.Address, Lang: lang,
		Reader: s.ID, Revision: s.Revision, Asked: now, Expires: now.Add(life),
	}
}

// StillOwed says whether the notice may go out, judged in the commit that claims
// it: by the block and the mark of its address, and by the entry it speaks of
// (nil: none).
func (n Notice) StillOwed(block, mark *Mark, s *Subscriber, now time.Time) bool {
	if block != nil || !now.Before(n.Expires) {
		return false
	}
	active := s != nil && s.State == Active
	switch n.Kind {
	case NoticeConfirm:
		return !active && (mark == nil || mark.Admits(n.Asked))
	case NoticeCorrect, NoticeMove:
		return active && s.Revision == n.Revision
	case NoticeAlready, NoticeWelcome:
		return active
	}
	return true // NoticeMoved tells the old address, whatever became of the entry
}
