package service

import (
	"context"
	"regexp"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Examine is what `kairan check` asks of a database that is open.
var Examine = verb("examine", (*Service).examine, reads)

// Examined is what is found in a database that is open.
type Examined struct {
	Apart  string    `json:"apart,omitempty"`   // records that cannot be read, by kind
	CopyOf time.Time `json:"copy_of,omitzero"`  // nothing goes out until it is released
	Fault  string    `json:"journal,omitempty"` // why the journal cannot be written

	Declared []subscribe.Declaration `json:"declared,omitempty"` // at its last start
	Readers  map[string]int          `json:"readers,omitempty"`  // of each of those lists, and of those of its configuration
	Holds    map[string]bool         `json:"holds,omitempty"`    // of which of them anything is stored
	Backups  *Backups                `json:"backups,omitempty"`  // nil: from an older server
	Late     []string                `json:"late,omitempty"`     // what was not done in time of what the promise to forget rests on
	Slots    map[string][]string     `json:"slots,omitempty"`    // of each list that has issues: the fields that these put in
}

// examine is what `kairan check` asks.
func (s *Service) examine(ctx context.Context, _ struct{}) (out Examined, err error) {
	apart, err := s.Store.Examine(ctx)
	if err != nil {
		return out, err
	}
	if apart.Sum() > 0 {
		out.Apart = apart.String()
	}
	if hold := s.Store.Held(); hold != nil {
		out.CopyOf = hold.CopyOf
	}
	if fault := s.Store.JournalFault(); fault != nil {
		out.Fault = fault.Error()
	}
	known, err := s.knownBackups()
	if err != nil {
		return out, err
	}
	out.Backups, out.Readers, out.Holds = &known, map[string]int{}, map[string]bool{}
	if out.Declared, err = s.Store.Declared(); err != nil {
		return out, err
	}
	lists := slices.Clone(s.Config.Order)
	for _, d := range out.Declared {
		lists = append(lists, d.List)
	}
	for _, id := range lists {
		if out.Readers[id], out.Holds[id], err = s.stored(id); err != nil {
			return out, err
		}
	}
	if out.Late, err = s.lateChores(); err != nil {
		return out, err
	}
	out.Slots, err = s.slots()
	return out, err
}

// slots are the fields that issues put into their copies, by list; a list without issues
// is left out.
func (s *Service) slots() (map[string][]string, error) {
	used := map[string][]string{}
	for _, id := range s.Config.Order {
		issues, err := s.Store.Issues(id)
		if err != nil {
			return nil, err
		}
		for _, f := range s.Config.Lists[id].Fields {
			put := regexp.MustCompile(`\{\{\s*` + regexp.QuoteMeta(f.ID) + `\s*[|}]`)
			if slices.ContainsFunc(issues, func(i *deliver.Issue) bool { return put.Match(i.Source) }) {
				used[id] = append(used[id], f.ID)
			}
		}
		if len(issues) > 0 && used[id] == nil {
			used[id] = []string{}
		}
	}
	return used, nil
}
