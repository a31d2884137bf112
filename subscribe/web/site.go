package web

import (
	"context"
	"log/slog"
	"time"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Links redeems the links that pages are visited with, once. [subscribe.Tokens]
// does it. The error for a link of any other purpose is [subscribe.ErrToken].
type Links interface {
	Inspect(tok subscribe.Token, of ...subscribe.Purpose) (subscribe.Visit, error)
}

// Site is what the public pages are made from.
type Site struct {
	Desk           Desk
	Links          Links
	Lists          subscribe.Lists
	Endings        subscribe.Endings
	Order          []string // the ids of all lists, as the front page shows them
	Templates      *templates.Set
	TrustedProxies []string         // addresses and networks (CIDR) whose X-Real-IP is believed; empty: nobody's
	Log            *slog.Logger     // nil: nothing is logged
	Now            func() time.Time // nil: time.Now
	// Saw is told of each request that was answered, and of nothing else of it; nil: nobody is.
	Saw func(Seen)
}

// Seen is what is told of a request: few words, whatever was asked.
type Seen struct {
	Method string // GET, HEAD, POST or [SeenOther]
	Route  string // the pattern of the page, such as /lists/{list}, [SeenStyle] or [SeenOther]
	Status int
}

// What is no page.
const (
	SeenStyle = "/style" // the stylesheet
	SeenOther = "other"
)

// pages is a Site at work.
type pages struct {
	Site
	style     []byte
	stylePath string
	https     bool                // some office is reached over https
	origins   map[string]bool     // of the offices' base URLs
	hosts     map[string][]string // the ids of the offices at a host
	stopping  context.Context     // ends when the server has shut down
	unread    subscribe.Hourly    // of the warning about an X-Real-IP that cannot be read
}
