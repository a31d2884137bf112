package service

import (
	"context"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
)

// NowStatus tells how everything is.
var NowStatus = verb("status", (*Service).status, reads)

// What the verb gives. None of it is about a reader.
type (
	// Status is how everything is, and what is next.
	Status struct {
		Well     bool       `json:"well"`   // there is no alarm
		Alarms   []Alarm    `json:"alarms"` // the gravest first
		Issues   []Issue    `json:"issues"` // that have begun and not ended, and those that were due and did not start
		Next     []Issue    `json:"next"`   // that are scheduled, the next first
		Relays   []RelayNow `json:"relays"` // in the order in which they are used
		Chores   []ChoreNow `json:"chores"`
		Verified time.Time  `json:"backup_verified,omitzero"` // when a backup was last read back; zero: never
		Database Database   `json:"database"`
		Version  string     `json:"version"`
		Since    time.Time  `json:"since"` // the service runs, and its pages are up
	}
	// RelayNow is how a relay is.
	RelayNow struct {
		Relay string    `json:"relay"`
		Why   string    `json:"why,omitempty"`     // it takes no mail; "": it does, as far as is known
		Since time.Time `json:"since,omitzero"`    // it takes none
		Next  time.Time `json:"next_try,omitzero"` // when it is tried again
		// Share is how much of the load it takes, if others share it; 0: none does. Beside:
		// it shares with the one before it.
		Share  int       `json:"share,omitempty"`
		Beside bool      `json:"beside,omitempty"`
		Rests  time.Time `json:"rests_until,omitzero"` // zero: it does not rest
	}
	// ChoreNow is what is done by night.
	ChoreNow struct {
		Chore string    `json:"chore"`
		Last  time.Time `json:"last,omitzero"` // zero: it was never done
		Next  time.Time `json:"next,omitzero"` // zero: it is not done
	}
	// Database is the file.
	Database struct {
		Octets int64  `json:"octets"`
		Room   int64  `json:"room"` // octets that it may still take: free pages, and what disk and max_size allow
		Schema uint32 `json:"schema"`
	}
)

func (s *Service) status(ctx context.Context, _ struct{}) (out Status, err error) {
	s.lookOut() // or something that has just gone wrong would be called well
	out = Status{Alarms: s.alarmsFor(ctx), Version: version(), Since: s.since}
	out.Well = len(s.Alarms()) == 0
	if out.Issues, out.Next, err = s.issuesNow(ctx); err != nil {
		return out, err
	}
	out.Relays = relaysNow(s.engine.RelayStates(), out.Alarms)
	if out.Chores, err = s.choresNow(); err != nil {
		return out, err
	}
	if out.Verified, err = s.Store.LastDone(verified); err != nil {
		return out, err
	}
	size, err := s.Store.Size()
	// In whole MiB: who watches pages come and go would see whether a request did something.
	out.Database = Database{(size.Octets + mib - 1) / mib * mib, size.Room / mib * mib, size.Schema}
	return out, err
}

const mib = 1 << 20

// issuesNow are the issues under way, and those that are scheduled, the next first.
func (s *Service) issuesNow(ctx context.Context) (now, next []Issue, err error) {
	all, err := s.editor.Statuses(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	now, next = []Issue{}, []Issue{}
	for _, x := range all {
		if !s.takesPart(ctx, x.List.ID) {
			continue
		}
		switch x.Issue.State {
		case deliver.Running, deliver.Paused, deliver.Held:
			i, err := issueAnswer(s.editor.Status(ctx, x.Issue.Name.String()))
			if err != nil {
				return nil, nil, err
			}
			now = append(now, i)
		case deliver.Scheduled:
			if x.Issue.Within(s.now()) { // and what its start needs is looked at
				if x, err = s.editor.Status(ctx, x.Issue.Name.String()); err != nil {
					return nil, nil, err
				}
			}
			i, _ := issueAnswer(x, nil)
			next = append(next, i)
		}
	}
	slices.SortStableFunc(next, func(a, b Issue) int { return a.Due.Compare(b.Due) })
	return now, next, nil
}

// alarmsFor are the alarms without those of issues and lists in which the account has no
// role: what is wrong with the feed of a list names its issues, and what stands in them.
func (s *Service) alarmsFor(ctx context.Context) []Alarm {
	return slices.DeleteFunc(s.Alarms(), func(a Alarm) bool {
		list := a.Of
		if n, err := deliver.ParseIssueName(a.Of); err == nil {
			list = n.List
		} else if s.Config.Lists[list] == nil { // a relay, a page, or the installation
			return false
		}
		return !s.takesPart(ctx, list)
	})
}

// relaysNow are the relays, and since when those take no mail of which an alarm hangs.
func relaysNow(states []engine.RelayState, alarms []Alarm) []RelayNow {
	all := []RelayNow{}
	for _, r := range states {
		x := RelayNow{Relay: r.Name, Why: r.Why, Next: r.Next, Share: r.Share, Beside: r.Beside, Rests: r.Rests}
		for _, a := range alarms {
			if a.Of == r.Name && r.Why != "" {
				x.Since = a.Since
			}
		}
		all = append(all, x)
	}
	return all
}

// choresNow are the chores of the night, when they were last done and when they are next.
func (s *Service) choresNow() (all []ChoreNow, err error) {
	for _, c := range chores {
		byNight, err := s.lastDone(c.name)
		if err != nil {
			return nil, err
		}
		x := ChoreNow{Chore: c.name, Last: byNight}
		if every := c.every(s); every > 0 {
			x.Next = s.nextNight(byNight.Add(every.Duration() - halfADay))
		}
		if c.name == backupChore {
			if x.Last, err = s.lastDone(backupChore, handBackup); err != nil {
				return nil, err
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// nextNight is the first instant within the quiet hours that is not before due, or now.
func (s *Service) nextNight(due time.Time) time.Time {
	at := s.now().Local()
	if due.After(at) {
		at = due.Local()
	}
	if h := s.Config.QuietHours; !h.Include(at) {
		at = h.Change(at)
	}
	return at
}
