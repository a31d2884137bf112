package service

import (
	"context"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// The verbs about a reader whose address the office was given.
var (
	SubscriberRemove  = verb("subscriber/remove", (*Service).subscriberRemove, ofReader)
	SubscriberUnblock = verb("subscriber/unblock", (*Service).subscriberUnblock, ofReader)
)

// Reader is whom a verb is about, by the address that the office was given.
type Reader struct {
	List    string `json:"list"` // of remove only
	Address string `json:"address"`
	Reason  string `json:"reason,omitempty"` // for the audit trail
}

// ofReader leaves out who it is about: the trail outlives readers.
func ofReader(in Reader) []deliver.Deed { return []deliver.Deed{{List: in.List, Reason: in.Reason}} }

// Done is the answer that says nothing more.
type Done struct{}

func (s *Service) subscriberRemove(ctx context.Context, in Reader) (Done, error) {
	if s.Config.Lists[in.List] == nil {
		return Done{}, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	address, err := subscribe.ParseAddress(in.Address)
	if err != nil {
		return Done{}, exit.Usagef("%w", err)
	}
	s.log.Info("SubscriberRemove", "list", in.List, "by", control.Actor(ctx))
	return Done{}, s.desk.Remove(ctx, in.List, address)
}

func (s *Service) subscriberUnblock(ctx context.Context, in Reader) (Done, error) {
	address, err := subscribe.ParseAddress(in.Address)
	if err != nil {
		return Done{}, exit.Usagef("%w", err)
	}
	s.log.Info("SubscriberUnblock", "by", control.Actor(ctx))
	return Done{}, s.desk.Unblock(ctx, address)
}
