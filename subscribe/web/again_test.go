package web

import (
	"testing"

	"example.jp/kairan/subscribe"
)

// TestLanguageKeepsWhatWasTyped: the buttons for the other language are those of the form.
// They bring along what was typed, and take nothing in; nor is what was typed judged.
func TestLanguageKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, tc := range map[string]struct {
		path  string
		typed []string
		shown []string
	}{
		"form":                 {"/lists/news", []string{"email", "yo"}, []string{`value="yo"`}},
		"form of another host": {"/lists/press", []string{"email", "you@example.jp"}, []string{`value="you@example.jp"`}},
		"correct: ask":         {"/correct", []string{"email", "yo", "list", "press"}, []string{`value="yo"`, `value="press" required checked>`}},
		"confirm":              {f.path("press", "confirm"), []string{"name", "花", "medium", "air", "wording", "00"}, []string{`value="花"`, `value="air" checked>`, `name="wording" value="`}},
		"correct": {f.path("press", "correct"), []string{"name", "花", "email", "yo", "erase", "organisation", "prefecture", "27"},
			[]string{`value="花"`, `value="yo"`, `value="organisation" checked>`, `<option value="27" selected>`}},
	} {
		for from, to := range map[string]string{"ja": "en", "en": "ja"} {
			for _, path := range []string{tc.path, tc.path + "?lang=" + from} {
				a := f.post(path, append(tc.typed, "lang", from, "show_in", to)...)
				a.want(t, 200, append(tc.shown, `<html lang="`+to+`">`, `name="lang" value="`+to+`"`)...)
				a.none(t, "aria-invalid", `class="summary"`)
				if calls := f.desk.take(); len(calls) != 0 {
					t.Errorf("%s: asked of the Desk: %s", name, calls[0].verb)
				}
			}
		}
	}
	// What is sent next is in the language of the form, whatever stands behind the link.
	f.post(f.path("press", "confirm")+"?lang=ja", "lang", "en", "name", "花", "wording", f.lists["press"].Wording("en")).want(t, 200, `<html lang="en">`)
	if calls := f.desk.take(); len(calls) != 1 || calls[0].form.Lang != subscribe.English {
		t.Errorf("asked: %+v", calls)
	}
}

// TestSlip: who may have mistyped a provider is told, by what they typed alone, and has
// been asked for all the same. To enter it again takes nothing in by itself.
func TestSlip(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/lists/news", "/correct"} {
		a := f.post(path, "email", "yoú@gmial.com", "list", "news", "lang", "en")
		a.want(t, 422)
		a = f.post(path, "email", "you＠gmial.com", "list", "news", "lang", "en")
		a.want(t, 200, "you＠gmial.com", "Did you mean gmail.com?", `action="`+path+`"`, `name="email" value="you@gmail.com"`)
		if calls := f.desk.take(); len(calls) != 1 || calls[0].ask.Address.Clear() != "you@gmial.com" {
			t.Errorf("%s: asked %+v", path, calls)
		}
		f.post(path, "email", "you@gmail.com", "list", "news", "lang", "en").none(t, "Did you mean")
		f.desk.take()
		f.post(path, "email", "you@gmail.com", "list", "news", "show_in", "en").want(t, 200, `id="email" name="email" value="you@gmail.com"`)
		if calls := f.desk.take(); len(calls) != 0 {
			t.Errorf("%s: entering it again asked %+v", path, calls)
		}
	}
}
