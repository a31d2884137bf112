package config

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/subscribe"
)

// TestAListLooksAsItsOfficeUnlessItSays, key by key.
func TestAListLooksAsItsOfficeUnlessItSays(t *testing.T) {
	t.Parallel()
	c, err := parse("k.toml", uncommented(), "")
	if err != nil {
		t.Fatal(err)
	}
	again(t, c)
	logo := subscribe.Logo{URL: "https://www.mofa.example.jp/logo.png", File: beside("k.toml", "logo.png"), Width: 240, Height: 60}
	if got := c.Lists["whats-new"].Face; got.Logo != logo || got.Colour != "#00118f" || got.Header.JA != "外務省からのお知らせ" || got.Footer.EN != "Travel safety\nhttps://www.anzen.mofa.example.jp/" {
		t.Errorf("whats-new looks so: %+v", got)
	}
	if got := c.Lists["japanifornia"].Face; got.Colour != "#bc002d" || got.Footer.EN == "" || got.Logo != (subscribe.Logo{}) || got.Header != (subscribe.Text{}) {
		t.Errorf("japanifornia looks so: %+v", got)
	}
	if got := c.Lists["ajc-press"].Face; got != (subscribe.Face{}) {
		t.Errorf("ajc-press looks so: %+v", got)
	}
}

// TestPictures: a logo for pages is judged before a start, as a picture and in its size.
func TestPictures(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "logo")
	table := fmt.Sprintf("logo = { file = %q, width = 240, height = 60 }\n\n[lists.", path)
	c, err := parse("k.toml", []byte(strings.Replace(good, "\n[lists.", "\n"+table, 1)), "")
	if err != nil {
		t.Fatal(err)
	}
	again(t, c)
	expect(t, c.CheckFiles(), []string{"logo.file: there is no " + path})
	drawn := func(width, height int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, x := range []struct {
		content []byte
		want    []string
	}{
		{drawn(480, 120), nil},
		{[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), nil},
		{drawn(480, 240), []string{"logo.file: " + path + " has 480 × 240 px and would be shown distorted"}},
		{[]byte("logo"), []string{"logo.file: " + path + " is no PNG, JPEG or SVG; write the path of a PNG, JPEG or SVG"}},
		{nil, []string{"is empty"}},
	} {
		if err := os.WriteFile(path, x.content, 0o600); err != nil {
			t.Fatal(err)
		}
		expect(t, c.CheckFiles(), x.want)
		if got, err := c.Pictures(); x.want == nil && (err != nil || !bytes.Equal(got[path].Body, x.content)) {
			t.Errorf("%d octets, %v", len(got[path].Body), err)
		}
	}
}
