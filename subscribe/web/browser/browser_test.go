package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const form = `<!doctype html><html lang="ja"><head><title>申し込み</title><meta name="viewport" content="width=device-width"></head><body>
<h1>申し込み</h1><noscript>no script</noscript>
<form method="post" action="/sent" novalidate>
<p><label for="email">メールアドレス <span>必須</span></label><input type="text" id="email" name="email" value="old"></p>
<p><label for="where">都道府県</label><select id="where" name="where"><option value="">選択</option><option value="13">東京都</option><option value="27">大阪府</option></select></p>
<fieldset><legend>言語</legend><label><input type="radio" name="lang" value="ja" checked>日本語</label><label><input type="radio" name="lang" value="en">English</label></fieldset>
<p><label><input type="checkbox" name="erase" value="1">消去する</label></p>
<div style="height: 2000px"></div>
<button type="submit">送る</button></form>
<p><a href="/">最初へ</a></p></body></html>`

// site shows the form, and then what was sent with it.
func site(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/sent":
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = r.ParseForm()
			fmt.Fprintf(w, `<title>sent</title><h1>Sent</h1><p id="what">%s|%s|%s|%s|%s</p><a href="/">back</a>`,
				r.Form.Get("email"), r.Form.Get("where"), r.Form.Get("lang"), r.Form.Get("erase"), r.Header.Get("Accept-Language"))
		case "/elsewhere":
			fmt.Fprint(w, `<h1>x</h1><img src="http://192.0.2.1/pixel.png"><link rel="stylesheet" href="https://cdn.example/x.css">`)
		case "/policy":
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
			fmt.Fprint(w, `<h1 style="color: red">x</h1>`)
		default:
			fmt.Fprint(w, form)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestHands(t *testing.T) {
	t.Parallel()
	b := Start(t)
	for name, v := range map[string]Visitor{
		"phone":  Phone,
		"keys":   {Width: 1280, Height: 800, Lang: "ja", KeysOnly: true},
		"script": {Width: 390, Height: 844, Lang: "ja", NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := b.Open(t, v)
			loaded := 0
			p.Loaded = func(Page) { loaded++ }
			p.Go(site(t))
			if p.Page.Title != "申し込み" || p.Page.Lang != "ja" || !slices.Equal(p.Page.H1, []string{"申し込み"}) || p.Page.Status != http.StatusOK {
				t.Errorf("the page is %+v", p.Page)
			}
			if got := strings.Contains(p.Page.Text, "no script"); got != v.NoScript {
				t.Errorf("without JavaScript: %v", got)
			}
			if box := p.Box(p.Find("button", "送る")); box.Top < 2000 || box.Bottom <= box.Top || box.Left < 0 {
				t.Errorf("the button is at %+v", box)
			}
			p.Type("メールアドレス", "ａｂｃ＠example.jp")
			p.Choose("都道府県", "大阪府")
			p.Set("radio", "English")
			p.Set("checkbox", "消去する")
			if f := p.Focus(); f.Role != "checkbox" || f.Name != "消去する" {
				t.Errorf("the focus is at %+v", f)
			}
			p.Press("button", "送る")
			if got := Eval[string](p, `document.getElementById("what").innerText`); got != "ａｂｃ＠example.jp|27|en|1|ja" || p.Page.Status != http.StatusUnprocessableEntity {
				t.Errorf("%d, %s", p.Page.Status, got)
			}
			p.Press("link", "back")
			p.Back()
			p.Press("link", "back")
			p.Type("メールアドレス", "by the key")
			p.Enter()
			if got := Eval[string](p, `document.getElementById("what").innerText`); !strings.HasPrefix(got, "by the key|") {
				t.Errorf("Enter in a field: %s", got)
			}
			p.Press("link", "back")
			if loaded != 7 || p.Has("button", "back") || !p.Has("link", "最初へ") {
				t.Errorf("%d pages, at %s", loaded, p.Page.URL)
			}
		})
	}
}

func TestWhatPagesMustNotDoIsNoticed(t *testing.T) {
	t.Parallel()
	b := Start(t)
	for path, want := range map[string][]string{
		"/":          nil,
		"/elsewhere": {"asks for http://192.0.2.1/pixel.png", "asks for https://cdn.example/x.css"},
		"/policy":    {"Content Security Policy"},
	} {
		p := b.Open(t, Desktop)
		p.Go(site(t) + path)
		said := strings.Join(p.Faults(), "\n")
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("%s: no %q in %q", path, w, said)
			}
		}
		if want == nil && said != "" {
			t.Errorf("%s: %s", path, said)
		}
	}
}
