package web

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// send renders a page whole before it sends the first byte. It is for what shows something
// of the request; all else is rendered once ([pages.sendOnce]).
func (p *pages) send(c *fiber.Ctx, status int, name templates.PageName, lang subscribe.Lang, page any) error {
	body, err := p.page(name, lang, page)
	if err != nil {
		return err
	}
	setType(c, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(body)
}

// page is a whole page. What it shows of a request may have been anything; it is valid UTF-8
// all the same.
func (p *pages) page(name templates.PageName, lang subscribe.Lang, page any) ([]byte, error) {
	body, err := p.Templates.Page(name, string(lang), page)
	return bytes.ToValidUTF8(body, []byte("\ufffd")), err
}

func setType(c *fiber.Ctx, kind string) { c.Response().Header.SetContentType(kind) }

// policyDate writes the date of the policy out.
func policyDate(o *subscribe.Office, lang subscribe.Lang) string {
	return writeDate(o.PolicyDate, lang)
}

// writeDate writes a day out; "" for none.
func writeDate(day time.Time, lang subscribe.Lang) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(subscribe.Text{JA: "2006年1月2日", EN: "2\u00a0January 2006"}.In(lang)) // a day and its month stay together
}

// filled is what a form was filled in with, to be shown again beside what is
// wrong with it. The zero value is a blank form.
type filled struct {
	values map[string]string
	erase  []string
	faults subscribe.Faults
}

// fields are the declared fields as a form shows them.
func (p *pages) fields(l *subscribe.List, lang subscribe.Lang, in filled) []templates.Field {
	out := make([]templates.Field, 0, len(l.Fields))
	for _, f := range l.Fields {
		field := templates.Field{
			ID: f.ID, Input: f.Input().Type, Mode: f.Input().Mode, Label: f.Label.In(lang), Purpose: f.Purpose.In(lang),
			Required: f.Required, Autocomplete: f.Autocomplete(), MaxLength: f.Length,
			Value: in.values[f.ID], Erase: slices.Contains(in.erase, f.ID),
		}
		for _, c := range f.Options() {
			field.Options = append(field.Options, templates.Option{Value: c.ID, Label: c.Label.In(lang)})
		}
		for _, fault := range in.faults {
			if fault.Field == f.ID {
				field.Error = p.sayFault(f, fault.Reason, lang)
			}
		}
		out = append(out, field)
	}
	return out
}

// hasUndeclared says whether the form sent something that the list does not hold.
func (in filled) hasUndeclared() bool {
	return slices.ContainsFunc(in.faults, func(f subscribe.Fault) bool { return f.Reason == subscribe.ReasonUndeclared })
}

// sayFault says what is wrong with a field.
func (p *pages) sayFault(f subscribe.Field, why subscribe.Reason, lang subscribe.Lang) string {
	if why == subscribe.ReasonRequired && f.Input().Type == "" {
		why = subscribe.ReasonChoice
	}
	return p.Templates.Say(string(lang), "wrong."+string(why), map[string]any{"Label": f.Label.In(lang), "Max": f.Length})
}

// sayAddress says what is wrong with an address; "" for nil.
func (p *pages) sayAddress(entered string, err error, lang subscribe.Lang) string {
	if err == nil {
		return ""
	}
	fault := subscribe.AddressForm
	errors.As(err, &fault)
	switch {
	case fault == subscribe.AddressForm && strings.Count(entered, "@")+strings.Count(entered, "＠") > 1:
		fault = "address-several"
	case fault == subscribe.AddressDomain:
		fault = subscribe.AddressForm
	}
	return p.say("wrong."+string(fault), lang)
}

func (p *pages) say(key string, lang subscribe.Lang) string {
	return p.Templates.Say(string(lang), key, nil)
}
