package web

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// home is GET /: the lists of the offices at this host, by office.
func (p *pages) home(c *fiber.Ctx) error {
	lang := chooseLang(c, nil, browserLang(c, p.hostLang(c)))
	at := p.here(c)
	return p.sendOnce(c, fiber.StatusOK, once{page: templates.PageHome, at: at, lang: lang}, func() (any, error) {
		return p.homePage(at, lang), nil
	})
}

func (p *pages) homePage(at *host, lang subscribe.Lang) templates.Home {
	page := templates.Home{Frame: p.hostFrame(at, lang)}
	offices := map[string]int{}
	for _, id := range at.lists {
		l := p.Lists[id]
		if l.EraseDue(p.Now()) {
			continue
		}
		i, ok := offices[l.Office.ID]
		if !ok {
			i = len(page.Offices)
			offices[l.Office.ID] = i
			page.Offices = append(page.Offices, templates.HomeOffice{Name: l.Office.Name.In(lang)})
		}
		card := templates.HomeList{ID: id, Name: l.Name.In(lang), Purpose: l.Purpose.In(lang), About: about(l, lang), Only: onlyLang(l, lang)}
		if card.Only != "" { // which says it
			card.About.Language = ""
		}
		card.Closed = lastDay(l, p.Endings.Closed(l, p.Now()), lang)
		card.Archive, card.Latest = p.latestOf(l, lang)
		page.Offices[i].Lists = append(page.Offices[i].Lists, card)
	}
	return page
}

// signUp is GET /lists/{list}: the form.
func (p *pages) signUp(c *fiber.Ctx) error {
	l := p.Lists[c.Params("list")]
	if l == nil {
		return subscribe.ErrList
	}
	lang := chooseListLang(c, nil, l, browserLang(c, l.Language))
	if p.isClosed(l) {
		return p.sendClosed(c, fiber.StatusOK, l, lang)
	}
	return p.sendOnce(c, fiber.StatusOK, once{page: templates.PageSignUp, of: l.ID, lang: lang}, func() (any, error) {
		return p.signUpPage(l, lang, templates.SignUp{}), nil
	})
}

// about is what a list sends, as it is declared.
func about(l *subscribe.List, lang subscribe.Lang) templates.About {
	return templates.About{Description: l.Description.In(lang), Frequency: l.Frequency.In(lang), Language: string(l.Language)}
}

// isClosed says whether a list takes no sign-ups.
func (p *pages) isClosed(l *subscribe.List) bool { return !p.Endings.Closed(l, p.Now()).IsZero() }

// sendClosed says since when a list takes no sign-ups, and what can still be done.
func (p *pages) sendClosed(c *fiber.Ctx, status int, l *subscribe.List, lang subscribe.Lang) error {
	if status != fiber.StatusOK {
		hideFromSearch(c)
	}
	return p.sendOnce(c, status, once{page: templates.PageClosed, of: l.ID, lang: lang}, func() (any, error) {
		now := p.Now()
		page := templates.Closed{
			Frame: p.listFrame(l, lang), List: l.Name.In(lang), ListID: l.ID, Date: lastDay(l, p.Endings.Closed(l, now), lang),
			Erase: writeDate(l.EraseBy, lang), Erased: l.EraseDue(now),
		}
		page.Archive, page.Latest = p.latestOf(l, lang)
		return page, nil
	})
}

// lastDay writes out the day, in the list's zone, on which an instant lies, or which ends
// with it.
func lastDay(l *subscribe.List, since time.Time, lang subscribe.Lang) string {
	if since.IsZero() {
		return ""
	}
	return writeDate(since.Add(-time.Nanosecond).In(cmp.Or(l.Zone, time.UTC)), lang)
}

// signUpPage fills in what the page takes from the declarations.
func (p *pages) signUpPage(l *subscribe.List, lang subscribe.Lang, page templates.SignUp) templates.SignUp {
	page.Frame, page.ListID, page.List = p.listFrame(l, lang), l.ID, l.Name.In(lang)
	page.Purpose, page.About, page.Fields = l.Purpose.In(lang), about(l, lang), p.fields(l, lang, filled{})
	page.Until, page.Terms = writeDate(l.Closes, lang), terms(l.Office, l, lang)
	page.Archive, page.Latest = p.latestOf(l, lang)
	return page
}

// sendSignUp sends the form again, as it was filled in.
func (p *pages) sendSignUp(c *fiber.Ctx, status int, l *subscribe.List, lang subscribe.Lang, page templates.SignUp) error {
	return p.send(c, status, templates.PageSignUp, lang, p.signUpPage(l, lang, page))
}

// request is POST /lists/{list}, also from a form that is embedded in another
// site, which asks for ours first. One with the trap filled in is answered like all others.
func (p *pages) request(c *fiber.Ctx) error {
	l := p.Lists[c.Params("list")]
	if l == nil {
		return subscribe.ErrList
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	lang := chooseListLang(c, form, l, browserLang(c, l.Language))
	if p.isClosed(l) { // whatever was typed
		return p.sendClosed(c, fiber.StatusGone, l, lang)
	}
	email := valueOf(form, nameEmail)
	if form.Get(nameShowIn) != "" {
		return p.sendSignUp(c, fiber.StatusOK, l, lang, templates.SignUp{Email: email})
	}
	address, err := p.Lists.ReadAddress(email)
	if err != nil {
		return p.sendSignUp(c, fiber.StatusUnprocessableEntity, l, lang,
			templates.SignUp{Email: email, EmailError: p.sayAddress(email, err, lang)})
	}
	if form.Get(nameReview) != "" {
		return p.sendSignUp(c, fiber.StatusOK, l, lang, templates.SignUp{Email: email, Review: true})
	}
	if form.Get(nameTrap) == "" {
		ask := subscribe.Ask{List: l.ID, Address: address, Lang: lang, From: p.network(c)}
		err := p.Desk.AskJoin(c.UserContext(), ask)
		if busy := crowdedBy(c, err, l, lang); busy != nil {
			return p.sendSignUp(c, fiber.StatusTooManyRequests, l, lang, templates.SignUp{Email: email, Crowded: busy})
		}
		if err != nil {
			return err
		}
	}
	return p.sendSent(c, l, lang, email, address)
}

// sendSent says that a mail is on its way, whether or not it is.
func (p *pages) sendSent(c *fiber.Ctx, l *subscribe.List, lang subscribe.Lang, email string, address subscribe.Address) error {
	page := func(typed string) templates.SignUpSent {
		return templates.SignUpSent{
			Frame: p.listFrame(l, lang), ListID: l.ID, List: l.Name.In(lang), From: l.From.Envelope(), Address: typed,
		}
	}
	if meant := address.MeantDomain(); meant != "" {
		shown := page(email)
		shown.Again = again("/lists/"+l.ID, "", email, meant)
		return p.send(c, fiber.StatusOK, templates.PageSignUpSent, lang, shown)
	}
	return p.sendFilled(c, fiber.StatusOK, once{page: templates.PageSignUpSent, of: l.ID, lang: lang}, email, func(typed string) any { return page(typed) })
}

// sendAsked answers who has asked for a correction link.
func (p *pages) sendAsked(c *fiber.Ctx, l *subscribe.List, lang subscribe.Lang, email string, address subscribe.Address) error {
	page := func(typed string) templates.Done {
		done := p.donePage(templates.DoneCorrectAsked, l, lang)
		done.Address = typed
		return done
	}
	if meant := address.MeantDomain(); meant != "" {
		shown := page(email)
		shown.Again = again("/correct", l.ID, email, meant)
		return p.send(c, fiber.StatusOK, templates.PageDone, lang, shown)
	}
	name := once{page: templates.PageDone, of: l.ID, what: string(templates.DoneCorrectAsked), lang: lang}
	return p.sendFilled(c, fiber.StatusOK, name, email, func(typed string) any { return page(typed) })
}

// again offers to enter an address with another domain. What was typed has one "@".
func again(path, list, email, domain string) *templates.Again {
	local, _, _ := strings.Cut(strings.ReplaceAll(email, "＠", "@"), "@")
	return &templates.Again{Path: path, List: list, Email: local + "@" + domain, Domain: domain}
}

// ask is GET /correct: the form that asks for a correction link. ?list= chooses
// a list beforehand.
func (p *pages) ask(c *fiber.Ctx) error {
	fallback := p.hostLang(c)
	l := p.Lists[c.Query(nameList)]
	if l != nil {
		fallback = l.Language
	}
	lang := chooseListLang(c, nil, l, browserLang(c, fallback))
	at, name := p.here(c), once{page: templates.PageCorrectAsk, lang: lang}
	if name.at = at; l != nil {
		name.of = l.ID
	}
	return p.sendOnce(c, fiber.StatusOK, name, func() (any, error) { return p.askPage(at, lang, l, templates.CorrectAsk{}), nil })
}

// askPage fills in what the page takes from the declarations. l is the list that was chosen,
// or nil.
func (p *pages) askPage(at *host, lang subscribe.Lang, l *subscribe.List, page templates.CorrectAsk) templates.CorrectAsk {
	page.Frame = p.hostFrame(at, lang)
	ids := slices.Clone(at.lists)
	if l != nil {
		if !slices.Contains(ids, l.ID) { // from a mail that went out under another host
			ids = append(ids, l.ID)
		}
		page.Frame = p.listFrame(l, lang)
	}
	for _, id := range ids {
		if p.Lists[id].EraseDue(p.Now()) {
			continue
		}
		page.Lists = append(page.Lists, templates.Option{
			Value: id, Label: p.Lists[id].Name.In(lang), Selected: l != nil && l.ID == id,
		})
	}
	if len(page.Lists) == 1 {
		page.Lists[0].Selected = true
	}
	return page
}

// sendAsk sends the form again, as it was filled in.
func (p *pages) sendAsk(c *fiber.Ctx, status int, lang subscribe.Lang, l *subscribe.List, page templates.CorrectAsk) error {
	return p.send(c, status, templates.PageCorrectAsk, lang, p.askPage(p.here(c), lang, l, page))
}

// askCorrection is POST /correct.
func (p *pages) askCorrection(c *fiber.Ctx) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l := p.Lists[form.Get(nameList)]
	fallback := p.hostLang(c)
	if l != nil {
		fallback = l.Language
	}
	lang := chooseListLang(c, form, l, browserLang(c, fallback))
	email := valueOf(form, nameEmail)
	if form.Get(nameShowIn) != "" {
		return p.sendAsk(c, fiber.StatusOK, lang, l, templates.CorrectAsk{Email: email})
	}
	address, fault := subscribe.ParseAddress(email)
	if l == nil || fault != nil {
		page := templates.CorrectAsk{Email: email, EmailError: p.sayAddress(email, fault, lang)}
		if l == nil {
			page.ListError = p.say("wrong.list", lang)
		}
		return p.sendAsk(c, fiber.StatusUnprocessableEntity, lang, l, page)
	}
	ask := subscribe.Ask{List: l.ID, Address: address, Lang: lang, From: p.network(c)}
	err = p.Desk.AskCorrection(c.UserContext(), ask)
	if busy := crowdedBy(c, err, l, lang); busy != nil {
		return p.sendAsk(c, fiber.StatusTooManyRequests, lang, l, templates.CorrectAsk{Email: email, Crowded: busy})
	}
	if err != nil {
		return err
	}
	return p.sendAsked(c, l, lang, email, address)
}

// crowdedBy is what a page says to a visitor whose network has asked too often, in the
// time of the list; nil if err is anything else. It depends on the network alone, and
// the form is shown again as it was filled in, to be sent once more.
func crowdedBy(c *fiber.Ctx, err error, l *subscribe.List, lang subscribe.Lang) *templates.Crowded {
	busy, is := errors.AsType[subscribe.NetworkBusy](err)
	if !is {
		return nil
	}
	hideFromSearch(c)
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int((busy.In+time.Second-1)/time.Second))) // RFC 9110 §10.2.3
	form := subscribe.Text{JA: "15時04分（MST）", EN: "15:04 (MST)"}.In(lang)
	const minute = time.Minute
	at := busy.Until.Add(minute - 1).Truncate(minute) // "after 14:05" must not come before it
	return &templates.Crowded{At: at.In(cmp.Or(l.Zone, time.UTC)).Format(form), Minutes: int((busy.In + minute - 1) / minute)}
}

// sendDone answers a POST that was taken.
func (p *pages) sendDone(c *fiber.Ctx, kind templates.DoneKind, l *subscribe.List, lang subscribe.Lang) error {
	return p.sendOnce(c, fiber.StatusOK, once{page: templates.PageDone, of: l.ID, what: string(kind), lang: lang}, func() (any, error) {
		return p.donePage(kind, l, lang), nil
	})
}

func (p *pages) donePage(kind templates.DoneKind, l *subscribe.List, lang subscribe.Lang) templates.Done {
	page := templates.Done{Frame: p.listFrame(l, lang), Kind: kind, List: l.Name.In(lang), ListID: l.ID}
	if p.isClosed(l) {
		page.ListID = "" // no way back
	}
	return page
}

// faultsOf takes what is wrong with fields, or with an address, out of an error;
// neither if the error is of another kind.
func faultsOf(err error) (fields subscribe.Faults, address error) {
	if bad, is := errors.AsType[subscribe.AddressFault](err); is {
		return nil, bad
	}
	fields, _ = errors.AsType[subscribe.Faults](err)
	return fields, nil
}
