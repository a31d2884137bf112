package mirror

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pages are a site: what is answered to each path with its query.
type pages map[string]string

func (p pages) ask(_ context.Context, _, path string) (Page, error) {
	body, ok := p[path]
	switch {
	case body == "broken":
		return Page{Status: 500}, nil
	case !ok:
		return Page{Status: 404, Type: "text/html"}, nil
	case strings.HasPrefix(body, "<"):
		return Page{200, "text/html; charset=utf-8", []byte(body)}, nil
	}
	return Page{200, "application/octet-stream", []byte(body)}, nil
}

func link(to string) string { return `<a class="x" href="` + to + `">x</a>` }

// site is a list with two issues, one of them with files.
func site() pages {
	head := `<link rel="canonical" href="https://lists.example.jp/lists/news/issues/"><link rel="stylesheet" href="/style-1.css"><link rel="alternate" href="/lists/news/feed.atom">`
	langs := link("?lang=en")
	first := head + langs + link("#year-2026") + link("/lists/news/issues/one?lang=ja") + link("/lists/news/years/2025?lang=ja") + link("/lists/news?lang=ja") + link("https://example.jp/")
	one := head + langs + `<pre>  a &amp; b
</pre><img src="/lists/news/issues/one/map%20%231.png" alt="">` + link("/lists/news/issues/one/a.pdf") + link("/lists/news/issues/?lang=ja")
	return pages{
		"/lists/news/issues/?lang=ja": first, "/lists/news/issues/?lang=en": "<p>" + link("?lang=ja") + link("/lists/news/issues/one?lang=en"),
		"/lists/news/issues/one?lang=ja": one, "/lists/news/issues/one?lang=en": "<p>one", "/lists/news/issues/one/map%20%231.png": "PNG", "/lists/news/issues/one/a.pdf": "PDF",
		"/lists/news/years/2025?lang=ja": link("/lists/news/issues/two?lang=ja"), "/lists/news/issues/two?lang=ja": "<p>two",
		"/style-1.css": "css", "/lists/news/feed.atom": "atom", "/lists/news?lang=ja": "<form>", "/lists/news/issues/secret?lang=ja": "<p>secret",
	}
}

var news = List{"news", "ja", "https://lists.example.jp"}

func write(t *testing.T, dir string, p pages, lists ...List) Report {
	t.Helper()
	r, err := (&Mirror{Ask: p.ask, Lists: lists}).Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// files are all that lie in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var whole = []string{
	".kairan-archive", "lists/news/feed.atom", "lists/news/issues/index.en.html", "lists/news/issues/index.html", "lists/news/issues/one/a.pdf", "lists/news/issues/one/index.en.html",
	"lists/news/issues/one/index.html", "lists/news/issues/one/map #1.png", "lists/news/issues/two/index.html", "lists/news/years/2025/index.html", "style-1.css",
}

// TestWrite: all that can be reached is there, its links lead to files, and everything else is
// as the pages have it.
func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "archive")
	r := write(t, dir, site(), news)
	if got := files(t, dir); !slices.Equal(got, whole) || !slices.Equal(r.Written, whole[1:]) || !slices.Equal(r.Lists, []string{"news"}) {
		t.Errorf("%q, %+v", got, r)
	}
	page := readFile(t, dir, "lists/news/issues/one/index.html")
	want := `<link rel="canonical" href="https://lists.example.jp/lists/news/issues/"><link rel="stylesheet" href="../../../../style-1.css"><link rel="alternate" href="../../feed.atom">` +
		link("index.en.html") + "<pre>  a &amp; b\n</pre><img src=\"map%20%231.png\" alt=\"\">" + link("a.pdf") + link("../index.html")
	if page != want {
		t.Errorf("%s\n%s", page, want)
	}
	first := readFile(t, dir, "lists/news/issues/index.html")
	for _, has := range []string{link("#year-2026"), link("one/index.html"), link("../years/2025/index.html"), link("https://lists.example.jp/lists/news?lang=ja"), link("https://example.jp/"), link("index.en.html")} {
		if !strings.Contains(first, has) {
			t.Errorf("no %s in %s", has, first)
		}
	}
}

// TestWriteAgain: what has not changed is left alone, what has is replaced, and what is gone is
// removed, if it was ours.
func TestWriteAgain(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), site()
	write(t, dir, p, news)
	before, err := os.Stat(filepath.Join(dir, "style-1.css"))
	if err != nil {
		t.Fatal(err)
	}
	if r := write(t, dir, p, news); len(r.Written)+len(r.Removed) != 0 || r.Unchanged != len(whole)-1 {
		t.Errorf("again: %+v", r)
	}
	if after, _ := os.Stat(filepath.Join(dir, "style-1.css")); !os.SameFile(before, after) {
		t.Error("a file that is the same was replaced")
	}
	foreign := filepath.Join(dir, "lists/news/issues/one/notes.txt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	delete(p, "/lists/news/issues/one?lang=ja")
	delete(p, "/lists/news/issues/one?lang=en")
	p["/lists/news/issues/?lang=ja"] = link("/lists/news/years/2025?lang=ja") + link("/lists/news/issues/one?lang=ja")
	p["/lists/news/issues/?lang=en"] = "<p>"
	r := write(t, dir, p, news)
	if want := []string{".kairan-archive", "lists/news/issues/index.html", "lists/news/issues/one/notes.txt", "lists/news/issues/two/index.html", "lists/news/years/2025/index.html"}; !slices.Equal(files(t, dir), want) {
		t.Errorf("%q", files(t, dir))
	}
	if !slices.Contains(r.Removed, "lists/news/issues/one/a.pdf") || !slices.Equal(r.Written, []string{"lists/news/issues/index.html"}) {
		t.Errorf("%+v", r)
	}
	if page := readFile(t, dir, "lists/news/issues/index.html"); !strings.Contains(page, link("https://lists.example.jp/lists/news/issues/one?lang=ja")) {
		t.Errorf("a link that leads nowhere: %s", page)
	}
	if r := write(t, dir, pages{}, news); len(r.Lists) != 0 || !slices.Equal(files(t, dir), []string{".kairan-archive", "lists/news/issues/one/notes.txt"}) {
		t.Errorf("without an archive: %+v, %q", r, files(t, dir))
	}
}

// TestWriteSome: the files of lists that are not named stay, and so does what they share.
func TestWriteSome(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), site()
	press := List{"press", "en", "https://lists.example.jp"}
	p["/lists/press/issues/?lang=en"] = `<link rel="stylesheet" href="/style-1.css">` + link("/lists/news/issues/one?lang=en")
	write(t, dir, p, news, press)
	delete(p, "/style-1.css")
	p["/style-2.css"], p["/lists/press/issues/?lang=en"] = "css", `<link rel="stylesheet" href="/style-2.css">`
	r, err := (&Mirror{Ask: p.ask, Lists: []List{press}, Others: true}).Write(t.Context(), dir)
	if err != nil || !slices.Equal(r.Written, []string{"lists/press/issues/index.html", "style-2.css"}) || len(r.Removed) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := files(t, dir); len(got) != len(whole)+2 {
		t.Errorf("%q", got)
	}
}

// TestForeignFolders: nothing of others is taken, replaced or removed, and nothing lies outside.
func TestForeignFolders(t *testing.T) {
	t.Parallel()
	refused := func(dir, file string) {
		t.Helper()
		_, err := (&Mirror{Ask: site().ask, Lists: []List{news}}).Write(t.Context(), dir)
		if f, is := errors.AsType[*Foreign](err); !is || f.File != file {
			t.Errorf("%s: %v", file, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(dir, "index.html")
	if got := files(t, dir); !slices.Equal(got, []string{"index.html"}) {
		t.Errorf("%q", got)
	}
	dir = t.TempDir()
	write(t, dir, pages{"/lists/news/issues/?lang=ja": "<p>"}, news)
	if err := os.WriteFile(filepath.Join(dir, "style-1.css"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(dir, "style-1.css")
	if readFile(t, dir, "style-1.css") != "mine" {
		t.Error("a file of others was replaced")
	}
	dir, outside := t.TempDir(), t.TempDir()
	write(t, dir, pages{"/lists/news/issues/?lang=ja": "<p>"}, news)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "lists")), os.Symlink(outside, filepath.Join(dir, "lists"))); err != nil {
		t.Skip(err)
	}
	if _, err := (&Mirror{Ask: site().ask, Lists: []List{news}}).Write(t.Context(), dir); err == nil {
		t.Error("a link out of the folder was followed")
	}
	if err := os.WriteFile(filepath.Join(dir, marker), []byte("../outside.txt\nlists/kept.txt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := []string{filepath.Join(filepath.Dir(dir), "outside.txt"), filepath.Join(outside, "kept.txt")}
	for _, file := range kept {
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = (&Mirror{Ask: pages{}.ask}).Write(t.Context(), dir)
	for _, file := range kept {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("a file outside of the folder was removed: %v", err)
		}
	}
}

// TestCutShort: what was left by an export that was cut short is ours, and is made good.
func TestCutShort(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), site()
	p["/lists/news/feed.atom"] = "broken"
	if _, err := (&Mirror{Ask: p.ask, Lists: []List{news}}).Write(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "https://lists.example.jp/lists/news/feed.atom: the answer is 500") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, unfolded), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, dir, site(), news)
	if got := files(t, dir); !slices.Equal(got, whole) {
		t.Errorf("%q", got)
	}
}
