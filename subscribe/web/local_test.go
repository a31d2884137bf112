package web

import "testing"

// TestLocal: who asks within the process gets what everybody gets, and is not counted.
func TestLocal(t *testing.T) {
	t.Parallel()
	saw := 0
	var site Site
	f, _ := newReadable(t, twoOffices, func(s *Site) { s.Saw = func(Seen) { saw++ }; site = *s })
	local, err := NewLocal(site)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append([]string{"/?lang=en", "/lists/news/issues/none"}, everyArchivePage...) {
		want := f.get(path) // at example.com, as the tests ask
		before := saw
		status, kind, body, err := local.Get("http://example.com", path)
		if err != nil || status != want.status || kind != want.header.Get("Content-Type") || string(body) != want.body || saw != before {
			t.Errorf("%s: %d, %s, %v, %d octets", path, status, kind, err, len(body))
		}
	}
	if _, _, body, _ := local.Get("https://press.example.org:8443", "/?lang=en"); string(body) == f.get("/?lang=en").body {
		t.Error("the pages of one office are those of another")
	}
	if _, _, _, err := local.Get("https://%", "/"); err == nil {
		t.Error("what is no URL is asked")
	}
	if _, err := NewLocal(Site{}); err == nil {
		t.Error("a site without a desk is taken")
	}
}
