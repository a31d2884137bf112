package config

import (
	"maps"
	"math"

	"example.jp/kairan/subscribe"
)

// Pictures reads the files of the logos, by path. The error is [Faults].
func (c *Config) Pictures() (map[string]subscribe.Picture, error) {
	r := &reader{file: c.Path, at: c.at}
	return c.pictures(r), r.faults.err()
}

func (c *Config) pictures(r *reader) map[string]subscribe.Picture {
	all := map[string]subscribe.Picture{}
	for _, id := range c.at.sorted("offices", maps.Keys(c.Offices)) {
		(&table{r: r, path: join(join("offices", id), "logo"), line: 1}).picture(all, c.Offices[id].Face.Logo)
	}
	for _, id := range c.Order {
		(&table{r: r, path: join(join("lists", id), "logo"), line: 1}).picture(all, c.Lists[id].Face.Logo)
	}
	return all
}

// picture reads the file of a logo, once, and wants it to look as it is to be shown.
func (t *table) picture(all map[string]subscribe.Picture, logo subscribe.Logo) {
	const key = "file"
	if _, read := all[logo.File]; read || logo.File == "" {
		return
	}
	all[logo.File] = subscribe.Picture{}
	content, _, ok := t.content(key, logo.File)
	if !ok {
		return
	}
	p, err := subscribe.ParsePicture(content)
	if err != nil {
		t.fault(key, "%s %v; write the path of a PNG, JPEG or SVG of the logo", logo.File, err)
		return
	}
	if own := logo.Width * p.Height; p.Width > 0 && math.Abs(float64(own-logo.Height*p.Width)) > 0.05*float64(own) {
		t.fault(key, "%s has %d × %d px and would be shown distorted; write a width and a height in that proportion", logo.File, p.Width, p.Height)
	}
	all[logo.File] = p
}
