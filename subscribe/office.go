package subscribe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Office is the public body that answers for a list. All of it is public. Every
// issue shows its name, its postal address and its contact (Act on Regulation of
// Transmission of Specified Electronic Mail, Art. 4; its Ordinance for Enforcement,
// Art. 9).
type Office struct {
	ID         string
	Name       Text
	Postal     Text      // postal address
	Contact    string    // where questions and complaints go: a mail address or a URL, as printed
	Phone      string    // a telephone number for those who would rather call, as printed; "": none
	ReportTo   Address   // who is told how its issues fare, and of alarms; zero: nobody is
	BaseURL    string    // https origin of the public pages, without a final slash
	PolicyURL  Text      // the published privacy policy
	PolicyDate time.Time // its date, which names its version

	Accessibility Text       // URL of what the office says of its pages' accessibility; empty: none
	Face          Face       // of its lists, unless they have their own
	Custodians    []string   // age recipients, who alone can read what is exported; none: nothing can be
	Disclosure    Disclosure // zero: as [NoDisclosure]
	Keeping       Keeping    // of its installation
}

// Disclosure is how an office answers who asks what it holds about them, as its policy
// says. Neither stands above what a law lets people ask for.
type Disclosure string

// The two kinds of policies.
const (
	// NoDisclosure is that of a mail service that does not know who its readers are:
	// they leave and correct by themselves, and nothing is disclosed.
	NoDisclosure Disclosure = "none"
	// ByLetter takes requests by letter, with documents of identity.
	ByLetter Disclosure = "letter"
)

// Keeping is how an installation keeps what it holds: how long, and by whom. Notices, the
// privacy page and the policy file say it, and the program does it, from this one place.
type Keeping struct {
	Retention
	Relay, Machine Text // who operates them, and is entrusted with what is on them; empty: not declared
}

// PolicyVersion names the version of the office's policy: its date.
func (o *Office) PolicyVersion() string { return o.PolicyDate.Format(time.DateOnly) }

// List is the declaration of one mailing list. All of it is public, and it is
// all that a list may hold: see [List.Check].
type List struct {
	ID         string // as it stands in paths and commands: a-z, 0-9, hyphen
	ListID     string // RFC 2919 identifier, explicit and never changed: readers filter by it
	Office     *Office
	Name       Text
	Language   Lang // the language of its issues, and the default of its pages
	From       Address
	FromName   Text
	ReplyTo    Address // zero: none
	ReturnPath Address // envelope sender, never the header From: what comes back is for machines
	Delimiter  string  // behind its mailbox, before what a [Return] says (RFC 5233); "": it says nothing
	Purpose    Text
	// Description and Frequency say what readers will get, and how often; empty: not declared.
	// They are no part of what a reader agrees to.
	Description, Frequency Text
	Archived               bool // anybody may read its back numbers

	Zone       *time.Location
	Fields     []Field
	Testers    []Address     // who receives `kairan issue test`
	LateWithin time.Duration // how late an issue may still start by itself
	Hours      Hours         // in which issues are sent, in Zone; zero: always
	Slots      Slots         // in Zone
	Feed       *Feed         // fills an issue at each slot; nil: people write all of them
	// Approvals is how many accounts stand behind an issue: 2, its author and another one, or
	// less, its author.
	Approvals int
	// StartSlow copies of an issue go out before it waits once, StartSlowFor; 0: never.
	StartSlow    int
	StartSlowFor time.Duration
	Face         Face // its own, or the office's
	// Languages are those of its pages: one or both, its own among them.
	Languages []Lang
	// Closes is the last day, in Zone, on which sign-ups are taken; EraseBy is the day on
	// which everything of the list is erased. Both are midnight UTC of that day; zero: never.
	Closes, EraseBy time.Time

	// TextWidth is that of the lines of text parts, in full-width characters; 0: they
	// are not folded.
	TextWidth int
}

// Closed says whether sign-ups are no longer taken: after the day of Closes, and from that
// of EraseBy.
func (l *List) Closed(now time.Time) bool {
	return !l.Closes.IsZero() && !now.Before(l.begin(l.Closes.AddDate(0, 0, 1))) || l.EraseDue(now)
}

// EraseDue says whether the day of EraseBy has begun, in the list's zone.
func (l *List) EraseDue(now time.Time) bool {
	return !l.EraseBy.IsZero() && !now.Before(l.begin(l.EraseBy))
}

// EraseDay is the day of EraseBy, YYYY-MM-DD; "" if it is never erased.
func (l *List) EraseDay() string {
	if l.EraseBy.IsZero() {
		return ""
	}
	return l.EraseBy.Format(time.DateOnly)
}

// begin is when a day begins in the list's zone.
func (l *List) begin(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, l.Zone)
}

// Hours is a span of the day in minutes since midnight, From up to and without
// To; it may pass midnight. The zero Hours are all.
type Hours struct{ From, To int }

// ParseHours reads a span such as "07:00-21:00".
func ParseHours(s string) (Hours, error) {
	from, to, ok := strings.Cut(s, "-")
	a, err := time.Parse("15:04", from)
	b, err2 := time.Parse("15:04", to)
	if !ok || err != nil || err2 != nil || a.Equal(b) {
		return Hours{}, fmt.Errorf("%q is not a span of hours such as 07:00-21:00", s)
	}
	return Hours{a.Hour()*60 + a.Minute(), b.Hour()*60 + b.Minute()}, nil
}

// String is what ParseHours reads.
func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// Include says whether the wall clock of at, in its location, is within the hours.
func (h Hours) Include(at time.Time) bool {
	m := at.Hour()*60 + at.Minute()
	switch {
	case h == Hours{}:
		return true
	case h.From < h.To:
		return m >= h.From && m < h.To
	}
	return m >= h.From || m < h.To
}

// Change is when, after at, the hours next open or close, by the wall clock of
// at's location; zero if they never do. A clock change that skips or repeats an
// edge of the hours counts as [Hours.Include] sees it.
func (h Hours) Change(at time.Time) time.Time {
	if h == (Hours{}) {
		return time.Time{}
	}
	open := h.Include(at)
	edge := h.From
	if open {
		edge = h.To
	}
	for {
		minute := at.Add(-time.Duration(at.Second())*time.Second - time.Duration(at.Nanosecond()))
		wait := (edge - at.Hour()*60 - at.Minute() + 24*60) % (24 * 60)
		next := minute.Add(time.Duration(wait) * time.Minute)
		_, jump := at.ZoneBounds()
		if jump.IsZero() || jump.After(next) {
			return next
		}
		if at = jump; h.Include(at) != open {
			return at
		}
	}
}

// Field returns the declared field with that id.
func (l *List) Field(id string) (Field, bool) {
	for _, f := range l.Fields {
		if f.ID == id {
			return f, true
		}
	}
	return Field{}, false
}

// URL returns the address of a public page below the office's base URL.
func (l *List) URL(path string) string { return l.Office.BaseURL + path }

// Speak is the language in which the list speaks to somebody who would have lang: lang,
// if its pages have it, and otherwise that of its issues.
func (l *List) Speak(lang Lang) Lang {
	if len(l.Languages) == 0 || slices.Contains(l.Languages, lang) {
		return lang
	}
	return l.Language
}

// Wording is the hash of what a reader of the confirm page agrees to, in lang: who
// collects what, for what, under which policy, who is entrusted with it and how long it
// is kept. The consent record keeps it (see [Consent]), and it changes with any of the
// declarations it covers.
func (l *List) Wording(lang Lang) string {
	h := sha256.New()
	say := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s", len(p), p)
		}
	}
	say("wording/2", string(lang), l.ListID, l.Name.In(lang), l.Purpose.In(lang),
		l.Office.Name.In(lang), l.Office.PolicyURL.In(lang), l.Office.PolicyVersion())
	k := l.Office.Keeping
	say(k.Relay.In(lang), k.Machine.In(lang), ConfirmFor.String(), k.Consent.String(), k.Marks.String(), k.Suspended.String(), k.Unreadable().String(), l.EraseBy.Format(time.DateOnly))
	for _, f := range l.Fields {
		say(f.ID, string(f.Kind), f.Label.In(lang), f.Purpose.In(lang), fmt.Sprint(f.Required, f.Length))
		for _, c := range f.Choices {
			say(c.ID, c.Label.In(lang))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Lists is every declared list, by id.
type Lists map[string]*List

// ByTag finds the list whose [ListTag] is tag.
func (ls Lists) ByTag(tag [4]byte) (*List, bool) {
	for _, l := range ls {
		if ListTag(l.ID) == tag {
			return l, true
		}
	}
	return nil, false
}

// ListTag is the short name of a list inside tokens. Configuration refuses two
// lists with one tag.
func ListTag(id string) (tag [4]byte) {
	sum := sha256.Sum256([]byte("kairan list tag\x00" + id))
	copy(tag[:], sum[:])
	return tag
}

// ValidID says whether s can name a list, an office, a field, a choice or an
// issue: 1 to 64 of a-z, 0-9 and hyphen, beginning and ending with a letter or digit.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
