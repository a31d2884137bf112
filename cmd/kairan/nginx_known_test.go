package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestNginxPassesWhatIsKnown: who asks whether a page still stands is answered by the page,
// also where nginx packs it, which makes its tag a weak one.
func TestNginxPassesWhatIsKnown(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	page := strings.Repeat("バックナンバー", 100)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("If-None-Match") + r.Header.Get("If-Modified-Since")
		h := w.Header()
		h.Set("ETag", `"0a1b"`)
		h.Set("Last-Modified", "Fri, 27 Nov 2026 20:25:13 GMT")
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", "text/html; charset=utf-8")
		if r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, page)
	}))
	defer upstream.Close()
	f := startNginx(t, upstream.URL)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: f.trust(), DisableCompression: true}}
	get := func(headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+f.https+"/lists/whats-new/issues/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Body.Close() })
		if a.Header.Get("Cache-Control") != "no-cache" || a.Header.Get("Last-Modified") == "" {
			t.Errorf("%q: %v", headers, a.Header)
		}
		return a
	}
	for _, x := range []struct {
		headers  []string
		status   int
		tag, was string
	}{
		{nil, 200, `"0a1b"`, ""},
		{[]string{"Accept-Encoding", "gzip"}, 200, `W/"0a1b"`, ""},
		{[]string{"If-None-Match", `"0a1b"`}, 304, `"0a1b"`, `"0a1b"`},
		{[]string{"If-None-Match", `W/"0a1b"`, "Accept-Encoding", "gzip"}, 304, `"0a1b"`, `W/"0a1b"`},
		{[]string{"If-Modified-Since", "Fri, 27 Nov 2026 20:25:13 GMT"}, 304, `"0a1b"`, "Fri, 27 Nov 2026 20:25:13 GMT"},
	} {
		a := get(x.headers...)
		if was := <-asked; a.StatusCode != x.status || a.Header.Get("ETag") != x.tag || was != x.was {
			t.Errorf("%q: %d, %s, and %q was asked", x.headers, a.StatusCode, a.Header.Get("ETag"), was)
		}
	}
}
