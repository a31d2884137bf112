package deliver

import (
	"cmp"
	"errors"
	"strings"

	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// ErrNoIssue says that there is no issue of that name.
var ErrNoIssue = errors.New("no such issue")

// IssueName names an issue among those of all lists.
type IssueName struct {
	List string // the list's ID
	Slug string // what the editor calls it within its list
}

// String is list/slug, as people type it; [ParseIssueName] reads it.
func (n IssueName) String() string { return n.List + "/" + n.Slug }

// ParseIssueName reads list/slug.
func ParseIssueName(s string) (IssueName, error) {
	list, slug, ok := strings.Cut(s, "/")
	if !ok || !subscribe.ValidID(list) || !subscribe.ValidID(slug) {
		return IssueName{}, phrase.Say("an issue is named list/slug, such as japanifornia/autumn (a-z, 0-9 and hyphens); got %q", s)
	}
	return IssueName{list, slug}, nil
}

// MarshalText makes it a string, and a key, of JSON.
func (n IssueName) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText is [ParseIssueName].
func (n *IssueName) UnmarshalText(text []byte) (err error) {
	*n, err = ParseIssueName(string(text))
	return err
}

// Compare orders names by list, and then by slug.
func (n IssueName) Compare(o IssueName) int {
	return cmp.Or(strings.Compare(n.List, o.List), strings.Compare(n.Slug, o.Slug))
}
