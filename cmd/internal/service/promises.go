package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Promise is one that the configuration no longer keeps, to so many readers.
type Promise struct {
	subscribe.Broken
	Readers int
}

func (p Promise) String() string {
	what := p.List
	switch {
	case p.Field != "":
		what += ", field " + p.Field
	case p.Day != "" || p.Before != "":
		what += fmt.Sprintf(", erase_by %s (before: %s)", cmp.Or(p.Day, "never"), cmp.Or(p.Before, "never"))
	}
	return fmt.Sprintf("%s: %s; %s signed up under the old declaration", what, p.What, deliver.Count(p.Readers, "reader"))
}

// Promises compares what the store was last used under with the configuration,
// and says what an operator must settle before a server may start.
func (s *Service) Promises() ([]Promise, error) {
	before, err := s.Store.Declared()
	if err != nil {
		return nil, err
	}
	now := s.now()
	last, err := s.Store.LastCommit()
	if err != nil {
		return nil, err
	}
	if last.After(now) { // to a clock that is behind, a day that is past is one to come
		now = last
	}
	return BrokenBy(s.Config.Lists, before, now, s.stored)
}

// stored is how many readers a list has, and whether anything of it is stored.
func (s *Service) stored(list string) (readers int, holds bool, err error) {
	if holds, err = s.Store.Holds(list); holds {
		readers, err = s.Store.Count(list)
	}
	return readers, holds, err
}

// BrokenBy are the promises that a configuration no longer keeps to readers at an instant.
// What would be lost at once is asked about wherever anything is stored: who is suspended is
// no reader, and neither is a draft.
func BrokenBy(lists subscribe.Lists, before []subscribe.Declaration, now time.Time, stored func(list string) (readers int, holds bool, err error)) ([]Promise, error) {
	var out []Promise
	for _, b := range subscribe.Compare(before, lists, now) {
		n, holds, err := stored(b.List)
		if err != nil {
			return nil, err
		}
		if n > 0 || holds && b.What == subscribe.ErasedAtOnce {
			out = append(out, Promise{b, n})
		}
	}
	return out, nil
}

// Settle ends what a broken promise is about: the list that is no longer declared, or what
// its entries hold beyond the declaration. It returns how many entries that changed.
func (s *Service) Settle(ctx context.Context, p Promise) (changed int, err error) {
	deeds := []deliver.Deed{{By: control.Actor(ctx), What: "list apply", List: p.List, Result: deliver.Asked}}
	if err := s.Store.AddDeed(ctx, deeds...); err != nil {
		return 0, err
	}
	switch {
	case p.What == subscribe.ListVanished:
		changed, err = p.Readers, s.Store.EndList(ctx, p.List)
	case p.Field != "":
		changed, err = s.Store.Prune(ctx, s.Config.Lists[p.List])
	}
	s.noteFailure(ctx, deeds, err)
	return changed, err
}

// adopt refuses the start while a promise is broken, and notes the declarations
// otherwise.
func (s *Service) adopt(ctx context.Context) error {
	broken, err := s.Promises()
	if err = errors.Join(err, Refusal(broken)); err != nil {
		return err
	}
	return s.Store.Adopt(ctx, s.Config.Lists)
}

// Refusal says which promises are broken, and what settles them; nil if none are.
func Refusal(broken []Promise) error {
	if len(broken) == 0 {
		return nil
	}
	lines := make([]string, len(broken))
	for i, p := range broken {
		lines[i] = "\n  " + p.String()
	}
	return exit.Refusedf("the configuration no longer keeps what readers were promised:%s\nPut the old declaration back, or settle it with: kairan list apply", strings.Join(lines, ""))
}
