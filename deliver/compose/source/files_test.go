package source

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
)

const withFiles = "+++\nsubject = \"x\"\nattachments = [\"要項.pdf\", \"map.png\"]\n+++\n"

func TestFilesBesideTheIssue(t *testing.T) {
	t.Parallel()
	chart, pdf := composetest.PNG(t, 1104, 301), composetest.PDF(1000)
	files := []deliver.File{{Name: "か\u3099.png", Data: chart}, {Name: "要項.pdf", Data: pdf}, {Name: "not named.pdf", Data: pdf}, {Name: "map.png", Data: composetest.PNG(t, 10, 20)}}
	d, err := parse(t, composetest.Consulate(t), []byte(withFiles+"![会場の*地図*](が.png \"題\") と\n\n![また](%E3%81%8C.png) ![m][m] ![w](https://www.example.jp/a.png)\n\n[m]: map.png\n"), files...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range d.Enclosed {
		got = append(got, fmt.Sprintf("%s %s %d %s", x.Name, x.Type, x.Size, x.ID))
	}
	id := func(i int) string { return strings.TrimPrefix(strings.Fields(got[i])[3], "") }
	want := []string{"が.png image/png", "map.png image/png", "要項.pdf application/pdf 1000 ", "map.png image/png"}
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Fatalf("carries %q; want %q", got, want)
		}
	}
	composetest.Holds(t, "the HTML", d.HTML, `<img src="cid:`+id(0)+`" alt="会場の地図" title="題" width="560" height="153"`,
		`<img src="cid:`+id(0)+`" alt="また" width="560" height="153"`, `<img src="cid:`+id(1)+`" alt="m" width="10" height="20"`)
	if len(got) != 4 || !strings.HasSuffix(id(0), "@example.jp") || strings.HasSuffix(got[3], "@example.jp") {
		t.Errorf("carries %q", got)
	}
	named := d.Named(files)
	if len(named) != 3 || named[0].Name != "が.png" || named[1].Name != "map.png" || named[2].Name != "要項.pdf" {
		t.Errorf("named are %d: %v", len(named), named)
	}
	if d.Pictures[0].From != "が.png" {
		t.Errorf("the picture as written is %q", d.Pictures[0].From)
	}
}

func TestFilesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	files := []deliver.File{
		{Name: "a.pdf", Data: composetest.PDF(100)}, {Name: "a.png", Data: composetest.PNG(t, 2, 2)}, {Name: "b.pdf", Data: []byte("MZ")}, {Name: "c.svg", Data: []byte("<svg/>")},
		{Name: "link.pdf", Fault: "link.pdf is a link"}, {Name: "/etc/hosts", Data: composetest.PDF(100)}, {Name: "../a.png", Data: composetest.PNG(t, 2, 2)}, {Name: "dir/a.png", Data: composetest.PNG(t, 2, 2)},
	}
	for text, want := range map[string]string{
		"+++\nsubject = \"x\"\n+++\nあ\n\n![x](none.png)":                     "line 6: there is no file none.png beside the issue",
		"+++\nsubject = \"x\"\n+++\n![x](a.pdf)":                             `line 4: a.pdf is no picture; to attach it, write attachments = ["a.pdf"]`,
		"+++\nsubject = \"x\"\n+++\n![x](c.svg)":                             "line 4: c.svg cannot be sent: mail programs do not show SVG",
		"+++\nsubject = \"x\"\n+++\n![x](../a.png)":                          `line 4: "../a.png" cannot be sent: a path is not read`,
		"+++\nsubject = \"x\"\n+++\n![x](%2e%2e%2fa.png)":                    `line 4: "../a.png" cannot be sent: a path is not read`,
		"+++\nsubject = \"x\"\n+++\n![x](dir/a.png)":                         `line 4: "dir/a.png" cannot be sent: a path is not read`,
		"+++\nsubject = \"x\"\n+++\n![x](/a.png)":                            `line 4: "/a.png" cannot be sent: a path is not read`,
		"+++\nsubject = \"x\"\n+++\n![x](<C:\\a.png>)":                       `line 4: the picture C:\a.png lies on a computer`,
		"+++\nsubject = \"x\"\n+++\n![x](file:///etc/hosts)":                 `line 4: the picture file:///etc/hosts lies on a computer where readers cannot see it`,
		"+++\nsubject = \"x\"\n+++\n![x]()":                                  `line 4: "" cannot be sent: a file is named by its name`,
		"+++\nsubject = \"x\"\n+++\n![x](cid:aaaaaaaaaaaaaaaaaaaaaaaa@x.jp)": "line 4: the picture ",
		"+++\nsubject = \"x\"\n+++\n[x](cid:aaaaaaaaaaaaaaaaaaaaaaaa@x.jp)":  "line 4: the link ",
		"+++\nsubject = \"x\"\nattachments = [\"b.pdf\"]\n+++\nx":            "line 3: b.pdf cannot be sent: its content is a program",
		"+++\nsubject = \"x\"\nattachments = [\"/etc/hosts\"]\n+++\nx":       `line 3: "/etc/hosts" cannot be sent: a path is not read`,
		"+++\nsubject = \"x\"\nattachments = [\"..\"]\n+++\nx":               `line 3: ".." cannot be sent: a file is named by its name`,
		"+++\nsubject = \"x\"\nattachments = [\"link.pdf\"]\n+++\nx":         "line 3: link.pdf is a link",
		"+++\nsubject = \"x\"\nattachments = [\"no.pdf\"]\n+++\nx":           "line 3: there is no file no.pdf beside the issue",
	} {
		if _, err := parse(t, composetest.Consulate(t), []byte(text), files...); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
	var many strings.Builder
	var all []deliver.File
	for i := range maxFiles + 1 {
		name := fmt.Sprintf("%d.png", i)
		fmt.Fprintf(&many, "![%s](%[1]s)\n", name)
		all = append(all, deliver.File{Name: name, Data: composetest.PNG(t, 2, 2+i)})
	}
	if _, err := parse(t, composetest.Consulate(t), composetest.Source(many.String()), all...); err == nil || !strings.Contains(err.Error(), "more than 40 files") {
		t.Errorf("so many: %v", err)
	}
}

// TestPhotos: what a camera left in a photograph is said, once, and not of others.
func TestPhotos(t *testing.T) {
	t.Parallel()
	text := []byte("+++\nsubject = \"x\"\nattachments = [\"b.jpg\"]\n+++\n![a](a.jpg)\n\n![a](a.jpg) ![c](c.jpg) ![d](d.jpg)\n")
	d, err := parse(t, composetest.Consulate(t), text, deliver.File{Name: "a.jpg", Data: composetest.Photo(t, 6, true)}, deliver.File{Name: "b.jpg", Data: composetest.Photo(t, 3, true)},
		deliver.File{Name: "c.jpg", Data: composetest.Photo(t, 1, false)}, deliver.File{Name: "d.jpg", Data: composetest.Photo(t, 3, false)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"line 3: b.jpg says where it was taken (GPS)", "line 5: a.jpg says where it was taken (GPS)", "line 5: a.jpg lies on its side", "line 7: d.jpg lies on its side"}
	got := d.Findings.Lines()
	for i, w := range want {
		if len(got) != len(want) || !strings.HasPrefix(got[i], w) {
			t.Fatalf("found %q\nwant %q", got, want)
		}
	}
	composetest.Holds(t, "the HTML", d.HTML, `alt="a" width="2" height="4"`, `alt="c" width="4" height="2"`)
}

// TestFilesInTags: an HTML tag shows a file as Markdown does, as wide as it says.
func TestFilesInTags(t *testing.T) {
	t.Parallel()
	text := composetest.Source("<img src=\"map.png\" alt=\"地図\" width=\"300\" height=\"9\">\n\n本文 <img src='map.png' width='4000'>")
	if got := Names(t.Context(), text); len(got) != 1 || got[0].Name != "map.png" {
		t.Errorf("names %v", got)
	}
	d, err := parse(t, composetest.Consulate(t), text, deliver.File{Name: "map.png", Data: composetest.PNG(t, 1200, 600)})
	if err != nil {
		t.Fatal(err)
	}
	composetest.Holds(t, "the HTML", d.HTML, `alt="地図" width="300" height="150"`, `width="560" height="280"`)
}

// TestNames: what Parse looks for is what the client sends.
func TestNames(t *testing.T) {
	t.Parallel()
	got := Names(t.Context(), []byte(withFiles+"![a](か\u3099.png)\n![w](https://www.example.jp/a.png) ![b](dir/b.png) `![c](c.png)`\n\n[p](page.png) ![a](%E3%81%8C.png) ![m](map.png)\n"))
	want := []Named{{"が.png", 5}, {"dir/b.png", 6}, {"map.png", 8}, {"要項.pdf", 3}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	for _, text := range []string{"", "no front matter ![a](a.png)", "\xff\xfe", "+++\nattachments = 1\n+++\n", "+++\nattachments = [\"a\"\n+++\nx"} {
		if got := Names(t.Context(), []byte(text)); len(got) > 0 {
			t.Errorf("%q names %v", text, got)
		}
	}
}

// TestManyFiles: each file is looked at once, however many a text names.
func TestManyFiles(t *testing.T) { //nolint:paralleltest // it counts what is allocated
	var text strings.Builder
	var files []deliver.File
	for n := range 500 {
		fmt.Fprintf(&text, "![か\u3099](か\u3099%d.png)\n\n", n)
	}
	for n := range 2000 {
		files = append(files, deliver.File{Name: fmt.Sprintf("か\u3099%d.csv", n), Data: []byte("x")})
	}
	list, source := composetest.Consulate(t), composetest.Source(text.String())
	if n := testing.AllocsPerRun(1, func() { _, _ = parse(t, list, source, files...) }); n > 500_000 {
		t.Errorf("%.0f allocations", n)
	}
}
