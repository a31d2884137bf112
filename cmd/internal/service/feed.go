package service

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/deliver/fetch"
)

// The verbs about feeds that fill lists.
var (
	ListFeed     = verb("list/feed", (*Service).listFeed, reads)
	ListFeedTake = verb("list/feed/take", (*Service).listFeedTake, ofFeed)
	ListFeedSeen = verb("list/feed/seen", (*Service).listFeedSeen, ofFeed)
)

func ofFeed(in FeedDecision) []deliver.Deed { return []deliver.Deed{{List: in.List}} }

type (
	// Feed is where the feed of a list stands. All of it is on the web.
	Feed struct {
		List   string     `json:"list"`
		URL    string     `json:"url"`
		Zone   string     `json:"zone"`
		Most   int        `json:"most"`
		Since  time.Time  `json:"since,omitzero"` // when it was first read; what it had then counts as sent
		Read   time.Time  `json:"read,omitzero"`  // when it was last dealt with
		Next   time.Time  `json:"next,omitzero"`  // the slot of the next issue
		MadeAt time.Time  `json:"made_at,omitzero"`
		Asks   string     `json:"asks,omitempty"`  // why nothing goes out until a person decides
		Fault  string     `json:"fault,omitempty"` // why it cannot be read now
		New    []FeedItem `json:"new"`             // what is in no issue yet
		Word   string     `json:"word,omitempty"`  // of what is new, for [FeedDecision]
	}
	// FeedDecision is what a person decides about what is new.
	FeedDecision struct {
		List  string
		Shown string // the word of what they were shown
	}
	// FeedItem is an entry of a feed.
	FeedItem struct {
		Title string    `json:"title"`
		Link  string    `json:"link,omitempty"`
		Date  time.Time `json:"date,omitzero"`
	}
	// Taken is what became of what was new.
	Taken struct {
		Issue   string `json:"issue,omitempty"` // that was made of it; "": none was
		Entries int    `json:"entries"`         // that need not go out
	}
)

// ReadFeed reads a feed once. reach says which addresses may be reached; nil: those of the
// public web.
func ReadFeed(ctx context.Context, address string, reach func(netip.Addr) bool) ([]feed.Entry, error) {
	a, err := getter(reach).Get(ctx, address, fetch.Known{})
	if err != nil {
		return nil, err
	}
	from, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return feed.Read(a.Body, a.Type, from)
}

func getter(reach func(netip.Addr) bool) fetch.Getter {
	return fetch.Getter{Reach: reach, Agent: "Kairan (mail magazine; reads one feed at each of its slots)", Most: feed.MaxOctets}
}

// ReachFeeds lets feeds be fetched from addresses that are not of the public web; for tests,
// which serve theirs on this computer. It is said before the service serves.
func (s *Service) ReachFeeds(reach func(netip.Addr) bool) { s.feeds.Get = getter(reach).Get }

// listFeed says where the feed of a list stands.
func (s *Service) listFeed(ctx context.Context, in OfList) (Feed, error) {
	st, err := s.feeds.State(ctx, in.List)
	if err != nil {
		return Feed{}, err
	}
	out := Feed{
		List: in.List, URL: st.List.Feed.URL, Zone: st.List.Zone.String(), Most: st.List.Feed.Most, Since: st.Since, Read: st.Read,
		Next: st.Next, MadeAt: st.MadeAt, Asks: st.Asks, Fault: st.Fault, New: []FeedItem{}, Word: st.Word,
	}
	for _, e := range st.New {
		out.New = append(out.New, FeedItem{e.Title, e.Link, e.Date})
	}
	return out, nil
}

// listFeedTake has all that is new go out.
func (s *Service) listFeedTake(ctx context.Context, in FeedDecision) (Taken, error) {
	name, err := s.feeds.Take(ctx, control.Actor(ctx), in.List, in.Shown)
	return Taken{Issue: name}, err
}

// listFeedSeen has nothing of what is new go out.
func (s *Service) listFeedSeen(ctx context.Context, in FeedDecision) (Taken, error) {
	n, err := s.feeds.Seen(ctx, in.List, in.Shown)
	return Taken{Entries: n}, err
}

// feedTroubles looks at feeds.
func feedTroubles(which func(*editor.Feeds) ([]editor.FeedTrouble, error)) func(*Service, time.Time, found) error {
	return func(s *Service, _ time.Time, found found) error {
		all, err := which(s.feeds)
		for _, x := range all {
			found(x.List, x.Why)
		}
		return err
	}
}
