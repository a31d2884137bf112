package service

import (
	"context"
	"fmt"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/journal"
)

// Restore tells what is held, notes what is said of it, and releases.
var Restore = verb("restore", (*Service).restore, ofVerdicts)

// Verdicts are what an operator says about a held database.
type Verdicts struct {
	Issues  map[deliver.IssueName]deliver.Verdict `json:"issues"`
	Release bool                                  `json:"release"`
}

// ofVerdicts has a deed for each issue about which something is said.
func ofVerdicts(in Verdicts) (out []deliver.Deed) {
	for name, verdict := range in.Issues {
		out = append(out, deliver.Deed{What: "restore issue " + string(verdict), List: name.List, Issue: name.Slug})
	}
	if in.Release {
		out = append(out, deliver.Deed{What: "restore release"})
	}
	return out
}

// Held is a held database as an operator may see it.
type Held struct {
	Held         bool        `json:"held"`
	Released     bool        `json:"released,omitempty"` // by this command
	Why          string      `json:"why,omitempty"`
	Moved        bool        `json:"journal_moved,omitempty"` // perhaps: its folder does not know the database
	CopyOf       time.Time   `json:"copy_of,omitzero"`
	Since        time.Time   `json:"since,omitzero"`
	Ended        int         `json:"ended"`     // by the journal
	Blocked      int         `json:"blocked"`   // mailboxes, likewise
	Suspended    int         `json:"suspended"` // had moved after the copy, to where nobody knows
	LastLine     time.Time   `json:"journal_until,omitzero"`
	Damaged      int         `json:"journal_lines_damaged,omitempty"`
	UnknownFrom  time.Time   `json:"unknown_from,omitzero"`
	UnknownUntil time.Time   `json:"unknown_until,omitzero"`
	Requests     int         `json:"requests_dropped"`
	Notices      int         `json:"notices_to_drop"`
	Issues       []HeldIssue `json:"issues"`
	Ahead        []HeldIssue `json:"scheduled_ahead"`
}

// HeldIssue is an issue that was on its way in the copy.
type HeldIssue struct {
	Issue   string    `json:"issue"`
	State   string    `json:"state"`
	Due     time.Time `json:"due,omitzero"`
	Zone    string    `json:"zone"`
	Booked  int       `json:"booked"` // readers who get nothing more, whatever is said
	Open    int       `json:"open"`   // readers who get it, or get it once more, if it is sent on; without a run, those of today
	Verdict string    `json:"verdict,omitempty"`
}

// Unsettled are the issues about which nothing was said.
func (h Held) Unsettled() (out []HeldIssue) {
	for _, i := range h.Issues {
		if i.Verdict == "" {
			out = append(out, i)
		}
	}
	return out
}

// restore is the verb behind the command.
func (s *Service) restore(ctx context.Context, in Verdicts) (Held, error) {
	if s.Store.Held() == nil {
		if in.Release || len(in.Issues) > 0 {
			return Held{}, exit.Refusedf("the database is not held: it is the one in use, and mail goes out")
		}
		return Held{Issues: []HeldIssue{}, Ahead: []HeldIssue{}}, nil
	}
	if len(in.Issues) > 0 {
		for name := range in.Issues {
			if _, err := s.editor.Status(ctx, name.String()); err != nil {
				return Held{}, err
			}
		}
		if err := s.Store.Say(ctx, in.Issues); err != nil {
			return Held{}, err
		}
	}
	out, err := s.held()
	if err != nil || !in.Release || len(out.Unsettled()) > 0 {
		return out, err
	}
	if err := s.Store.Release(ctx, control.Actor(ctx)); err != nil {
		return Held{}, err
	}
	s.log.Warn("Released", "by", control.Actor(ctx), "copy_of", out.CopyOf)
	out.Held, out.Released = false, true
	return out, nil
}

func (s *Service) held() (out Held, err error) {
	hold := s.Store.Held()
	out = Held{
		Held: true, Why: hold.Doubt.String(), Moved: hold.Doubt == journal.DoubtNowhere, CopyOf: hold.CopyOf, Since: hold.Since,
		Ended: hold.Ended, Blocked: hold.Blocked, Suspended: hold.Moved, LastLine: hold.LastLine, Damaged: hold.Damaged,
		UnknownFrom: hold.Unknown[0], UnknownUntil: hold.Unknown[1], Requests: hold.Requests,
		Issues: []HeldIssue{}, Ahead: []HeldIssue{},
	}
	if out.Notices, err = s.Store.CopiedNotices(); err != nil {
		return out, err
	}
	live, err := s.Store.Live()
	if err != nil {
		return out, err
	}
	for _, i := range live {
		o, err := s.heldIssue(i, hold)
		if err != nil {
			return out, err
		}
		switch {
		case i.OnItsWay(s.now()):
			out.Issues = append(out.Issues, o)
		case i.State == deliver.Scheduled:
			out.Ahead = append(out.Ahead, o)
		}
	}
	return out, nil
}

func (s *Service) heldIssue(i *deliver.Issue, hold *store.Hold) (HeldIssue, error) {
	zone := time.Local
	if l := s.Config.Lists[i.Name.List]; l != nil {
		zone = l.Zone
	}
	o := HeldIssue{Issue: i.Name.String(), State: i.State.String(), Due: i.Due.In(zone), Zone: zone.String(), Verdict: string(hold.Verdicts[i.Name])}
	books, err := s.Store.Balance(i.Name)
	if err != nil {
		return o, err
	}
	o.Open = books.Pending + books.Deferred + books.InFlight
	if s.Config.Sending.Uncertain != config.UncertainHold { // what was in flight in the copy is uncertain now
		o.Open += books.Uncertain
	}
	o.Booked = books.Audience - o.Open
	if books.Audience == 0 {
		o.Open, err = s.Store.Count(i.Name.List)
	}
	return o, err
}

// RefuseIfHeld refuses what would send mail while the database is held.
func (s *Service) RefuseIfHeld() error { return s.editor.RefuseIfHeld() }

// heldWhy is why nothing goes out, in a sentence; "" while the database is the one in use.
func (s *Service) heldWhy() string {
	hold := s.Store.Held()
	if hold == nil {
		return ""
	}
	return fmt.Sprintf("the database is a copy of %s (%s); look at what is held with `kairan restore`, then `kairan restore --release`", Date(hold.CopyOf), hold.Doubt)
}

// afterRelease runs do once the database is the one in use.
func (s *Service) afterRelease(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Store.Released():
			return do(ctx)
		}
	}
}

// Date is an instant for an operator, in the time of this machine.
func Date(t time.Time) string {
	if t.IsZero() {
		return "at no known time"
	}
	return t.In(time.Local).Format("2006-01-02 15:04:05 MST")
}
