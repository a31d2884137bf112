package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no zones of its own

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/cron"
	"example.jp/kairan/subscribe"
)

// declarations reads the offices and the lists.
func (c *Config) declarations(top *table) {
	c.Offices, c.Lists, c.Staff = map[string]*subscribe.Office{}, subscribe.Lists{}, map[string]Staff{}
	ids, tables := top.named("offices")
	for i, t := range tables {
		t.checkID(ids[i])
		o := &subscribe.Office{ID: ids[i]}
		t.rows(office(o))
		t.end()
		c.Offices[o.ID] = o
	}
	ids, tables = top.named("lists")
	if v, ok := top.values["lists"].(map[string]any); len(v) == 0 && (ok || !top.has("lists")) {
		top.fault("lists", "missing; declare at least one list in a section [lists.ID]")
	}
	for i, t := range tables {
		t.checkID(ids[i])
		l := &subscribe.List{ID: ids[i], Delimiter: c.Delimiter}
		var staff Staff
		t.rows(c.list(l, &staff))
		t.end()
		checkList(t, l)
		checkReturnPath(t, l)
		checkFeed(t, l)
		if l.Office != nil {
			l.Face = l.Face.Or(l.Office.Face)
		}
		c.distinct(t, l)
		c.Lists[l.ID], c.Staff[l.ID] = l, staff
		c.Order = append(c.Order, l.ID)
	}
}

// checkID judges the id that a section's own name gives.
func (t *table) checkID(id string) {
	if !subscribe.ValidID(id) {
		t.faultAt(t.path, "%s cannot be an id; write 1 to 64 of a-z, 0-9 and hyphen, such as \"whats-new\"", quote(id))
	}
}

func office(o *subscribe.Office) section {
	rows := []row{
		both("name", &o.Name).says("`{ ja, en }`: its name"),
		both("postal", &o.Postal).says("`{ ja, en }`: its postal address"),
		bound("contact", &o.Contact, (*table).contact, tomlText).says("where readers reach it: a mail address, or the address of a page"),
		bound("phone", &o.Phone, (*table).phone, tomlText).says("a telephone number, printed beside `contact`", "none"),
		bound("report_to", &o.ReportTo, func(t *table, key string) subscribe.Address { return t.address(key, "") }, tomlAddress).says(
			"a mailbox that is told when an issue has ended, or has paused or not started by itself, and of alarms", "nobody"),
		bound("base_url", &o.BaseURL, (*table).origin, tomlText).says("where its pages are; at its host they show this office's lists only"),
		bound("policy_url", &o.PolicyURL, (*table).links, tomlBoth).says("`{ ja, en }`: its privacy policy"),
		bound("policy_date", &o.PolicyDate, (*table).date, func(time.Time) string { return o.PolicyVersion() }).says("the date of that policy, which names its version"),
		bound("accessibility_url", &o.Accessibility, (*table).linksIfAny, tomlLines).says("`{ ja, en }`: what the office says of its pages' accessibility", "none"),
		bound("custodians", &o.Custodians, (*table).recipients, tomlTexts).says("age recipients, who alone can read an export", "none"),
		oneOf("disclosure", &o.Disclosure, subscribe.NoDisclosure, subscribe.ByLetter).says("how requests for disclosure are answered: `\"letter\"` or `\"none\"`", "`\"none\"`"),
	}
	return section{path: "offices.ID", note: required, rows: append(rows, face(&o.Face, func() *subscribe.Office { return o }, "none")...)}
}

// contact is printed as it stands, so it must be one that a reader can use.
func (t *table) contact(key string) string {
	s := t.need(key, "contact@example.jp")
	if s == "" || webPage(s) {
		return s
	}
	if _, err := subscribe.ParsePlainAddress(s); err != nil {
		t.fault(key, `neither a mail address nor the address of a page; write one such as "contact@example.jp" or "https://www.example.jp/contact"`)
	}
	return s
}

var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9() -]{4,28}[0-9]$`)

// phone is a number that can be dialled, with the signs that people write between digits.
func (t *table) phone(key string) string {
	s := t.text(key, "")
	if s != "" && !phoneForm.MatchString(s) {
		t.fault(key, `%s is no telephone number; write digits, with hyphens or spaces between, such as "03-3580-3311" or "+1 415 780 6000"`, quote(s))
		return ""
	}
	return s
}

// origin is the public base URL of an office: scheme and host, nothing after.
func (t *table) origin(key string) string {
	s := t.need(key, "https://magazine.example.jp")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || strings.HasSuffix(u.Host, ":") || !hostForm(u.Hostname()) || u.Scheme != "https" && u.Scheme != "http" {
		t.fault(key, `%s is no web address; write one such as "https://magazine.example.jp"`, quote(s))
		return ""
	}
	bare := u.Scheme + "://" + strings.ToLower(u.Host)
	switch {
	case u.Scheme == "http" && !loopback(u.Hostname()):
		t.fault(key, "readers' links would travel in clear; write %s", quote("https://"+u.Host))
	case s != bare:
		t.fault(key, "%s has more than scheme and host, or a final slash; write %s", quote(s), quote(bare))
	default:
		return s
	}
	return ""
}

// links is a page in both languages.
func (t *table) links(key string) subscribe.Text {
	text := t.both(key)
	for lang, s := range map[string]string{"ja": text.JA, "en": text.EN} {
		if s != "" && !webPage(s) {
			t.faultAt(join(join(t.path, key), lang), `%s is no address of a page; write one such as "https://www.example.jp/privacy"`, quote(s))
		}
	}
	return text
}

// linksIfAny is links, if the key is there.
func (t *table) linksIfAny(key string) subscribe.Text {
	if !t.has(key) {
		return subscribe.Text{}
	}
	return t.links(key)
}

// bothIfAny is a text in both languages, if it is there.
func (t *table) bothIfAny(key string) subscribe.Text {
	if !t.has(key) {
		return subscribe.Text{}
	}
	return t.both(key)
}

// archived says whether anybody may read what went out.
func (t *table) archived(key string) bool {
	return t.oneOf(key, archiveNone, archivePublic) == archivePublic
}

const archiveNone, archivePublic = "none", "public"

func tomlArchived(public bool) string {
	if public {
		return tomlText(archivePublic)
	}
	return tomlText(archiveNone)
}

func webPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsAny(s, " \"<>")
}

func (c *Config) list(l *subscribe.List, staff *Staff) section {
	slow := func(value string) string { // is of no use without start_slow
		if l.StartSlow == 0 {
			return ""
		}
		return value
	}
	least, most := time.Second, 24*time.Hour
	rows := []row{
		bound("list_id", &l.ListID, (*table).listID, tomlText).says("its identifier in `List-Id` (RFC 2919), by which readers' filters know it; never changed"),
		bound("office", &l.Office, c.officeOf, func(o *subscribe.Office) string { return tomlText(o.ID) }).says("whose list it is: the ID of an office"),
		both("name", &l.Name).says("`{ ja, en }`: its name"),
		plain("language", &l.Language, "ja").says("of its issues: `\"ja\"` or `\"en\"`"),
		mailbox("from", &l.From, "magazine@example.jp").says("the address that its mail is from"),
		both("from_name", &l.FromName).says("`{ ja, en }`: the name beside it"),
		mailbox("reply_to", &l.ReplyTo, "").says("the address at which answers are read; without it, and unless `from` is the office's `contact`, issues say that they are not", "none"),
		mailbox("return_path", &l.ReturnPath, "bounce@example.jp").says("the address to which comes back what cannot be delivered"),
		both("purpose", &l.Purpose).says("`{ ja, en }`: what addresses are used for; readers agree to it"),
		bound("description", &l.Description, (*table).bothIfAny, tomlLines).says("`{ ja, en }`: what one will get", "none"),
		bound("frequency", &l.Frequency, (*table).bothIfAny, tomlLines).says("`{ ja, en }`: how often", "none"),
		bound("archive", &l.Archived, (*table).archived, tomlArchived).says("`\"public\"`: issues from then on can be read on the pages from their start; or `\"none\"`", "`\"none\"`"),
		bound("time_zone", &l.Zone, (*table).zone, func(z *time.Location) string { return tomlText(z.String()) }).says("in which its times are meant, such as `\"Asia/Tokyo\"`"),
		span("late_within", &l.LateWithin, 2*time.Hour, least, 7*most).says("how late an issue may still start by itself, after an outage"),
		bound("send_between", &l.Hours, (*table).hours, tomlHours).says("the hours in which its issues are sent, such as `\"07:00-21:00\"`", "any"),
		bound("slots", &l.Slots.Of, (*table).slots, tomlSlots).says("when `issue schedule --slot next` starts an issue: `[\"Mon-Fri 09:00\"]`, or as in a crontab, `[\"0 9 1,15 * *\"]`", "none"),
		bound("not_on", &l.Slots.NotOn, (*table).dates, tomlDates).says("days without slots", "none"),
		bound("start_slow", &l.StartSlow, func(t *table, key string) int { return t.number(key, 0, 0, 1_000_000) },
			func(n int) string { return slow(strconv.Itoa(n)) }).says("after so many copies an issue waits once, for a look at the refusals", "it does not"),
		bound("start_slow_for", &l.StartSlowFor, func(t *table, key string) time.Duration { return t.duration(key, 15*time.Minute, least, most) },
			func(d time.Duration) string { return slow(tomlSpan(d)) }).says("how long", "`\"15m\"`"),
		bound("languages", &l.Languages, func(t *table, key string) []subscribe.Lang { return t.languages(key, l.Language) }, func(all []subscribe.Lang) string { return tomlTexts(langTexts(all)) }).says("the languages of its pages", "`[\"ja\", \"en\"]`"),
		bound("closes", &l.Closes, (*table).dateIfAny, tomlDate).says("the last day on which sign-ups are taken", "none"),
		bound("erase_by", &l.EraseBy, (*table).dateIfAny, tomlDate).says("the day on which everything of it is erased", "never"),
		bound("text_width", &l.TextWidth, (*table).textWidth, strconv.Itoa).says("full-width characters in a line of a text part; `0`: lines are not folded", "`36`"),
	}
	rows = append(rows, face(&l.Face, func() *subscribe.Office { return l.Office }, "the office's")...)
	return section{path: "lists.ID", note: required, rows: append(rows,
		bound("writers", &staff.Writers, (*table).accounts, tomlTexts).says("accounts, and groups behind `%`, who work on its issues", "whoever may use the socket, if there are no `approvers` either"),
		bound("approvers", &staff.Approvers, (*table).accounts, tomlTexts).says("who do so, too, and close it", "likewise"),
		number("approval", &l.Approvals, 1, 1, 2).says("2: an issue begins only when another account than its author's has approved it", "`1`"),
		bound("testers", &l.Testers, (*table).testers, func(all []subscribe.Address) string { return fmt.Sprintf("# testers: %d, not shown", len(all)) }).says("addresses that get the copy of `issue test`", "nobody"),
		bound("feed", &l.Feed, (*table).feed, func(*subscribe.Feed) string { return "" }).says("fills its issues: a table of its own", "none: people write them"),                 // likewise
		bound("fields", &l.Fields, (*table).fields, func([]subscribe.Field) string { return "" }).says("what is asked beside the address: a table for each", "the address alone"), // which the echo has as tables of their own
	)}
}

// textWidth is how many full-width characters a line of a text part has. Fewer than
// the least hold no date with its weekday, and more than the most are not read easily.
func (t *table) textWidth(key string) int {
	const usual, least, most = 36, 20, 60
	n := t.number(key, usual, 0, most)
	if n > 0 && n < least {
		t.fault(key, "%d is too narrow; write a number from %d to %d, or 0 for lines that are not folded", n, least, most)
	}
	return n
}

// slots are when a list's issues go out by habit.
func (t *table) slots(key string) (all []subscribe.Slot) {
	for i, s := range t.texts(key, nil) {
		slot, err := cron.ParseSlot(s)
		if err != nil && s != "" {
			t.faultAt(item(join(t.path, key), i+1), "%s", err.Error())
		}
		all = append(all, slot)
	}
	return all
}

func tomlSlots(all []subscribe.Slot) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.Text
	}
	return tomlTexts(texts)
}

func tomlHours(h subscribe.Hours) string {
	if h == (subscribe.Hours{}) {
		return ""
	}
	return tomlText(h.String())
}

// languages are those of a list's pages; both, if the file does not say.
func (t *table) languages(key string, own subscribe.Lang) (out []subscribe.Lang) {
	for i, s := range t.texts(key, []string{string(subscribe.Japanese), string(subscribe.English)}) {
		switch lang := subscribe.ParseLang(s, ""); {
		case s == "":
		case lang == "" || slices.Contains(out, lang):
			t.faultAt(item(join(t.path, key), i+1), `%s is not a language that the pages speak, or stands there twice; write ["ja"], ["en"] or ["ja", "en"]`, quote(s))
		default:
			out = append(out, lang)
		}
	}
	if len(out) > 0 && subscribe.ParseLang(string(own), "") != "" && !slices.Contains(out, own) {
		t.fault(key, "without %q, which the list's issues are written in; write it too", own)
	}
	return out
}

func langTexts(all []subscribe.Lang) []string {
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = string(l)
	}
	return out
}

func checkList(t *table, l *subscribe.List) {
	if !l.EraseBy.IsZero() && !l.Closes.IsZero() && !l.Closes.Before(l.EraseBy) {
		t.fault("closes", "not before erase_by, when nothing is left to sign up for; write an earlier date")
	}
	if l.Language != "" && l.Language != subscribe.Japanese && l.Language != subscribe.English {
		t.fault("language", `%s is not a language that the pages speak; write "ja" or "en"`, quote(string(l.Language)))
	}
	if !l.From.IsZero() && !l.ReturnPath.IsZero() && l.From.Identity() == l.ReturnPath.Identity() {
		t.fault("return_path", "the same address as from, where bounces would mix with answers; write another one that only bounces go to")
	}
}

// hours reads a span of the day, such as "07:00-21:00".
func (t *table) hours(key string) subscribe.Hours {
	s := t.text(key, "")
	if s == "" {
		return subscribe.Hours{}
	}
	h, err := subscribe.ParseHours(s)
	if err != nil {
		t.fault(key, `%s is no span of hours; write one such as "07:00-21:00"`, quote(s))
	}
	return h
}

func (c *Config) officeOf(t *table, key string) *subscribe.Office {
	id := t.need(key, "my-office")
	if id == "" {
		return nil
	}
	if o, ok := c.Offices[id]; ok {
		return o
	}
	known := make([]string, 0, len(c.Offices))
	for id := range c.Offices {
		known = append(known, id)
	}
	if near := deliver.Nearest(id, known); near != "" {
		t.fault(key, "no office %s is declared; did you mean %s?", quote(id), quote(near))
	} else {
		t.fault(key, "no office %s is declared; write the id of one, or declare it in a section [offices.ID]", quote(id))
	}
	return nil
}

// listIDForm is RFC 2919 §2 with a namespace, in dot-atoms of RFC 5322 §3.2.3.
var listIDForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+$")

func (t *table) listID(key string) string {
	s := t.need(key, "whats-new.list-id.example.jp")
	if s != "" && (len(s) > 255 || !listIDForm.MatchString(s)) {
		t.fault(key, `%s is no list id (RFC 2919); write a name within a domain of yours, at most 255 characters, such as "whats-new.list-id.example.jp"`, quote(s))
		return ""
	}
	return s
}

// distinct refuses what two lists may not share, and a list id that promises
// to be used on this machine only.
func (c *Config) distinct(t *table, l *subscribe.List) {
	if other, ok := c.Lists.ByTag(subscribe.ListTag(l.ID)); ok {
		t.faultAt(t.path, "this id and %q share the short name that links carry, by rare chance; write another id", other.ID)
	}
	if l.ListID == "" {
		return
	}
	for _, id := range c.Order {
		if strings.EqualFold(c.Lists[id].ListID, l.ListID) {
			t.fault("list_id", "list %q has it already; write one that no other list has", id)
		}
	}
	if local := strings.HasSuffix(strings.ToLower(l.ListID), ".localhost"); local && l.Office != nil && l.Office.BaseURL != "" {
		if u, err := url.Parse(l.Office.BaseURL); err == nil && !loopback(u.Hostname()) {
			t.fault("list_id", `the localhost namespace is for trials only (RFC 2919 §2); write one of a domain of yours, such as "%s.list-id.example.jp"`, l.ID)
		}
	}
}

// address is one plain address, which must be there if there is an example of it.
func (t *table) address(key, example string) subscribe.Address {
	s := ""
	if example != "" {
		s = t.need(key, example)
	} else {
		s = t.text(key, "")
	}
	if s == "" {
		return subscribe.Address{}
	}
	a, err := subscribe.ParsePlainAddress(s)
	if err != nil {
		t.fault(key, `not one plain mail address; write it alone, such as "magazine@example.jp"`)
	}
	return a
}

func (t *table) testers(key string) (out []subscribe.Address) {
	seen := map[string]bool{}
	for i, s := range t.texts(key, nil) {
		if s == "" {
			continue
		}
		path := item(join(t.path, key), i+1)
		a, err := subscribe.ParsePlainAddress(s)
		switch {
		case err != nil:
			t.faultAt(path, `not one plain mail address; write it alone, such as "editor@example.jp"`)
		case seen[a.Identity()]:
			t.faultAt(path, "the same address again; delete it")
		}
		seen[a.Identity()] = true
		out = append(out, a)
	}
	return out
}

func (t *table) zone(key string) *time.Location {
	s := t.need(key, "Asia/Tokyo")
	if s == "" {
		return nil
	}
	zone, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		t.fault(key, `%s is no time zone; write one of the IANA names, such as "Asia/Tokyo"`, quote(s))
		return nil
	}
	return zone
}
