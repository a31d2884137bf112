package web

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Links redeems the links that pages are visited with, once. [subscribe.Tokens]
// does it. The error for a link of any other purpose is [subscribe.ErrToken].
type Links interface {
	Inspect(tok subscribe.Token, of ...subscribe.Purpose) (subscribe.Visit, error)
}

// Archive is what of the issues anybody may read, as it stands at each call.
type Archive interface {
	// BackNumbers are the heads of a list's back numbers, those that were withdrawn too,
	// latest first. Nobody changes the slice.
	BackNumbers(list string) ([]subscribe.BackNumber, error)
	// BackNumber is one, whole; [subscribe.ErrNoBackNumber] if there is none.
	BackNumber(list, slug string) (subscribe.BackNumber, error)
	// BackNumberFile is one of its files; [subscribe.ErrNoBackNumber] if it has none of that
	// name, or was withdrawn.
	BackNumberFile(list, slug, name string) ([]byte, error)
	// ArchiveVersion is another one after each change of any of these, at the latest when
	// whoever asked for the change is told: what is kept of them is good for as long as it is
	// the one from before they were read. It begins anew with the process: nobody is shown it.
	ArchiveVersion() uint64
}

// Site is what the public pages are made from.
type Site struct {
	Desk           Desk
	Links          Links
	Archive        Archive // nil: no list has one
	Lists          subscribe.Lists
	Endings        subscribe.Endings
	Order          []string // the ids of all lists, as the front page shows them
	Templates      *templates.Set
	Pictures       map[string]subscribe.Picture // what is in the files of the logos, by path
	TrustedProxies []string                     // addresses and networks (CIDR) whose X-Real-IP is believed; empty: nobody's
	Log            *slog.Logger                 // nil: nothing is logged
	Now            func() time.Time             // nil: time.Now
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
	SeenStyle = "/style" // what pages load: stylesheet, logo, icon
	SeenOther = "other"
)

// pages is a Site at work.
type pages struct {
	Site
	assets      map[string]asset    // by path
	faces       map[string]pageFace // by list
	officeFaces map[string]pageFace // by office
	plain       pageFace            // of pages that several offices share
	https       bool                // some office is reached over https
	origins     map[string]bool     // of the offices' base URLs
	hosts       map[string]*host    // by name
	everywhere  *host               // all that there is
	patterns    map[string]string   // of the routes, as they are told
	stopping    context.Context     // ends when the server has shut down
	began       time.Time           // when the site was made
	shelf       shelf
	rack        rack
	faults      atomic.Uint64    // how often the archive could not be read
	unread      subscribe.Hourly // of the warning about an X-Real-IP that cannot be read
	crowded     subscribe.Hourly // of the warning that all connections are in use
}
