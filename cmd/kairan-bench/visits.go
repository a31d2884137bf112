package main

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"example.jp/kairan/subscribe"
)

// visit is one sign-up, by the wall.
type visit struct{ Asked, Answered time.Time }

// visited makes the sign-ups, one each time that so much has passed, all while the
// issue goes out.
func (s *sender) visited(ctx context.Context) ([]visit, error) {
	if len(s.spec.Visitors) == 0 {
		return nil, nil
	}
	visits := make([]visit, len(s.spec.Visitors))
	tick := time.NewTicker(s.spec.VisitEvery)
	defer tick.Stop()
	var all errgroup.Group
	for n, who := range s.spec.Visitors {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, all.Wait()
		}
		if over, err := s.concluded(); err != nil || over {
			return nil, errors.Join(all.Wait(), err, errors.New("the issue was out before the last sign-up: give more --readers, or less --every"))
		}
		all.Go(func() error { return s.visit(ctx, who, &visits[n]) })
	}
	return visits, all.Wait()
}

func (s *sender) visit(ctx context.Context, who string, v *visit) error {
	to, err := subscribe.ParseAddress(who)
	if err != nil {
		return err
	}
	v.Asked = time.Now()
	err = s.desk.AskJoin(ctx, subscribe.Ask{List: listID, Address: to, Lang: subscribe.English, From: netip.IPv6Loopback()})
	v.Answered = time.Now()
	return err
}
