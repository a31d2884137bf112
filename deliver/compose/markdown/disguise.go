package markdown

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/publicsuffix"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// shownAddress is a host, a URL or an address in the words of a link. A host without more
// is told from other words by its ending.
var shownAddress = regexp.MustCompile(`(?i)(?:(https?)://|([a-z0-9._+-]+)@|\b(www)\.|\b)((?:[\p{L}\p{N}_-]+\.)+(?:jp|com|org|net|info|biz|gov|edu|int|eu|uk|example|[a-z]{2,}))(?::[0-9]+)?([/?#]\S*)?`)

// checkShown compares where a link leads with what its words say. Words that show another
// address than the link's are how deceit is done, and mail programs warn of them.
func (m markdown) checkShown(n *ast.Link, href string) {
	words := unescaped([]byte(m.words(n)))
	u, err := url.Parse(href)
	if err != nil || len(words) > 1000 || u.Scheme != "https" && u.Scheme != "mailto" {
		return
	}
	host, to := u.Hostname(), ""
	if u.Scheme == "mailto" {
		to, _ = url.PathUnescape(u.Opaque)
		_, host, _ = strings.Cut(to, "@")
	}
	page := destination{host, to, u.RequestURI()}
	for _, at := range shownAddress.FindAllStringSubmatchIndex(words, 10) {
		s := matched(words, at)
		if s[1]+s[2]+s[3] == "" && likeIt.MatchString(words[at[1]:]) {
			continue // Booking.comなど is a name
		}
		if says, whole := page.differs(s, words); says.EN != "" && whole {
			m.found.Fail(m.line(n), "link-host", "%s, as mails that deceive do; write the address where it leads, or words", says)
			return
		} else if says.EN != "" {
			m.found.Warn(m.line(n), "link-host", "%s, as mails that deceive do; write the address where it leads, or words", says)
			return
		}
	}
}

// likeIt is what stands behind the name of an enterprise that is one of several, or that
// is spoken of.
var likeIt = regexp.MustCompile(`^(?:など|等|をはじめ|といった|のような|をかた|を装|を名乗|社)`)

// matched are the groups of a match.
func matched(s string, at []int) (groups []string) {
	for i := 0; i < len(at); i += 2 {
		groups = append(groups, s[max(at[i], 0):max(at[i+1], 0)])
	}
	return groups
}

// destination is where a link leads.
type destination struct{ host, address, path string }

// differs says how an address in the words of a link is not where it leads. whole says
// that it is another host's, and all that the link shows.
func (d destination) differs(found []string, words string) (says phrase.Words, whole bool) {
	all, scheme, local, www, shown, path := found[0], found[1], found[2], found[3], found[4], found[5]
	isURL := scheme != "" || www != "" || local != ""
	if !isURL && !ownTLD.MatchString(shown[strings.LastIndexByte(shown, '.')+1:]) {
		return says, false
	}
	if www != "" {
		shown = "www." + shown
	}
	switch {
	case !isURL && words != all && isSameOwner(shown, d.host): // which is spoken of
		return says, false
	case !isSameHost(shown, d.host, isURL):
		return phrase.Say("the link shows %q and leads to %q", finding.Clip(shown), finding.Clip(d.host)), isURL && words == all
	case local != "" && !strings.EqualFold(d.address, local+"@"+shown):
		return phrase.Say("the link shows a mail address and leads elsewhere"), false
	case scheme != "" && words == all && !strings.HasPrefix(plainPath(d.path), plainPath(path)) && !strings.Contains(path, "…") && !strings.Contains(path, "..."):
		return phrase.Say("the link shows another page of %q than it leads to", finding.Clip(d.host)), false
	}
	return says, false
}

// isSameHost says that two hosts are the same to readers, with or without "www."; a host
// that only names an organisation stands for those below it, too.
func isSameHost(shown, host string, isURL bool) bool {
	plain := func(h string) string {
		if ascii, err := asciiHost(h); err == nil {
			h = ascii
		}
		return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(h, ".")), "www.")
	}
	a, b := plain(shown), plain(host)
	return a == b || !isURL && strings.HasSuffix(b, "."+a)
}

// isSameOwner says that two hosts are below the same domain, as one can be had.
func isSameOwner(a, b string) bool {
	owner, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(a))
	other, err2 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(b))
	return err == nil && err2 == nil && owner == other
}

// plainPath is a path as it may be written.
func plainPath(p string) string {
	if plain, err := url.PathUnescape(p); err == nil {
		p = plain
	}
	return strings.TrimRight(p, "/")
}
