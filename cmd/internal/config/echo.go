package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// Echo is the configuration in effect as a TOML file, defaults filled in, for
// an operator to look at. Testers and the relay's user name are only counted, in
// comments; the password is the path of its file.
func (c *Config) Echo() string {
	var e echo
	e.text("data", c.Data)
	e.text("keys", c.Keys)
	e.text("journal", c.Journal)
	e.text("socket", c.Socket)
	e.text("socket_group", c.SocketGroup)
	if c.MaxSize > 0 {
		e.text("max_size", bytesOf(c.MaxSize))
	}
	e.section("[listen]")
	e.text("public", c.Listen.Public)
	e.text("admin", c.Listen.Admin)
	e.texts("trusted_proxies", c.Listen.TrustedProxies)
	e.relay("[relay]", c.Relay)
	for _, r := range c.Fallback {
		e.relay("[[fallback_relays]]", r)
	}
	c.echoSending(&e)
	s := c.Suspension
	e.section("[suspension]")
	e.plain("hard", s.Hard)
	e.span("hard_apart", s.HardApart)
	e.texts("at_once", s.AtOnce)
	e.plain("soft", s.Soft)
	e.span("soft_apart", s.SoftApart)
	e.plain("soft_issues", s.SoftIssues)
	e.section("[limits]")
	e.plain("intake", c.Limits.Intake)
	e.plain("requests_per_hour", c.Limits.PerHour)
	e.plain("requests_per_network_per_hour", c.Limits.PerNetworkHour)
	for _, id := range slices.SortedFunc(maps.Keys(c.Offices), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.at[join("offices", a)].offset, c.at[join("offices", b)].offset), cmp.Compare(a, b))
	}) {
		e.office(c.Offices[id])
	}
	for _, id := range c.Order {
		e.list(c.Lists[id])
	}
	return e.String()
}

func (e *echo) relay(header string, r Relay) {
	e.section(header)
	e.text("host", r.Host)
	e.plain("port", r.Port)
	e.text("tls", r.TLS)
	e.text("ca_file", r.CAFile)
	if r.Username != "" {
		e.note("username: set, not shown")
	}
	e.text("password_file", r.PasswordFile)
	e.text("hello", r.Hello)
	e.plain("connections", r.Connections)
	e.plain("messages_per_connection", r.PerConnection)
	e.plain("messages_per_minute", r.PerMinute)
}

func (c *Config) echoSending(e *echo) {
	s := c.Sending
	waits := make([]string, len(s.Retry))
	for i, d := range s.Retry {
		waits[i] = brief(d)
	}
	e.section("[sending]")
	e.texts("retry", waits)
	e.span("expires", s.Expires)
	e.text("uncertain", s.Uncertain)
	e.span("uncertain_after", s.UncertainAfter)
	e.span("now_delay", s.NowDelay)
	e.span("grace", s.Grace)
	e.span("probe_every", s.ProbeEvery)
}

// echo writes lines of TOML. Empty texts are left out, as in a file.
type echo struct{ strings.Builder }

func (e *echo) section(header string)          { fmt.Fprintf(e, "\n%s\n", header) }
func (e *echo) note(s string)                  { fmt.Fprintf(e, "# %s\n", s) }
func (e *echo) plain(key string, v any)        { fmt.Fprintf(e, "%s = %v\n", key, v) }
func (e *echo) span(k string, d time.Duration) { e.text(k, brief(d)) }

func (e *echo) text(key, s string) {
	if s != "" {
		e.plain(key, tomlText(s))
	}
}

func (e *echo) texts(key string, list []string) {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = tomlText(s)
	}
	e.plain(key, "["+strings.Join(quoted, ", ")+"]")
}

func (e *echo) both(key string, t subscribe.Text) {
	e.plain(key, fmt.Sprintf("{ ja = %s, en = %s }", tomlText(t.JA), tomlText(t.EN)))
}

func (e *echo) office(o *subscribe.Office) {
	e.section("[offices." + o.ID + "]")
	e.both("name", o.Name)
	e.both("postal", o.Postal)
	e.text("contact", o.Contact)
	e.text("base_url", o.BaseURL)
	e.both("policy_url", o.PolicyURL)
	e.plain("policy_date", o.PolicyVersion())
}

func (e *echo) list(l *subscribe.List) {
	e.section("[lists." + l.ID + "]")
	e.text("list_id", l.ListID)
	e.text("office", l.Office.ID)
	e.both("name", l.Name)
	e.text("language", string(l.Language))
	e.text("from", l.From.Clear()) // the office's own address, which every issue shows
	e.both("from_name", l.FromName)
	e.text("reply_to", l.ReplyTo.Clear())
	e.text("return_path", l.ReturnPath.Clear())
	e.both("purpose", l.Purpose)
	e.text("time_zone", l.Zone.String())
	e.span("late_within", l.LateWithin)
	if l.Hours != (subscribe.Hours{}) {
		e.text("send_between", l.Hours.String())
	}
	if l.StartSlow > 0 {
		e.plain("start_slow", l.StartSlow)
		e.span("start_slow_for", l.StartSlowFor)
	}
	e.note(fmt.Sprintf("testers: %d, not shown", len(l.Testers)))
	for _, f := range l.Fields {
		e.section("[[lists." + l.ID + ".fields]]")
		e.text("id", f.ID)
		e.text("kind", string(f.Kind))
		e.both("label", f.Label)
		e.both("purpose", f.Purpose)
		e.plain("required", f.Required)
		if f.Kind.HasLength() {
			e.plain("length", f.Length)
		}
		e.choices(f.Choices)
	}
}

func (e *echo) choices(all []subscribe.Choice) {
	if len(all) == 0 {
		return
	}
	e.WriteString("choices = [\n")
	for _, c := range all {
		fmt.Fprintf(e, "  { id = %s, ja = %s, en = %s },\n", tomlText(c.ID), tomlText(c.Label.JA), tomlText(c.Label.EN))
	}
	e.WriteString("]\n")
}

// tomlText is s as a TOML basic string.
func tomlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
