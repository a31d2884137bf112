package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/subscribe"
)

// checkNames notices what `init` wrote and nobody has replaced: names that are
// kept for examples (RFC 2606 §2, §3, and example.jp), which no mail and no
// reader reaches.
func checkNames(cfg *config.Config) (string, error) {
	left := leftNames(cfg)
	if len(left) == 0 {
		return "", nil
	}
	const most = 6
	more := ""
	if len(left) > most {
		more, left = fmt.Sprintf(" and %d more", len(left)-most), left[:most]
	}
	return "", errWarned("names of the sample are left in " + strings.Join(left, ", ") + more + "; write your own before readers come")
}

// leftNames are the sections, in the order of the file, that hold such a name.
func leftNames(cfg *config.Config) (left []string) {
	note := func(section string, hosts ...string) {
		if slices.ContainsFunc(hosts, forExamples) {
			left = append(left, section)
		}
	}
	note("[relay]", cfg.Relay.Host, cfg.Relay.Hello)
	for _, r := range cfg.Fallback {
		note("[[fallback_relays]]", r.Host, r.Hello)
	}
	seen := map[string]bool{}
	for _, id := range cfg.Order {
		if o := cfg.Lists[id].Office; !seen[o.ID] {
			seen[o.ID] = true
			note("[offices."+o.ID+"]", hostOf(o.BaseURL), hostOf(o.Contact), hostOf(o.PolicyURL.JA), hostOf(o.PolicyURL.EN), hostOf(o.Accessibility.JA), hostOf(o.Accessibility.EN))
			if !slices.Contains(left, "[offices."+o.ID+"]") && strings.Contains(o.Postal.JA, config.NoPostcode) {
				left = append(left, "`postal` of [offices."+o.ID+"]")
			}
		}
	}
	for _, id := range cfg.Order {
		l := cfg.Lists[id]
		hosts := []string{l.ListID}
		for _, a := range append([]subscribe.Address{l.From, l.ReplyTo, l.ReturnPath}, l.Testers...) {
			if !a.IsZero() {
				hosts = append(hosts, a.Domain())
			}
		}
		note("[lists."+id+"]", hosts...)
	}
	return left
}

// hostOf is the host of a URL, or the domain of an address.
func hostOf(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.Hostname()
	}
	_, domain, _ := strings.Cut(s, "@")
	return domain
}

// forExamples says whether a name lies below one that is kept for examples.
func forExamples(host string) bool {
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	kept := []string{".example", ".example.jp", ".example.com", ".example.net", ".example.org"}
	return slices.ContainsFunc(kept, func(top string) bool { return strings.HasSuffix(host, top) })
}
