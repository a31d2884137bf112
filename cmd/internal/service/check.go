package service

import (
	"context"
	"time"

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
	Readers  map[string]int          `json:"readers,omitempty"`  // of each of those lists
	Backups  *Backups                `json:"backups,omitempty"`  // nil: from an older server
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
	out.Backups, out.Readers = &known, map[string]int{}
	if out.Declared, err = s.Store.Declared(); err != nil {
		return out, err
	}
	for _, d := range out.Declared {
		if out.Readers[d.List], err = s.Store.Count(d.List); err != nil {
			return out, err
		}
	}
	return out, nil
}
