// Package crowd fills stores with readers who do not exist: for the demo, for the
// measuring and for the tests. They joined as anybody does, but for the mail.
package crowd

import (
	"context"
	"time"

	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// page is how many are stored in one commit.
const page = 5000

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
	entries := make([]*subscribe.Subscriber, 0, min(readers, page))
	for n := range readers {
		address, fields := who(n)
		e, err := Reader(l, address, fields, now)
		if err != nil {
			return err
		}
		if entries = append(entries, e); len(entries) == page || n == readers-1 {
			if err := s.Seed(ctx, entries); err != nil {
				return err
			}
			entries = entries[:0]
		}
	}
	return nil
}
