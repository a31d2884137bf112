package config

import (
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
	logo := subscribe.Logo{URL: "https://www.mofa.example.jp/logo.png", Width: 240, Height: 60}
	if got := c.Lists["whats-new"].Face; got.Logo != logo || got.Colour != "#00118f" || got.Header.JA != "毎週月曜日発行" || got.Footer.EN != "Back numbers\nhttps://www.mofa.example.jp/magazine/" {
		t.Errorf("whats-new looks so: %+v", got)
	}
	if got := c.Lists["japanifornia"].Face; got.Colour != "#bc002d" || got.Footer.EN == "" || got.Logo != (subscribe.Logo{}) || got.Header != (subscribe.Text{}) {
		t.Errorf("japanifornia looks so: %+v", got)
	}
	if got := c.Lists["ajc-press"].Face; got != (subscribe.Face{}) {
		t.Errorf("ajc-press looks so: %+v", got)
	}
}
