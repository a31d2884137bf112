package web

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// headers are what every answer carries: nothing of a page comes from elsewhere, is kept on
// the way, or is told to the next site. The names are in their canonical form.
var headers = []struct{ name, value []byte }{
	{[]byte(fiber.HeaderContentSecurityPolicy), []byte("default-src 'none'; style-src 'self'; img-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")},
	{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
	{[]byte(fiber.HeaderReferrerPolicy), []byte("no-referrer")},
	{[]byte(fiber.HeaderCacheControl), []byte("no-store")},
	{[]byte("Cross-Origin-Opener-Policy"), []byte("same-origin")},
	{[]byte("Cross-Origin-Resource-Policy"), []byte("same-origin")},
	{[]byte("Permissions-Policy"), []byte("camera=(), geolocation=(), microphone=(), payment=(), usb=()")},
}

// headers sets them.
func (p *pages) headers(c *fiber.Ctx) {
	h := &c.Response().Header
	for i := range headers {
		h.SetCanonical(headers[i].name, headers[i].value)
	}
	if p.https {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
}

// hideFromSearch keeps a page out of search engines.
func hideFromSearch(c *fiber.Ctx) { c.Set("X-Robots-Tag", "noindex") }

var errCrossSite = errors.New("the form was posted from another site")

// refuseCrossSite refuses a POST that the browser says comes from another site
// (Fetch Metadata). Sec-Fetch-Site decides where there is one. Origin is the older
// sign; under our own Referrer-Policy a browser sends "null" for our own forms.
func (p *pages) refuseCrossSite(c *fiber.Ctx) error {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return c.Next()
	case "":
	default:
		return errCrossSite
	}
	origin := strings.ToLower(c.Get(fiber.HeaderOrigin))
	if origin != "" && origin != "null" && !p.origins[origin] {
		return errCrossSite
	}
	return c.Next()
}
