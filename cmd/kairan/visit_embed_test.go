package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.jp/kairan/subscribe/web/browser"
)

// elsewhere is a site of an office's own, at another origin and, as old sites are, in Shift_JIS.
func elsewhere(t *testing.T, body string) string {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=Shift_JIS")
		_, _ = io.WriteString(w, `<!doctype html><html lang="ja"><title>office</title><h1>office</h1>`+body)
	}))
	t.Cleanup(site.Close)
	return site.URL
}

// TestFormOfAnotherSite: who types an address there sees it on our page, and signs up by the button on that.
// No other site shows a page of ours within its own.
func TestFormOfAnotherSite(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := atWork(t, nil)
	v := newVisit(t, s, b, browser.Phone, "reader.elsewhere@example.jp")
	const typed = "ｒｅａｄｅｒ．ｅｌｓｅｗｈｅｒｅ＠ｅｘａｍｐｌｅ．ｊｐ"
	v.Go(elsewhere(t, s.command("list", "embed", "ajc-newsletter", "--lang", "ja")))
	v.at(http.StatusOK, "office")
	v.write(v.say("form.email"), typed)
	v.Press("button", v.say("embed.button"))
	v.at(http.StatusOK, "日本アセアンセンター メールマガジン")
	v.reads(v.say("signup.review"))
	if got := v.Find("textbox", v.say("form.email")).Value; got != typed {
		t.Errorf("the address on our page is %q", got)
	}
	if n := s.sink.CountTo(v.mailbox); n != 0 {
		t.Errorf("%d mails were sent before the button was pressed", n)
	}
	v.unsent = append(v.unsent, typed)
	v.Press("button", v.say("signup.button"))
	v.at(http.StatusOK, v.say("sent.title"))
	if _, link := v.mail("LINK"); link == "" {
		t.Error("the mail has no link")
	}
	v.Go(elsewhere(t, `<iframe src="http://`+s.public+`/lists/japanifornia"></iframe>`))
	if faults := strings.Join(v.Faults(), "\n"); !strings.Contains(faults, "frame-ancestors") {
		t.Errorf("the browser does not refuse the frame: %q", faults)
	}
}
