package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// standardColour is that of offices which declare none; the stylesheet has it too.
const standardColour subscribe.Colour = "#0017c1"

// asset is what pages load from us: a stylesheet or a picture. Its path changes with it.
type asset struct {
	kind string // media type
	body []byte
}

// pageFace is what the face of a list or an office comes to on its pages.
type pageFace struct {
	style string // path; "": the standard sheet
	logo  *templates.Logo
	icons map[subscribe.Lang]string // paths
	small asset                     // /favicon.ico
}

// dress makes the face of whoever has a name and a face, and what it needs.
func (p *pages) dress(name subscribe.Text, face subscribe.Face) (pageFace, error) {
	x := pageFace{icons: map[subscribe.Lang]string{}}
	colour := cmp.Or(face.Colour, standardColour)
	small, err := templates.SmallIcon(string(colour))
	if err != nil {
		return x, err
	}
	x.small = asset{"image/vnd.microsoft.icon", small}
	if face.Colour != "" {
		body, path := p.Templates.Tinted(tint(face.Colour))
		p.assets[path], x.style = asset{"text/css; charset=utf-8", body}, path
	}
	for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
		icon := templates.Icon(name.In(lang), string(colour))
		x.icons[lang] = p.keep("svg", "image/svg+xml", icon)
	}
	if face.Logo.File == "" {
		return x, nil
	}
	picture, ok := p.Pictures[face.Logo.File]
	if !ok {
		return pageFace{}, fmt.Errorf("the logo %s is not there", face.Logo.File)
	}
	x.logo = &templates.Logo{URL: p.keep(picture.Ending, picture.Type, picture.Body), Width: face.Logo.Width, Height: face.Logo.Height}
	return x, nil
}

// keep keeps a picture under a path of its own.
func (p *pages) keep(ending, kind string, body []byte) (path string) {
	sum := sha256.Sum256(body)
	path = "/face-" + hex.EncodeToString(sum[:6]) + "." + ending
	p.assets[path] = asset{kind, body}
	return path
}

// tint is a colour on which white can be read, and what it becomes under the pointer and on
// dark screens.
func tint(c subscribe.Colour) templates.Tint {
	lit := c.Lit(subscribe.Night)
	return templates.Tint{
		Key: string(c), KeyHover: string(c.Toward(subscribe.Black, 0.3)),
		Lit: string(lit), LitHover: string(lit.Toward(subscribe.White, 0.5)),
	}
}

// dressAll makes the faces of all lists and offices, and of the pages of nobody.
func (p *pages) dressAll() (err error) {
	style, path := p.Templates.Stylesheet()
	p.assets = map[string]asset{path: {"text/css; charset=utf-8", style}}
	p.faces, p.officeFaces = map[string]pageFace{}, map[string]pageFace{}
	name := func(lang subscribe.Lang) string { return p.say("site.name", lang) }
	if p.plain, err = p.dress(subscribe.Text{JA: name(subscribe.Japanese), EN: name(subscribe.English)}, subscribe.Face{}); err != nil {
		return err
	}
	for id, l := range p.Lists {
		if p.faces[id], err = p.dress(l.Office.Name, l.Face); err != nil {
			return err
		}
		if p.officeFaces[l.Office.ID], err = p.dress(l.Office.Name, l.Office.Face); err != nil {
			return err
		}
	}
	return nil
}

// put puts the face on a page.
func (x pageFace) put(on *templates.Frame, lang subscribe.Lang) {
	on.Style, on.Logo, on.Icon = x.style, x.logo, x.icons[lang]
}

// asset never changes under its path.
func (p *pages) asset(c *fiber.Ctx) error {
	x := p.assets[c.Path()]
	c.Set(fiber.HeaderContentType, x.kind)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(x.body)
}

// favicon is GET /favicon.ico, which is asked for where no page has told of an icon, or only
// of one that the browser does not show: that of the office at this host.
func (p *pages) favicon(c *fiber.Ctx) error {
	x := p.plain.small
	if at := p.here(c); len(at.offices) == 1 {
		x = p.officeFaces[at.offices[0].ID].small
	}
	c.Set(fiber.HeaderContentType, x.kind)
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return c.Send(x.body)
}

// isAsset says whether a route is of what pages load.
func isAsset(route string) bool {
	return strings.HasPrefix(route, "/style-") || strings.HasPrefix(route, "/face-") || route == "/favicon.ico"
}
