package service

import (
	"context"

	"example.jp/kairan/cmd/internal/exit"
)

// ListLs tells of the lists.
var ListLs = verb("list/ls", (*Service).listLs, reads)

// List is a list as an operator may see it: its declaration, and counts.
type List struct {
	List      string   `json:"list"`
	ListID    string   `json:"list_id"`
	Office    string   `json:"office"`
	Name      string   `json:"name"`
	Purpose   string   `json:"purpose"`
	Zone      string   `json:"zone"`
	Fields    []string `json:"fields"`
	Readers   int      `json:"readers"`
	Suspended int      `json:"suspended"` // after refusals; they get nothing until they sign up again
	Issues    int      `json:"issues"`
	Damaged   string   `json:"damaged,omitempty"` // what cannot be read of it, as far as it was met
}

func (s *Service) listLs(_ context.Context, in OfList) ([]List, error) {
	out := []List{}
	for _, id := range s.Config.Order {
		if in.List != "" && in.List != id {
			continue
		}
		l := s.Config.Lists[id]
		readers, err := s.Store.Count(id)
		if err != nil {
			return nil, err
		}
		suspended, err := s.Store.Suspended(id)
		if err != nil {
			return nil, err
		}
		issues, err := s.Store.Issues(id)
		if err != nil {
			return nil, err
		}
		o := List{
			List: id, ListID: l.ListID, Office: l.Office.Name.In(l.Language), Name: l.Name.In(l.Language),
			Purpose: l.Purpose.In(l.Language), Zone: l.Zone.String(), Fields: []string{"email"},
			Readers: readers, Suspended: suspended, Issues: len(issues),
		}
		if u := s.Store.UnreadableOf(id); u.Sum() > 0 {
			o.Damaged = u.String()
		}
		for _, f := range l.Fields {
			o.Fields = append(o.Fields, f.ID)
		}
		out = append(out, o)
	}
	if len(out) == 0 {
		return nil, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	return out, nil
}
