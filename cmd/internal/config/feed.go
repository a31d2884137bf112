package config

import (
	"net/url"
	"strings"
	"time"

	"example.jp/kairan/deliver/feed"
	"example.jp/kairan/subscribe"
)

const feedForm = "[lists.ID.feed] and its keys on the lines below"

// feedBefore is how long before its slot an issue is made of a feed; where another account is
// to approve it, on the working day before.
const (
	feedBefore         = 30 * time.Minute
	feedBeforeApproval = 18 * time.Hour
)

// feed is what fills a list; nil if it has none.
func (t *table) feed(key string) *subscribe.Feed {
	in := t.table(key, feedForm)
	if in == nil {
		return nil
	}
	f := new(subscribe.Feed)
	in.rows(fedBy(f))
	in.end()
	return f
}

func fedBy(f *subscribe.Feed) section {
	return section{path: "lists.ID.feed", note: "none: people write its issues", rows: []row{
		bound("url", &f.URL, (*table).feedURL, tomlText).says("of an RSS, Atom or JSON Feed, whose new entries become an issue at each of `slots`"),
		number("most", &f.Most, 20, 1, feed.MostTaken).says("if more entries are new, a person is asked", "`20`"),
		bound("before", &f.Before, func(t *table, key string) time.Duration { return t.duration(key, 0, time.Minute, 7*24*time.Hour) }, tomlSpan).says(
			"how long before its slot an issue is made", "`\"30m\"`; with `approval = 2` `\"18h\"`"),
		bound("subject", &f.Subject, func(t *table, key string) string { return t.feedText(key, feed.CheckSubject) }, tomlText).says(
			"of its issues, with `{date}` and `{count}`", "`\"新着情報 {date}（{count}件）\"`"),
		bound("template", &f.Template, func(t *table, key string) string { return t.feedText(key, feed.CheckTemplate) }, tomlText).says(
			"Markdown; the lines between `{each}` and `{end}` become an entry each, with `{entry}`, `{title}`, `{link}`, `{date}` and `{summary}`", "a list of titles with links"),
	}}
}

// feedURL is an address over TLS: what readers see of a public body must not be changed on
// its way. On this computer there is none.
func (t *table) feedURL(key string) string {
	s := t.need(key, "https://www.example.jp/news.rdf")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || !webPage(s) || u.Fragment != "" {
		t.fault(key, `%s is no address of a feed; write one such as "https://www.example.jp/news.rdf"`, quote(s))
		return ""
	}
	if u.Scheme != "https" && !loopback(u.Hostname()) {
		t.fault(key, "what is read there could be changed on its way to us; write %s", quote("https"+strings.TrimPrefix(s, "http")))
		return ""
	}
	return s
}

// feedText is a text with the marks of feeds in it, which may have several lines.
func (t *table) feedText(key string, check func(string) error) string {
	if !t.has(key) {
		return ""
	}
	s, ok := t.values[key].(string)
	if !ok {
		t.fault(key, `not a text; write it in quotes: %s = "…"`, key)
		return ""
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && subscribe.IsUnprintable(r) }) || key == "subject" && strings.Contains(s, "\n") {
		t.fault(key, "has an invisible control character, or a line break where there can be none; write it without any")
		return ""
	}
	if err := check(s); err != nil {
		t.fault(key, "%s", err.Error())
		return ""
	}
	return s
}

// checkFeed judges a feed by what its list says beside.
func checkFeed(t *table, l *subscribe.List) {
	if l.Feed == nil {
		return
	}
	if len(l.Slots.Of) == 0 {
		t.fault("feed", `the list has no slots, at which its feed could fill an issue; write slots = ["Mon-Fri 09:00"]`)
	}
	if l.Feed.Before == 0 {
		l.Feed.Before = feedBefore
		if l.Approvals > 1 {
			l.Feed.Before = feedBeforeApproval
		}
	}
}
