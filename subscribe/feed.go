package subscribe

import "time"

// Feed is a feed of a web site, RSS, Atom or JSON Feed, whose new entries become an issue of
// a list at each of its slots.
type Feed struct {
	URL      string        // https or http; nothing is fetched from another host
	Most     int           // so many new entries may go out by themselves, 1 or more
	Before   time.Duration // how long before a slot the issue is made
	Subject  string        // of the issues; "": [deliver/feed] has one
	Template string        // of their text, likewise
}
