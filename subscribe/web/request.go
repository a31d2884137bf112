package web

import (
	"bytes"
	"errors"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"example.jp/kairan/subscribe"
)

// The names of the controls that are not declared fields. A field cannot be
// declared under one of them.
const (
	nameEmail   = "email"
	nameErase   = "erase"
	nameLang    = "lang"
	nameList    = "list"
	nameWording = "wording"
	nameTrap    = "website" // people do not see it; programs fill it in
)

// nameReview is a control of the sign-up form alone, where it stands on another site: our
// form is shown with what was posted, so that the notice is seen here, and nothing is
// taken in. `kairan list embed` prints it.
const nameReview = "review"

// nameShowIn is that of the buttons that change the language of a form: it is shown again
// with what was typed, and nothing is taken in. No field has an underscore in its name.
const nameShowIn = "show_in"

// bodyLimit is the most octets of a form.
const bodyLimit = 16 << 10

var errForm = errors.New("the form cannot be read, or says something twice")

// readForm reads a form in either encoding. What is said twice is refused
// (two readers of it could differ), except for the erase boxes.
func readForm(c *fiber.Ctx) (url.Values, error) {
	form, err := parseForm(c.Get(fiber.HeaderContentType), c.Request().Body())
	if err != nil {
		return nil, err
	}
	for name, values := range form {
		if len(values) > 1 && name != nameErase {
			return nil, errForm
		}
	}
	return form, nil
}

// parseForm reads the raw body: Fiber's own readers would unpack a compressed
// one of any size.
func parseForm(contentType string, body []byte) (url.Values, error) {
	if len(body) == 0 {
		return url.Values{}, nil
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, errForm
	}
	switch kind {
	case fiber.MIMEApplicationForm:
		if form, err := url.ParseQuery(string(body)); err == nil {
			return form, nil
		}
	case fiber.MIMEMultipartForm:
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(bodyLimit)
		if err == nil && len(form.File) == 0 {
			return form.Value, nil
		}
	}
	return nil, errForm
}

// refuseRepeats refuses a query that says something twice.
func refuseRepeats(c *fiber.Ctx) error {
	asked := c.Request().URI().QueryString()
	if len(asked) == 0 {
		return c.Next()
	}
	query, _ := url.ParseQuery(string(asked)) // what cannot be read is not looked at
	for _, values := range query {
		if len(values) > 1 {
			return errForm
		}
	}
	return c.Next()
}

// valueOf is the value of a control, without the space around it.
func valueOf(form url.Values, name string) string {
	return strings.TrimSpace(form.Get(name))
}

// fieldValues is all that a form sent beside the named controls. What the list
// does not declare stays in, to be refused.
func fieldValues(form url.Values, controls ...string) map[string]string {
	raw := map[string]string{}
	for name := range form {
		if !slices.Contains(controls, name) {
			raw[name] = form.Get(name)
		}
	}
	return raw
}

const localLang = "lang"

var spokenHere = language.NewMatcher([]language.Tag{language.Japanese, language.English})

// chooseLang settles the language of a page: what was chosen on a page of ours, last with
// one of its buttons, then the fallback. [pages.errorLang] remembers it, should the request fail.
func chooseLang(c *fiber.Ctx, form url.Values, fallback subscribe.Lang) subscribe.Lang {
	lang := subscribe.ParseLang(form.Get(nameLang), subscribe.ParseLang(c.Query(nameLang), fallback))
	lang = subscribe.ParseLang(form.Get(nameShowIn), lang)
	c.Locals(localLang, lang)
	return lang
}

// chooseListLang is chooseLang on a page of a list, which may have one language alone; l is
// nil where none was chosen.
func chooseListLang(c *fiber.Ctx, form url.Values, l *subscribe.List, fallback subscribe.Lang) subscribe.Lang {
	lang := chooseLang(c, form, fallback)
	if l != nil {
		lang = l.Speak(lang)
		c.Locals(localLang, lang)
	}
	return lang
}

// browserLang is what the browser asks for, or fallback.
func browserLang(c *fiber.Ctx, fallback subscribe.Lang) subscribe.Lang {
	return langOf(c.Get(fiber.HeaderAcceptLanguage), fallback)
}

// langOf is the language of ours that an Accept-Language asks for (RFC 9110 §12.5.4), or
// fallback. What most browsers send is known without reading all of it.
func langOf(asked string, fallback subscribe.Lang) subscribe.Lang {
	switch first, _, _ := strings.Cut(asked, ","); first { // without a weight it comes before all
	case "ja", "ja-JP":
		return subscribe.Japanese
	case "en", "en-US", "en-GB":
		return subscribe.English
	case "":
		return fallback
	}
	return matchLang(asked, fallback)
}

func matchLang(asked string, fallback subscribe.Lang) subscribe.Lang {
	tags, _, err := language.ParseAcceptLanguage(asked)
	if err != nil || len(tags) == 0 {
		return fallback
	}
	_, i, sure := spokenHere.Match(tags...)
	if sure == language.No {
		return fallback
	}
	return []subscribe.Lang{subscribe.Japanese, subscribe.English}[i]
}

// errorLang is the language of an error page.
func (p *pages) errorLang(c *fiber.Ctx) subscribe.Lang {
	if lang, ok := c.Locals(localLang).(subscribe.Lang); ok {
		return lang
	}
	return chooseLang(c, nil, browserLang(c, p.hostLang(c)))
}

// hostLang is the language of the first list at this host.
func (p *pages) hostLang(c *fiber.Ctx) subscribe.Lang {
	if here := p.here(c); len(here.lists) > 0 {
		return p.Lists[here.lists[0]].Language
	}
	return subscribe.Japanese
}
