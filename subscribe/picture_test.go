package subscribe

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// TestParsePicture: what stands for an office is a picture and nothing else.
func TestParsePicture(t *testing.T) {
	t.Parallel()
	dot := image.NewGray(image.Rect(0, 0, 240, 60))
	var asPNG, asJPEG, asGIF bytes.Buffer
	for _, err := range []error{png.Encode(&asPNG, dot), jpeg.Encode(&asJPEG, dot, nil), gif.Encode(&asGIF, dot, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	svg := func(inside string) string {
		return `<?xml version="1.0"?><!-- made by hand --><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 4 1">` + inside + `</svg>`
	}
	for name, c := range map[string]struct{ body, kind, fault string }{
		"png":              {asPNG.String(), "image/png", ""},
		"jpeg":             {asJPEG.String(), "image/jpeg", ""},
		"svg":              {svg(`<style>.a{fill:url(#g)}</style><defs><linearGradient id="g"/></defs><path class="a" d="M0 0h4"/><use xlink:href="#g"/>`), "image/svg+xml", ""},
		"a picture in one": {svg(`<image href="data:image/png;base64,AAAA"/>`), "image/svg+xml", ""},
		"empty":            {"", "", "is empty"},
		"large":            {asPNG.String() + strings.Repeat("x", MaxPicture), "", "larger than 128 KiB"},
		"gif":              {asGIF.String(), "", "is no PNG, JPEG or SVG"},
		"html":             {"<html><svg/></html>", "", "is no PNG, JPEG or SVG"},
		"words":            {"logo", "", "is no PNG, JPEG or SVG"},
		"half":             {svg("")[:60], "", "is no PNG, JPEG or SVG"},
		"script":           {svg(`<script>alert(1)</script>`), "", "<script>"},
		"event":            {svg(`<path onload="alert(1)"/>`), "", "acts by itself (onload)"},
		"page":             {svg(`<foreignObject><p/></foreignObject>`), "", "<foreignObject>"},
		"link":             {svg(`<a href="#x"/>`), "", "<a>"},
		"elsewhere":        {svg(`<image href="https://elsewhere.example/a.png"/>`), "", "fetches"},
		"svg in svg":       {svg(`<image href="data:image/svg+xml,x"/>`), "", "fetches"},
		"style elsewhere":  {svg(`<style>@import "https://elsewhere.example/a.css"</style>`), "", "fetches"},
		"fill elsewhere":   {svg(`<path style="fill:url( 'https://elsewhere.example/a')"/>`), "", "fetches"},
		"sheet elsewhere":  {`<?xml-stylesheet href="a.css"?>` + svg(""), "", "<?xml-stylesheet?>"},
		"entities":         {`<!DOCTYPE svg [<!ENTITY a "b">]>` + svg(""), "", "declares entities"},
	} {
		got, err := ParsePicture([]byte(c.body))
		if c.fault == "" && (err != nil || got.Type != c.kind || string(got.Body) != c.body) {
			t.Errorf("%s: %s, %v", name, got.Type, err)
		}
		if c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: %v, want %q", name, err, c.fault)
		}
		if strings.HasPrefix(c.kind, "image/") && c.kind != "image/svg+xml" && (got.Width != 240 || got.Height != 60) {
			t.Errorf("%s: %d × %d px", name, got.Width, got.Height)
		}
	}
}
