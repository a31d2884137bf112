package web

import "github.com/gofiber/fiber/v2"

// robots says which pages are for no program that keeps what it finds (RFC 9309): those
// behind the links of single readers. ndl-japan is that of the National Diet Library, which
// keeps what public bodies of Japan publish (National Diet Library Act, Art. 25-3); it is
// named, since some look for their name alone.
const robots = `User-agent: ndl-japan
Disallow: /confirm/
Disallow: /correct/
Disallow: /leave/
Disallow: /block/

User-agent: *
Disallow: /confirm/
Disallow: /correct/
Disallow: /leave/
Disallow: /block/
`

func (p *pages) robots(c *fiber.Ctx) error {
	return p.sendFileOnce(c, once{page: "robots"}, func() (*rendered, error) {
		return &rendered{kind: fiber.MIMETextPlainCharsetUTF8, body: []byte(robots), changed: p.began}, nil
	})
}
