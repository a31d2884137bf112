// Package crowd fills stores with readers who do not exist: for the demo, for the
// measuring and for the tests. They joined as anybody does, but for the mail.
package crowd

import (
	"context"
	"time"

	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// pageAt is how many are stored in one commit when there are n already. Their keys lie all
// over the indexes, so each commit writes nearly as many pages as it stores readers, until it
// stores more than there are pages: a twentieth of what is there writes half as many. More
// than that at once would be sorted into a few pages one by one, and 200,000 take some GB.
func pageAt(n int) int { return min(max(5000, n/20), 200_000) }

// Reader is one who joined a list now.
func Reader(l *subscribe.List, address string, fields subscribe.Fields, now time.Time) (*subscribe.Subscriber, error) {
	to, err := subscribe.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	link := subscribe.Link{Purpose: subscribe.ToConfirm, List: l, Address: to, Lang: l.Language, Issued: now}
	return subscribe.Joining(link, fields, subscribe.NewID(), now), nil
}

// Seed stores so many readers, of whom who says the address and the fields by their
// numbers, from 0.
func Seed(ctx context.Context, s *store.Store, l *subscribe.List, readers int, now time.Time, who func(n int) (string, subscribe.Fields)) error {
	var entries []*subscribe.Subscriber
	next := min(readers, pageAt(0))
	for n := range readers {
		address, fields := who(n)
		e, err := Reader(l, address, fields, now)
		if err != nil {
			return err
		}
		if entries = append(entries, e); n+1 == next {
			if err := s.Seed(ctx, entries); err != nil {
				return err
			}
			entries, next = entries[:0], min(readers, next+pageAt(next))
		}
	}
	return nil
}
