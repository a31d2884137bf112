package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// What this service holds and does is said in three places: in the notice on each form,
// on the privacy page, and in a file for machines. All three are made here, from the
// declarations that the program works by.

// terms are how long what an office collects is kept, and by whom; of a list, or of all.
func terms(o *subscribe.Office, l *subscribe.List, lang subscribe.Lang) templates.Terms {
	k := o.Keeping
	t := templates.Terms{
		Unconfirmed: unconfirmedDays, Consent: int(k.Consent), Marks: int(k.Marks), Suspended: int(k.Suspended), Provided: int(k.Provided), Unreadable: int(k.Unreadable()),
		Relay: k.Relay.In(lang), Machine: k.Machine.In(lang),
	}
	if l != nil {
		t.Erase = writeDate(l.EraseBy, lang)
	}
	return t
}

const unconfirmedDays = int(subscribe.ConfirmFor / (24 * time.Hour))

// onlyLang is the one language of a list, if a page is in another.
func onlyLang(l *subscribe.List, lang subscribe.Lang) string {
	if spoken := l.Speak(lang); spoken != lang {
		return string(spoken)
	}
	return ""
}

// privacy is GET /privacy: of all offices at this host.
func (p *pages) privacy(c *fiber.Ctx) error {
	lang := chooseLang(c, nil, browserLang(c, p.hostLang(c)))
	at := p.here(c)
	return p.sendOnce(c, fiber.StatusOK, once{page: templates.PagePrivacy, at: at, lang: lang}, func() (any, error) {
		return p.privacyPage(p.hostFrame(at, lang), at.offices, lang), nil
	})
}

// privacyOf is GET /privacy/{office}.
func (p *pages) privacyOf(c *fiber.Ctx) error {
	o := p.office(c.Params("office"))
	if o == nil {
		return fiber.ErrNotFound
	}
	rememberOffice(c, o)
	lang := chooseLang(c, nil, browserLang(c, p.hostLang(c)))
	return p.sendOnce(c, fiber.StatusOK, once{page: templates.PagePrivacy, of: o.ID, lang: lang}, func() (any, error) {
		return p.privacyPage(p.frame(o, lang), []*subscribe.Office{o}, lang), nil
	})
}

func (p *pages) office(id string) *subscribe.Office {
	for _, l := range p.Lists {
		if l.Office.ID == id {
			return l.Office
		}
	}
	return nil
}

func (p *pages) privacyPage(f templates.Frame, of []*subscribe.Office, lang subscribe.Lang) templates.Privacy {
	page := templates.Privacy{Frame: f, Terms: terms(of[0], nil, lang)}
	for _, o := range of {
		office := templates.PrivacyOffice{
			ID: o.ID, Name: o.Name.In(lang), Postal: o.Postal.In(lang), Contact: *contact(o, lang),
			PolicyURL: o.PolicyURL.In(lang), PolicyDate: policyDate(o, lang), ByLetter: o.Disclosure == subscribe.ByLetter,
		}
		for _, l := range p.listsOf(o) {
			office.Lists = append(office.Lists, templates.PrivacyList{
				ID: l.ID, Name: l.Name.In(lang), Purpose: l.Purpose.In(lang), Fields: p.fields(l, lang, filled{}),
				Only: onlyLang(l, lang), Until: writeDate(l.Closes, lang), Erase: writeDate(l.EraseBy, lang),
			})
		}
		page.Offices = append(page.Offices, office)
	}
	return page
}

// listsOf are an office's lists, but for those that have been erased.
func (p *pages) listsOf(o *subscribe.Office) (all []*subscribe.List) {
	for _, id := range p.Order {
		if l := p.Lists[id]; l.Office.ID == o.ID && !l.EraseDue(p.Now()) {
			all = append(all, l)
		}
	}
	return all
}

// The file for machines, GET /.well-known/mail-list-policy.json. Keys are only ever
// added; a change of meaning raises version.
type (
	policyFile struct {
		Version int            `json:"version"` // 1
		Days    policyDays     `json:"days"`
		Relay   *policyText    `json:"relay_operator,omitempty"`   // entrusted with the mails; left out: not declared
		Machine *policyText    `json:"machine_operator,omitempty"` // entrusted with the entries
		Cookies bool           `json:"cookies"`
		Track   bool           `json:"tracking"`   // of opened mails and followed links
		Shown   bool           `json:"disclosure"` // whether any page shows what is stored
		Offices []policyOffice `json:"offices"`
	}
	policyText struct {
		JA string `json:"ja"`
		EN string `json:"en"`
	}
	policyDays struct {
		Unconfirmed int `json:"unconfirmed_request"`
		Consent     int `json:"consent_after_leaving"`
		Mark        int `json:"mark_after_leaving"`
		Suspended   int `json:"undeliverable_entry"`
		Provided    int `json:"record_of_provision"`
		Unreadable  int `json:"copies_after_erasure"`
	}
	policyOffice struct {
		ID         string       `json:"id"`
		Name       policyText   `json:"name"`
		Contact    string       `json:"contact"`
		Phone      string       `json:"phone,omitempty"`
		PolicyURL  policyText   `json:"policy_url"`
		PolicyDate string       `json:"policy_date"` // YYYY-MM-DD
		Requests   string       `json:"requests"`    // "letter", or "none": disclosure is not answered
		Lists      []policyList `json:"lists"`
	}
	policyList struct {
		ID        string           `json:"id"`
		ListID    string           `json:"list_id"` // RFC 2919
		Name      policyText       `json:"name"`
		Purpose   policyText       `json:"purpose"`
		Languages []subscribe.Lang `json:"languages"`
		Fields    []policyField    `json:"fields"`
		Closes    string           `json:"closes,omitempty"`   // last day of sign-ups, YYYY-MM-DD
		EraseBy   string           `json:"erase_by,omitempty"` // YYYY-MM-DD
		SignUp    string           `json:"sign_up"`
		Correct   string           `json:"correct"`
	}
	policyField struct {
		ID       string     `json:"id"`
		Kind     string     `json:"kind"`
		Label    policyText `json:"label"`
		Purpose  policyText `json:"purpose"`
		Required bool       `json:"required"`
	}
)

func inBoth(t subscribe.Text) policyText { return policyText{t.JA, t.EN} }

func ifDeclared(t subscribe.Text) *policyText {
	if t == (subscribe.Text{}) {
		return nil
	}
	return &policyText{t.JA, t.EN}
}

// policyFile answers for the offices at this host.
func (p *pages) policyFile(c *fiber.Ctx) error {
	of := p.here(c).offices
	k := of[0].Keeping
	file := policyFile{
		Version: 1, Relay: ifDeclared(k.Relay), Machine: ifDeclared(k.Machine),
		Days: policyDays{unconfirmedDays, int(k.Consent), int(k.Marks), int(k.Suspended), int(k.Provided), int(k.Unreadable())},
	}
	for _, o := range of {
		office := policyOffice{
			ID: o.ID, Name: inBoth(o.Name), Contact: o.Contact, Phone: o.Phone, PolicyURL: inBoth(o.PolicyURL), PolicyDate: o.PolicyVersion(),
			Requests: string(subscribe.NoDisclosure), Lists: []policyList{},
		}
		if o.Disclosure == subscribe.ByLetter {
			office.Requests = string(subscribe.ByLetter)
		}
		for _, l := range p.listsOf(o) {
			office.Lists = append(office.Lists, policyOf(l))
		}
		file.Offices = append(file.Offices, office)
	}
	return c.JSON(file)
}

func policyOf(l *subscribe.List) policyList {
	x := policyList{
		ID: l.ID, ListID: l.ListID, Name: inBoth(l.Name), Purpose: inBoth(l.Purpose), Languages: l.Languages,
		Fields: []policyField{{ID: nameEmail, Kind: "address", Label: policyText{"メールアドレス", "Email address"}, Purpose: inBoth(l.Purpose), Required: true}},
		SignUp: l.URL("/lists/" + l.ID), Correct: l.URL("/correct?list=" + l.ID),
	}
	if len(x.Languages) == 0 {
		x.Languages = []subscribe.Lang{subscribe.Japanese, subscribe.English}
	}
	for _, f := range l.Fields {
		x.Fields = append(x.Fields, policyField{f.ID, string(f.Kind), inBoth(f.Label), inBoth(f.Purpose), f.Required})
	}
	for day, at := range map[*string]time.Time{&x.Closes: l.Closes, &x.EraseBy: l.EraseBy} {
		if !at.IsZero() {
			*day = at.Format(time.DateOnly)
		}
	}
	return x
}
