package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// Own is what an office says of itself before it has a configuration.
type Own struct {
	Office, List subscribe.Text // their names
	BaseURL      string
	From         string // the address that mails of the list come from
	RelayHost    string
	RelayPort    int
	Language     subscribe.Lang // of issues
	Alone        bool           // pages are in that language only
	Zone         string
	Today        time.Time
}

// NoPostcode stands in the postal address of an office that has not written its own yet:
// there is no such postcode.
const NoPostcode = "000-0000"

// ListID is the id of its list: the mailbox that mails come from, if it can be one.
func (o Own) ListID() string {
	mailbox, _, _ := strings.Cut(strings.ToLower(o.From), "@")
	if subscribe.ValidID(mailbox) {
		return mailbox
	}
	return "newsletter"
}

// Source turns a sample into the configuration of one office with one list. What it did not
// say is left as an example, which `kairan check` names, or as a comment.
func (o Own) Source(sample []byte) []byte {
	text := string(sample)
	between := func(from, to string) (before, part, behind string) {
		start := strings.Index(text, from)
		end := start + strings.Index(text[start:], to)
		return text[:start], text[start:end], text[end:]
	}
	head, offices, _ := between("\n[offices.mofa]", "\n[offices.sf]")
	_, lists, _ := between("\n# Lists. ", "\n[lists.japanifornia]")
	text = head
	before, relay, behind := between("\n[relay]", "\n[sending]")
	offices = strings.Replace(offices, "[offices.mofa]", "[offices.office]", 1)
	lists = strings.ReplaceAll(lists, "[lists.whats-new", "[lists."+o.ListID())
	lists = strings.Replace(lists, "whats-new/2026-12", o.ListID()+"/2026-12", 1)
	return []byte(before + filled(relay, o.relay()) + behind + filled(offices, o.office()) + filled(lists, o.list()))
}

// filled has these values in the lines of their keys; a line without a value becomes a
// comment.
func filled(part string, values [][2]string) string {
	for _, v := range values {
		line := regexp.MustCompile(`(?m)^(# )?` + v[0] + ` = .*$`)
		at := line.FindStringIndex(part)
		if at == nil {
			continue
		}
		now := v[0] + " = " + v[1]
		if v[1] == "" {
			now = "# " + strings.TrimPrefix(part[at[0]:at[1]], "# ")
		}
		part = part[:at[0]] + now + part[at[1]:]
	}
	return part
}

func (o Own) relay() [][2]string {
	tls := TLSStart
	switch {
	case o.RelayPort == 465: // RFC 8314 §3.3
		tls = TLSImplicit
	case loopback(o.RelayHost):
		tls = TLSNone
	}
	host := "magazine.example.jp" // a relay is told a full name
	if u, err := url.Parse(o.BaseURL); err == nil && strings.Contains(u.Hostname(), ".") && net.ParseIP(u.Hostname()) == nil {
		host = u.Hostname()
	}
	return [][2]string{{"host", tomlText(o.RelayHost)}, {"tls", tomlText(tls)}, {"port", strconv.Itoa(o.RelayPort)}, {"hello", tomlText(host)}}
}

func (o Own) office() [][2]string {
	policy := tomlBoth(subscribe.Text{JA: "https://www.example.jp/privacy.html", EN: "https://www.example.jp/privacy_e.html"})
	return [][2]string{
		{"name", tomlBoth(o.Office)}, {"postal", tomlBoth(subscribe.Text{JA: "〒" + NoPostcode + " 所在地", EN: "The office's postal address, " + NoPostcode})},
		{"contact", tomlText(o.From)}, {"phone", ""}, {"report_to", tomlText(o.From)}, {"base_url", tomlText(o.BaseURL)},
		{"policy_url", policy}, {"policy_date", tomlDate(o.Today)}, {"accessibility_url", ""},
	}
}

func (o Own) list() [][2]string {
	_, domain, _ := strings.Cut(o.From, "@")
	returns := "bounce@" + domain
	if strings.EqualFold(returns, o.From) {
		returns = "returns@" + domain
	}
	languages := ""
	if o.Alone {
		languages = tomlTexts([]string{string(o.Language)})
	}
	purpose := subscribe.Text{
		JA: fmt.Sprintf("ご登録いただいたメールアドレスは、「%s」の配信に利用します。", o.List.JA),
		EN: fmt.Sprintf("Your email address will be used for the delivery of %q.", o.List.EN),
	}
	return [][2]string{
		{"list_id", tomlText(o.ListID() + ".list-id." + strings.ToLower(domain))}, {"office", tomlText("office")}, {"name", tomlBoth(o.List)},
		{"language", tomlText(o.Language)}, {"from", tomlText(o.From)}, {"from_name", tomlBoth(o.Office)}, {"reply_to", ""},
		{"return_path", tomlText(returns)}, {"purpose", tomlBoth(purpose)}, {"description", ""}, {"frequency", ""},
		{"time_zone", tomlText(o.Zone)}, {"languages", languages}, {"testers", ""},
	}
}
