package web

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// visit is a request with a link that is one of ours.
type visit struct {
	subscribe.Visit
	lang subscribe.Lang // the link's, unless the visitor has chosen
}

func (v visit) moves() bool { return v.Purpose == subscribe.ToMove }

// once names a page which is the same for all whose link is of that list: it shows nothing
// of the link.
func (v visit) once(page templates.PageName) once {
	return once{page: page, of: v.List.ID, lang: v.lang}
}

// link inspects a link and hands it to h. A link that is not ours, or is for
// another purpose, is one and the same 404.
func (p *pages) link(h func(*fiber.Ctx, visit) error, of ...subscribe.Purpose) fiber.Handler {
	return func(c *fiber.Ctx) error {
		hideFromSearch(c)
		v, err := p.Links.Inspect(subscribe.TokenFrom(c.Params("token")), of...)
		if err != nil {
			return err
		}
		rememberOffice(c, v.List.Office)
		return h(c, visit{v, chooseListLang(c, nil, v.List, v.Lang)})
	}
}

// showConfirm is GET /confirm/{token}, of a new entry or of a new address.
func (p *pages) showConfirm(c *fiber.Ctx, v visit) error {
	switch {
	case p.admitsNobody(v):
		return p.sendClosed(c, fiber.StatusOK, v.List, v.lang)
	case v.moves() && v.Late:
		return subscribe.ErrLate
	case v.moves():
		return p.sendOnce(c, fiber.StatusOK, v.once(templates.PageConfirmMove), func() (any, error) {
			return templates.ConfirmMove{Frame: p.listFrame(v.List, v.lang), List: v.List.Name.In(v.lang)}, nil
		})
	case v.Late:
		return p.sendLate(c, fiber.StatusOK, v, nil)
	}
	return p.sendOnce(c, fiber.StatusOK, v.once(templates.PageConfirm), func() (any, error) {
		return p.confirmPage(v, filled{}, templates.Confirm{}), nil
	})
}

// admitsNobody says whether a link can join nobody any more, whoever it was made for.
func (p *pages) admitsNobody(v visit) bool {
	return !v.moves() && (p.Endings.Over(v.List, p.Now()) || v.Late && p.isClosed(v.List))
}

// sendLate offers a fresh mail.
func (p *pages) sendLate(c *fiber.Ctx, status int, v visit, busy *templates.Crowded) error {
	page := func() (any, error) {
		return templates.ConfirmLate{Frame: p.listFrame(v.List, v.lang), List: v.List.Name.In(v.lang), Crowded: busy}, nil
	}
	if busy == nil {
		return p.sendOnce(c, status, v.once(templates.PageConfirmLate), page)
	}
	shown, _ := page()
	return p.send(c, status, templates.PageConfirmLate, v.lang, shown)
}

// confirmPage fills in what the page takes from the declarations.
func (p *pages) confirmPage(v visit, in filled, page templates.Confirm) templates.Confirm {
	l := v.List
	page.Frame = p.listFrame(l, v.lang)
	page.List, page.Purpose, page.PolicyDate = l.Name.In(v.lang), l.Purpose.In(v.lang), policyDate(l.Office, v.lang)
	page.Wording, page.Terms = l.Wording(v.lang), terms(l.Office, l, v.lang)
	page.Fields = p.fields(l, v.lang, in)
	return page
}

// confirm is POST /confirm/{token}.
func (p *pages) confirm(c *fiber.Ctx, v visit) error {
	if v.Late && v.moves() {
		return subscribe.ErrLate
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v.lang = chooseListLang(c, form, v.List, v.lang)
	if p.admitsNobody(v) {
		return p.sendClosed(c, fiber.StatusGone, v.List, v.lang)
	}
	in := filled{values: fieldValues(form, nameWording, nameLang, nameShowIn)}
	if form.Get(nameShowIn) != "" && !v.Late && !v.moves() {
		return p.send(c, fiber.StatusOK, templates.PageConfirm, v.lang, p.confirmPage(v, in, templates.Confirm{}))
	}
	agreed := v.moves() || v.Late || sameWording(v, form)
	if agreed {
		f := subscribe.Answers{Fields: in.values, Lang: v.lang, From: p.network(c)}
		err = p.Desk.Confirm(c.UserContext(), v.Visit, f)
	} else {
		_, err = v.List.Check(in.values) // so that everything is said at once
	}
	if busy := crowdedBy(c, err, v.List, v.lang); busy != nil { // a fresh mail for a late link
		return p.sendLate(c, fiber.StatusTooManyRequests, v, busy)
	}
	in.faults, _ = faultsOf(err)
	switch {
	case in.faults != nil || !agreed:
		var page templates.Confirm
		if !agreed || in.hasUndeclared() {
			page.FormError = p.say("wrong.changed", v.lang)
		}
		return p.send(c, fiber.StatusUnprocessableEntity, templates.PageConfirm, v.lang, p.confirmPage(v, in, page))
	case errors.Is(err, subscribe.ErrLate) && !v.moves():
		return p.sendDone(c, templates.DoneFreshMail, v.List, v.lang)
	case err != nil:
		return err
	case v.moves():
		return p.sendDone(c, templates.DoneMoved, v.List, v.lang)
	}
	return p.sendDone(c, templates.DoneConfirmed, v.List, v.lang)
}

// sameWording says whether the button was pressed under the wording that stands now. The
// button itself is the consent, so the page has no box to tick beside it. A form that
// does not say what it showed is not ours, and asks for the present wording.
func sameWording(v visit, form url.Values) bool {
	shown := form.Get(nameWording)
	return shown == "" || shown == v.List.Wording(v.lang)
}

// showLeave is GET /leave/{token}. The page of a correction leads here with its own link,
// which lives as long as that page.
func (p *pages) showLeave(c *fiber.Ctx, v visit) error {
	if v.Late {
		return subscribe.ErrLate
	}
	return p.sendOnce(c, fiber.StatusOK, v.once(templates.PageLeave), func() (any, error) {
		return templates.Leave{Frame: p.listFrame(v.List, v.lang), List: v.List.Name.In(v.lang)}, nil
	})
}

// leave is POST /leave/{token}. Nothing but the link is needed. A mail program
// that says List-Unsubscribe=One-Click gets one line, anybody else a page; the
// body decides nothing else (RFC 8058 §3.1, §3.2).
func (p *pages) leave(c *fiber.Ctx, v visit) error {
	if err := p.Desk.Leave(c.UserContext(), v.Visit); err != nil {
		return err
	}
	body := c.Request().Body()
	form, err := parseForm(c.Get(fiber.HeaderContentType), body[:min(len(body), bodyLimit)])
	if err == nil && form.Get("List-Unsubscribe") == "One-Click" {
		c.Type("txt", "utf-8")
		return c.SendString("OK\n")
	}
	return p.sendDone(c, templates.DoneLeft, v.List, v.lang)
}

// showCorrect is GET /correct/{token}: a blank form.
func (p *pages) showCorrect(c *fiber.Ctx, v visit) error {
	if v.Late {
		return subscribe.ErrLate
	}
	return p.sendFilled(c, fiber.StatusOK, v.once(templates.PageCorrect), c.Params("token"), func(token string) any {
		return p.correctPage(v, filled{}, templates.Correct{Leave: wayOut(token)})
	})
}

// wayOut is where the holder of a link can leave.
func wayOut(token string) string { return subscribe.ToLeave.Path(subscribe.TokenFrom(token)) }

// correctPage fills in what the page takes from the declarations.
func (p *pages) correctPage(v visit, in filled, page templates.Correct) templates.Correct {
	page.Frame, page.List = p.listFrame(v.List, v.lang), v.List.Name.In(v.lang)
	page.Fields = p.fields(v.List, v.lang, in)
	return page
}

// sendCorrect sends the form again, as it was filled in.
func (p *pages) sendCorrect(c *fiber.Ctx, v visit, in filled, page templates.Correct) error {
	return p.send(c, fiber.StatusUnprocessableEntity, templates.PageCorrect, v.lang, p.correctPage(v, in, page))
}

// correct is POST /correct/{token}.
func (p *pages) correct(c *fiber.Ctx, v visit) error {
	if v.Late {
		return subscribe.ErrLate
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v.lang = chooseListLang(c, form, v.List, v.lang)
	in := filled{values: fieldValues(form, nameEmail, nameErase, nameLang, nameShowIn), erase: form[nameErase]}
	email := valueOf(form, nameEmail)
	page := templates.Correct{Email: email, Leave: wayOut(c.Params("token"))}
	switch {
	case form.Get(nameShowIn) != "":
		return p.send(c, fiber.StatusOK, templates.PageCorrect, v.lang, p.correctPage(v, in, page))
	case isBlank(in, email):
		page.FormError = p.say("wrong.nothing", v.lang)
		return p.sendCorrect(c, v, in, page)
	}
	err = p.Desk.Correct(c.UserContext(), v.Visit,
		subscribe.Changes{Fields: in.values, Erase: in.erase, NewAddress: email})
	faults, badAddress := faultsOf(err)
	switch {
	case faults != nil || badAddress != nil:
		if in.faults = faults; in.hasUndeclared() {
			page.FormError = p.say("wrong.changed", v.lang)
		}
		if email != "" { // the Desk names the fields first; say everything at once
			_, fault := p.Lists.ReadAddress(email)
			page.EmailError = p.sayAddress(email, fault, v.lang)
		}
		return p.sendCorrect(c, v, in, page)
	case err != nil:
		return err
	case email != "":
		return p.sendDone(c, templates.DoneCorrectedMove, v.List, v.lang)
	}
	return p.sendDone(c, templates.DoneCorrected, v.List, v.lang)
}

// isBlank says whether nothing at all was filled in.
func isBlank(in filled, email string) bool {
	for name := range in.values {
		if strings.TrimSpace(in.values[name]) != "" {
			return false
		}
	}
	return email == "" && len(in.erase) == 0
}

// showBlock is GET /block/{token}.
func (p *pages) showBlock(c *fiber.Ctx, v visit) error {
	if v.Late {
		return subscribe.ErrLate
	}
	return p.sendOnce(c, fiber.StatusOK, v.once(templates.PageBlock), func() (any, error) {
		return templates.Block{Frame: p.listFrame(v.List, v.lang)}, nil
	})
}

// block is POST /block/{token}.
func (p *pages) block(c *fiber.Ctx, v visit) error {
	if err := p.Desk.Block(c.UserContext(), v.Visit); err != nil {
		return err
	}
	name := v.once(templates.PageDone)
	name.what = string(templates.DoneBlocked)
	return p.sendOnce(c, fiber.StatusOK, name, func() (any, error) {
		return templates.Done{Frame: p.listFrame(v.List, v.lang), Kind: templates.DoneBlocked}, nil
	})
}
