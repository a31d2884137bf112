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
	token subscribe.Token
	sign  subscribe.Sign
	list  *subscribe.List
	lang  subscribe.Lang // the link's, unless the visitor has chosen
}

// link reads the public half of a link and hands it to h. A link that is not
// ours, or is for another purpose, is one and the same 404.
func (p *pages) link(page string, h func(*fiber.Ctx, visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		unlisted(c)
		token := subscribe.TokenFrom(c.Params("token"))
		sign, err := p.Signs.Read(page, token)
		if err != nil {
			return err
		}
		about(c, sign.List.Office)
		return h(c, visit{token, sign, sign.List, speak(c, nil, sign.Lang)})
	}
}

// showConfirm is GET /confirm/{token}, of a new entry or of a new address.
func (p *pages) showConfirm(c *fiber.Ctx, v visit) error {
	name := v.list.Name.In(v.lang)
	switch {
	case v.sign.Move && v.sign.Late:
		return subscribe.ErrLate
	case v.sign.Move:
		return p.send(c, fiber.StatusOK, templates.PageConfirmMove, v.lang,
			templates.ConfirmMove{Frame: frame(v.list.Office, v.lang), List: name})
	case v.sign.Late:
		return p.sendLate(c, fiber.StatusOK, v, nil)
	}
	return p.sendConfirm(c, fiber.StatusOK, v, filled{}, templates.Confirm{})
}

// sendLate offers a fresh mail.
func (p *pages) sendLate(c *fiber.Ctx, status int, v visit, busy *templates.Crowded) error {
	return p.send(c, status, templates.PageConfirmLate, v.lang,
		templates.ConfirmLate{Frame: frame(v.list.Office, v.lang), List: v.list.Name.In(v.lang), Crowded: busy})
}

// sendConfirm fills in what the page takes from the declarations.
func (p *pages) sendConfirm(c *fiber.Ctx, status int, v visit, in filled, page templates.Confirm) error {
	l := v.list
	page.Frame = frame(l.Office, v.lang)
	page.List, page.Purpose, page.PolicyDate = l.Name.In(v.lang), l.Purpose.In(v.lang), policyDate(l.Office, v.lang)
	page.Wording = l.Wording(v.lang)
	page.Fields = p.fields(l, v.lang, in)
	return p.send(c, status, templates.PageConfirm, v.lang, page)
}

// confirm is POST /confirm/{token}.
func (p *pages) confirm(c *fiber.Ctx, v visit) error {
	if v.sign.Late && v.sign.Move {
		return subscribe.ErrLate
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	in := filled{values: fieldValues(form, nameWording, nameLang)}
	agreed := v.sign.Move || v.sign.Late || sameWording(v, form)
	if agreed {
		f := subscribe.Form{Fields: in.values, Lang: v.lang, From: p.network(c)}
		err = p.Desk.Confirm(c.UserContext(), v.token, f)
	} else {
		_, err = v.list.Check(in.values) // so that everything is said at once
	}
	if busy := crowded(c, err, v.list, v.lang); busy != nil { // a fresh mail for a late link
		return p.sendLate(c, fiber.StatusTooManyRequests, v, busy)
	}
	in.faults, _ = faultsOf(err)
	switch {
	case in.faults != nil || !agreed:
		var page templates.Confirm
		if !agreed || in.undeclared() {
			page.FormError = p.say("wrong.changed", v.lang)
		}
		return p.sendConfirm(c, fiber.StatusUnprocessableEntity, v, in, page)
	case errors.Is(err, subscribe.ErrLate) && !v.sign.Move:
		return p.sendDone(c, templates.DoneFreshMail, v.list, v.lang)
	case err != nil:
		return err
	case v.sign.Move:
		return p.sendDone(c, templates.DoneMoved, v.list, v.lang)
	}
	return p.sendDone(c, templates.DoneConfirmed, v.list, v.lang)
}

// sameWording says whether the button was pressed under the wording that stands
// now. The button itself is the consent (RULES H-24), so the page has no box to
// tick beside it. A form that does not say what it showed is not ours, and asks
// for the present wording.
func sameWording(v visit, form url.Values) bool {
	shown := form.Get(nameWording)
	return shown == "" || shown == v.list.Wording(v.lang)
}

// showLeave is GET /leave/{token}.
func (p *pages) showLeave(c *fiber.Ctx, v visit) error {
	return p.send(c, fiber.StatusOK, templates.PageLeave, v.lang,
		templates.Leave{Frame: frame(v.list.Office, v.lang), List: v.list.Name.In(v.lang)})
}

// leave is POST /leave/{token}. Nothing but the link is needed. A mail program
// that says List-Unsubscribe=One-Click gets one line, anybody else a page; the
// body decides nothing else (RFC 8058; RULES B-06 to B-09).
func (p *pages) leave(c *fiber.Ctx, v visit) error {
	if err := p.Desk.Leave(c.UserContext(), v.token); err != nil {
		return err
	}
	body := c.Request().Body()
	form, err := parseForm(c.Get(fiber.HeaderContentType), body[:min(len(body), bodyLimit)])
	if err == nil && form.Get("List-Unsubscribe") == "One-Click" {
		c.Type("txt", "utf-8")
		return c.SendString("OK\n")
	}
	return p.sendDone(c, templates.DoneLeft, v.list, v.lang)
}

// showCorrect is GET /correct/{token}: a blank form.
func (p *pages) showCorrect(c *fiber.Ctx, v visit) error {
	if v.sign.Late {
		return subscribe.ErrLate
	}
	return p.sendCorrect(c, fiber.StatusOK, v, filled{}, templates.Correct{})
}

// sendCorrect fills in what the page takes from the declarations.
func (p *pages) sendCorrect(c *fiber.Ctx, status int, v visit, in filled, page templates.Correct) error {
	page.Frame, page.List = frame(v.list.Office, v.lang), v.list.Name.In(v.lang)
	page.Fields = p.fields(v.list, v.lang, in)
	return p.send(c, status, templates.PageCorrect, v.lang, page)
}

// correct is POST /correct/{token}.
func (p *pages) correct(c *fiber.Ctx, v visit) error {
	if v.sign.Late {
		return subscribe.ErrLate
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	in := filled{values: fieldValues(form, nameEmail, nameErase, nameLang), erase: form[nameErase]}
	email := typed(form, nameEmail)
	page := templates.Correct{Email: email}
	if blank(in, email) {
		page.FormError = p.say("wrong.nothing", v.lang)
		return p.sendCorrect(c, fiber.StatusUnprocessableEntity, v, in, page)
	}
	err = p.Desk.Correct(c.UserContext(), v.token,
		subscribe.Changes{Fields: in.values, Erase: in.erase, NewAddress: email})
	faults, badAddress := faultsOf(err)
	switch {
	case faults != nil || badAddress != nil:
		if in.faults = faults; in.undeclared() {
			page.FormError = p.say("wrong.changed", v.lang)
		}
		if email != "" { // the Desk names the fields first; say everything at once
			_, fault := p.Lists.ReadAddress(email)
			page.EmailError = p.sayAddress(email, fault, v.lang)
		}
		return p.sendCorrect(c, fiber.StatusUnprocessableEntity, v, in, page)
	case err != nil:
		return err
	case email != "":
		return p.sendDone(c, templates.DoneCorrectedMove, v.list, v.lang)
	}
	return p.sendDone(c, templates.DoneCorrected, v.list, v.lang)
}

// blank says whether nothing at all was filled in.
func blank(in filled, email string) bool {
	for name := range in.values {
		if strings.TrimSpace(in.values[name]) != "" {
			return false
		}
	}
	return email == "" && len(in.erase) == 0
}

// showBlock is GET /block/{token}.
func (p *pages) showBlock(c *fiber.Ctx, v visit) error {
	if v.sign.Late {
		return subscribe.ErrLate
	}
	return p.send(c, fiber.StatusOK, templates.PageBlock, v.lang, templates.Block{Frame: frame(v.list.Office, v.lang)})
}

// block is POST /block/{token}.
func (p *pages) block(c *fiber.Ctx, v visit) error {
	if err := p.Desk.Block(c.UserContext(), v.token); err != nil {
		return err
	}
	return p.send(c, fiber.StatusOK, templates.PageDone, v.lang,
		templates.Done{Frame: frame(v.list.Office, v.lang), Kind: templates.DoneBlocked})
}
