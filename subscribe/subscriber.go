package subscribe

import "time"

// State is where an entry stands.
type State uint8

// The states of an entry.
const (
	Active    State = iota + 1
	Ended           // left, blocked or removed: only the proof of consent remains
	Suspended       // its copies were refused: gets no mail until its reader signs up again
	// Lost is the state of an entry whose record cannot be read, because the file is
	// damaged. Only ID and Seq are known. It gets no mail, can be ended, and is never
	// stored.
	Lost
)

// Subscriber is one entry of one list.
type Subscriber struct {
	ID       ID
	Seq      Seq // 0: not stored yet
	List     string
	State    State
	Address  Address // zero when Ended
	Fields   Fields  // nil when Ended
	Lang     Lang    // the language the reader signed up in
	Revision uint32  // grows with every change, so that older correction links die
	Consent  Consent
	EndedAt  time.Time // of the end or the suspension; zero while Active
	// Generation is that of the address: it is raised when that changes, or is confirmed
	// anew. What comes back of an older one says nothing about this one.
	Generation uint8
}

// succeed takes up the ID of an entry that is over, whose mails may still come back.
func (s *Subscriber) succeed(former *Subscriber) {
	s.ID = former.ID
	s.Generation = former.Generation + 1
}

// Consent proves that the reader agreed: to which wording, under which policy, when
// asked and when confirmed, in which language. It holds no IP address. Whoever sends
// such mail keeps a record that proves consent (Act on Regulation of Transmission of
// Specified Electronic Mail, Art. 3(2); its Ordinance for Enforcement, Art. 4(1)).
type Consent struct {
	Wording   string // [List.Wording]
	Policy    string // [Office.PolicyVersion]
	Requested time.Time
	Confirmed time.Time
	Lang      Lang
	// Evidence is where the office keeps the proof of a consent that was given to it before
	// this program knew the reader: the reference of a file, in words. "": the rest is the proof.
	Evidence string
}

// Joining returns the entry of somebody who has just pressed the button behind link,
// under that ID.
func Joining(link Link, fields Fields, id ID, now time.Time) *Subscriber {
	return &Subscriber{
		ID: id, List: link.List.ID, State: Active, Address: link.Address, Fields: fields, Lang: link.Lang, Revision: 1,
		Consent: Consent{
			Wording: link.List.Wording(link.Lang), Policy: link.List.Office.PolicyVersion(),
			Requested: link.Issued, Confirmed: now, Lang: link.Lang,
		},
	}
}

// formerIDs are those that the reader of an address may have had before, in the order in
// which they are taken up again: a reader who comes back keeps the ID, so that links in
// old issues go on working. mark is that of the address, if there is one; own is the ID
// that belongs to the address without any memory of it. One that has moved belongs to
// the entry at the new address.
func formerIDs(mark *Mark, own ID) (ids []ID) {
	if mark != nil && mark.Kind != MarkMoved && !mark.ID.IsZero() {
		ids = append(ids, mark.ID)
	}
	if mark == nil || mark.ID != own {
		ids = append(ids, own)
	}
	return ids
}

// End makes the entry a bare proof of consent and returns the mark to set on
// its address. The address and the fields are gone from it at once.
func (s *Subscriber) End(kind MarkKind, now time.Time) Mark {
	s.State, s.Address, s.Fields, s.EndedAt = Ended, Address{}, nil, now
	s.Revision++
	return s.mark(kind, now)
}

// mark is set on the address that the entry gives up. It is no older than the consent: of
// who asked under a clock that was set back since, the link from then, and a copy from
// before the mark, would bring them back.
func (s *Subscriber) mark(kind MarkKind, now time.Time) Mark {
	return Mark{Kind: kind, At: latestOf(now, latestOf(s.Consent.Requested, s.Consent.Confirmed)), ID: s.ID}
}

// Suspend stops all mail to the entry and returns the mark to set on its address.
// Address and fields stay until the reader leaves, is removed, or signs up again. Only a
// fresh double opt-in brings the reader back.
func (s *Subscriber) Suspend(now time.Time) Mark {
	s.State, s.EndedAt = Suspended, now
	s.Revision++
	return s.mark(MarkSuspended, now)
}

// Correct overwrites the fields.
func (s *Subscriber) Correct(fields Fields) {
	s.Fields = fields
	s.Revision++
}

// Move changes the address and returns the mark to set on the old one.
func (s *Subscriber) Move(to Address, now time.Time) Mark {
	s.Address = to
	s.Revision++
	s.Generation++
	return s.mark(MarkMoved, now)
}
