package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/subscribe"
)

// checkFeed reads the feed of a list once, as the service will.
func checkFeed(ctx context.Context, l *subscribe.List, reach func(netip.Addr) bool) (string, error) {
	all, err := service.ReadFeed(ctx, l.Feed.URL, reach)
	if err != nil {
		return "", fmt.Errorf("%s: %s cannot be read: %w", l.ID, l.Feed.URL, err)
	}
	if len(all) == 0 {
		return "", errWarned(fmt.Sprintf("%s: %s has no entries", l.ID, l.Feed.URL))
	}
	found := fmt.Sprintf("%s: %s", l.ID, deliver.Plural(len(all), "entry", "entries"))
	if newest := newestOf(all); !newest.IsZero() {
		found += ", the newest of " + newest.In(l.Zone).Format(time.DateOnly)
	}
	return found, nil
}

func newestOf(all []feed.Entry) (newest time.Time) {
	for _, e := range all {
		if e.Date.After(newest) {
			newest = e.Date
		}
	}
	return newest
}
