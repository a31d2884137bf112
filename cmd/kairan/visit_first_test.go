package main

import (
	"net/http"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web/browser"
)

// TestFirstScreen: on a phone the form of every list of the sample has its field and its button
// in the first screen, whole, in each language that it speaks.
func TestFirstScreen(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := atWork(t, nil)
	cfg, err := config.Load(s.file("kairan.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range cfg.Order {
		for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			if cfg.Lists[id].Speak(lang) != lang {
				continue
			}
			t.Run(id+" "+string(lang), func(t *testing.T) {
				t.Parallel()
				who := browser.Phone
				who.Lang = string(lang)
				v := newVisit(t, s, b, who, "")
				v.Go("http://" + s.public + "/lists/" + id + "?lang=" + who.Lang)
				v.at(http.StatusOK, "")
				for _, n := range []browser.Node{v.Find("textbox", v.say("form.email")), v.Find("button", v.say("signup.button"))} {
					if box := v.Box(n); box.Left < 0 || box.Top < 0 || box.Right > float64(who.Width) || box.Bottom > float64(who.Height) {
						t.Errorf("the %s %q is at %+v of %d by %d", n.Role, n.Name, box, who.Width, who.Height)
					}
				}
			})
		}
	}
}
