package markdown

import (
	"bytes"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/idna"
	xwidth "golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/phrase"
)

// checkLink checks where a link leads, and writes its destination as a mail program wants
// it.
func (m markdown) checkLink(n *ast.Link) {
	if n.Destination == nil {
		n.Destination = []byte{}
	}
	dest := string(n.Destination)
	if _, ok := n.AttributeString(asWritten); !ok {
		dest = unescaped(n.Destination)
	}
	m.checkTitle(n, n.Title)
	if isInLink(n) {
		m.found.Fail(m.line(n), "link", "a link stands within another here, and mail programs end the outer one there; write one after the other")
	}
	if fragment, ok := strings.CutPrefix(dest, "#"); ok {
		n.Destination = m.section(n, fragment)
		return
	}
	href := m.follow(m.line(n), dest)
	n.Destination = []byte(href)
	if !isBareLink(n) {
		m.checkShown(n, href)
	}
	if t, ok := n.NextSibling().(*ast.Text); ok {
		if r := []rune(string(t.Segment.Value(m.source))); len(r) > 0 && slot.IsMark(r[0]) && r[0] != slot.MarkBraces && isBareLink(n) {
			m.found.Fail(m.line(n), "slot-in-link", slot.InURL)
		}
	}
}

// section is the destination of a link within the text; of one that leads nowhere only
// the words are sent.
func (m markdown) section(n ast.Node, fragment string) []byte {
	id := m.anchors.link(fragment)
	if id == "" {
		m.found.Warn(m.line(n), "anchor", "no heading of this text is %q, so the link to it leads nowhere; write it as the heading is written", finding.Clip("#"+fragment))
		return nil
	}
	return []byte("#" + id)
}

// checkTitle warns of words that stand behind an address in quotation marks, and are not
// in the text beside it.
func (m markdown) checkTitle(n ast.Node, title []byte) {
	if len(title) > 0 && !m.isSaidBeside(n, title) {
		m.found.Warn(m.line(n), "title", "%q behind the address is shown under a mouse only, and not in the text part; write it in the text", finding.Clip(strings.Join(strings.Fields(unescaped(title)), " ")))
	}
}

// beside is how many octets around a link are looked at for what its title says.
const beside = 1000

// isSaidBeside says that the words of a title are read near their link, too: in its text,
// or in the heading above it.
func (m markdown) isSaidBeside(n ast.Node, title []byte) bool {
	at := n.Pos()
	for p := n; at < 0 && p != nil; p = p.Parent() {
		if c := p.FirstChild(); c != nil {
			at = c.Pos()
		}
		if at < 0 {
			at = p.Pos()
		}
	}
	if at < 0 || at > len(m.source) {
		return false
	}
	near := m.source[max(0, at-beside):min(len(m.source), at+beside)]
	quoted := 0
	for _, quotes := range []string{`""`, `''`, `()`} {
		quoted += bytes.Count(near, slices.Concat([]byte{quotes[0]}, title, []byte{quotes[1]}))
	}
	return bytes.Count(near, title) > quoted
}

// isBareLink says that a mail program may read on behind a link, in the text part.
func isBareLink(n *ast.Link) bool {
	bare, _ := n.AttributeString(asWritten)
	return bare == true
}

// unescaped is a destination or a title without Markdown's escapes.
func unescaped(b []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b))))
}

// follow says what is wrong with the destination of a link on a line, and what to write
// instead. It is returned as mail programs want it: in ASCII.
func (m markdown) follow(line int, dest string) (href string) {
	if strings.ContainsFunc(dest, slot.IsMark) {
		m.found.Fail(line, "slot-in-link", slot.InURL)
		return ""
	}
	href, repair := m.address(strings.TrimSpace(dest))
	if repair.EN != "" {
		m.found.Fail(line, "link", "the link to %q cannot be sent: %s", finding.Clip(dest), repair)
	}
	return href
}

var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):(.*)$`)

// address is a destination in ASCII, or what to write instead.
func (m markdown) address(dest string) (href string, repair phrase.Words) {
	if narrow := xwidth.Narrow.String(dest); narrow != dest && scheme.MatchString(narrow) && !scheme.MatchString(dest) {
		return "", phrase.Say("some of its characters are full-width (全角); write %s", finding.Clip(narrow))
	}
	parts := scheme.FindStringSubmatch(dest)
	if parts == nil || startsWithPort.MatchString(dest) {
		return "", m.whole(dest)
	}
	switch name, rest := strings.ToLower(parts[1]), parts[2]; name {
	case "https":
		return secure(dest, rest)
	case "http":
		return "", phrase.Say("what readers see there could be read and changed on its way; write https:%s if the page opens under it", finding.Clip(rest))
	case "mailto":
		return mailto(rest)
	case "tel":
		if number := xwidth.Narrow.String(rest); telephone.MatchString(number) {
			return "tel:" + number, repair
		}
		return "", phrase.Say("a telephone number has digits and hyphens only; write tel:03-1234-5678 or tel:+81-3-1234-5678")
	}
	return "", phrase.Say("a link must begin with https:// and a host, with mailto: and an address, or with tel: and a number")
}

var (
	startsWithPort = regexp.MustCompile(`^[^/:]+\.[^/:]+:[0-9]+(/|$)`)
	telephone      = regexp.MustCompile(`^\+?[0-9][0-9().-]*$`) // RFC 3966 §3, without parameters
	hostLike       = regexp.MustCompile(`^(?i:www\.|[a-z0-9-]+(\.[a-z0-9-]+)*\.(jp|com|org|net|example)(:[0-9]+)?(/|$))`)
)

// whole says how to write a destination that begins with no scheme.
func (m markdown) whole(dest string) phrase.Words {
	site := "www.example.jp"
	if len(m.hosts) > 0 {
		site = m.hosts[0]
	}
	switch {
	case dest == "":
		return phrase.Say("it leads nowhere; write the address between the parentheses, as in [案内](https://%s/)", site)
	case strings.HasPrefix(dest, "//"):
		return phrase.Say("write the whole address: https:%s", finding.Clip(dest))
	case hostLike.MatchString(dest):
		return phrase.Say("write the whole address: https://%s", finding.Clip(dest))
	case strings.Contains(dest, "@"):
		return phrase.Say("a link to an address begins with mailto:")
	}
	path := strings.TrimLeft(strings.TrimPrefix(dest, "./"), "/")
	for strings.HasPrefix(path, "../") {
		path = strings.TrimPrefix(path, "../")
	}
	return phrase.Say("in a mail it leads nowhere; write the whole address: https://%s/%s", site, finding.Clip(path))
}

// secure checks a destination that begins with https:.
func secure(dest, rest string) (href string, repair phrase.Words) {
	u, err := url.Parse(dest)
	if err != nil || u.Hostname() == "" || !strings.HasPrefix(rest, "//") {
		return "", phrase.Say("it is no address of a page; write https://, a host and a path, without spaces")
	}
	if u.User != nil {
		return "", phrase.Say("a name before an @ hides where it leads; write https:// and the host directly")
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return "", phrase.Say("there can be no host %q; see whether it is spelt as on its own pages", finding.Clip(u.Hostname()))
	}
	behind := ""
	if rest = rest[len("//"):]; strings.ContainsAny(rest, "/?#") { // the host may be written in another way than u has it
		behind = rest[strings.IndexAny(rest, "/?#"):]
	}
	if port := u.Port(); port != "" {
		behind = ":" + port + behind
	}
	return "https://" + host + string(util.URLEscape([]byte(behind), false)), repair
}

// asciiHost is a host as the DNS has it: a name in Japanese by its A-labels (RFC 5891).
func asciiHost(host string) (string, error) {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) && !strings.Contains(strings.ToLower(host), "xn--") {
		if !plainHost.MatchString(host) {
			return "", errNoHost
		}
		return host, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	shown, _ := idna.Lookup.ToUnicode(host)
	if err != nil || slices.ContainsFunc(strings.Split(shown, "."), isDisguise) || !plainHost.MatchString(ascii) {
		return "", errNoHost
	}
	return ascii, nil
}

// isDisguise reports a name of a host in which letters of Latin stand beside those of other
// alphabets that look the same. No registry gives such names out, as few browsers show them.
func isDisguise(label string) bool {
	latin := strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
	return latin && strings.ContainsFunc(label, func(r rune) bool { return unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian) })
}

// asciiHosts are hosts, with their ports, as the DNS has them; one that there cannot be
// stays.
func asciiHosts(hosts []string) (all []string) {
	for _, h := range hosts {
		name, port, _ := strings.Cut(h, ":")
		if ascii, err := asciiHost(name); err == nil {
			h = strings.TrimSuffix(ascii+":"+port, ":")
		}
		all = append(all, h)
	}
	return all
}

var (
	plainHost = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`)
	errNoHost = errors.New("no host")
)

// mailto checks what stands behind mailto: (RFC 6068).
func mailto(rest string) (href string, repair phrase.Words) {
	to, headers, more := strings.Cut(rest, "?")
	local, domain, ok := strings.Cut(to, "@")
	host, err := asciiHost(domain)
	if !ok || local == "" || err != nil || !strings.Contains(host, ".") || strings.ContainsAny(to, " \t<>\"") {
		return "", phrase.Say("it is no address; write mailto: and one address, as in mailto:desk@example.jp")
	}
	for header := range strings.SplitSeq(headers, "&") {
		if name, _, _ := strings.Cut(header, "="); more && !slices.Contains([]string{"subject", "body", "cc"}, strings.ToLower(name)) {
			return "", phrase.Say("behind the address may stand ?subject=, ?body= and ?cc=, and %q is none of these: readers would not see what it does", finding.Clip(name))
		}
	}
	href = "mailto:" + string(util.URLEscape([]byte(local), false)) + "@" + host
	if more {
		href += "?" + string(util.URLEscape([]byte(headers), false))
	}
	return href, repair
}
