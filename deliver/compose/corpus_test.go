package compose

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gomail "github.com/emersion/go-message/mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/lint"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// goldenIssues is where what is made of the corpus lies; its README says what is what.
const goldenIssues = "../../testdata/issues/golden"

// TestCorpus: what is found in each issue of testdata/issues, and what readers get. In
// those beside the folder "bad" nothing is found.
func TestCorpus(t *testing.T) {
	t.Parallel()
	names := corpus(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inCorpus(t, name)
		})
	}
	made, err := os.ReadDir(goldenIssues)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		if base := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name())); !slices.ContainsFunc(names, func(n string) bool { return filepath.Base(n) == base }) {
			t.Errorf("%s is of an issue that is gone: remove it", f.Name())
		}
	}
}

// corpus are the names of its issues, without .md.
func corpus(t *testing.T) (names []string) {
	t.Helper()
	root, bad, seen := composetest.Testdata(t, "issues"), 0, map[string]bool{}
	for _, folder := range []string{"", "bad"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			base := strings.TrimSuffix(filepath.Base(f), ".md")
			if base == "README" {
				continue
			}
			if seen[base] {
				t.Errorf("there are two issues %s: their golden files have one name", base)
			}
			seen[base], names = true, append(names, filepath.Join(folder, base))
		}
		bad = len(files)
	}
	if len(names)-bad < 24 || bad < 18 {
		t.Errorf("%d good issues and %d bad ones are too few", len(names)-bad, bad)
	}
	return names
}

func inCorpus(t *testing.T, name string) {
	now := time.Date(2026, 10, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))
	list, m := corpusList(t, name), manuscript(t, name)
	c, d, err := (&Compiler{Templates: set()}).Compile(t.Context(), list, "autumn", m, now)
	found, of := finding.List(nil), lint.Issue{Draft: d, Now: now}
	switch list, faulty := errors.AsType[finding.List](err); {
	case faulty:
		found = list
	case err != nil:
		t.Fatal(err)
	default:
		found, of.HTML = slices.Clone(d.Findings), c.HTML.Size()
	}
	if d != nil {
		found = append(found, lint.Check(of)...)
	}
	var said strings.Builder
	for _, f := range found.Sorted() {
		fmt.Fprintf(&said, "%s.md:%d: %s: %s: %s\n", name, f.Line, f.Level, f.Rule, f.Text)
	}
	if isBad := filepath.Dir(name) == "bad"; isBad != (len(found) > 0) {
		t.Errorf("found: %q", said.String())
	}
	corpusGolden(t, name, ".findings", said.String())
	if err != nil {
		corpusGolden(t, name, ".html", "")
		corpusGolden(t, name, ".txt", "")
		return
	}
	c.Boundary, c.Key = "boundary-of-the-corpus", []byte("the key of the corpus")
	parts := bodies(t, message(t, c, reader(t)).Data)
	corpusGolden(t, name, ".html", parts[".html"])
	corpusGolden(t, name, ".txt", parts[".txt"])
}

// bodies are the text and the HTML of a mail, with files beside them or without.
func bodies(t *testing.T, mail []byte) map[string]string {
	t.Helper()
	r, err := gomail.CreateReader(bytes.NewReader(mail))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch p.Header.Get("Content-Type") {
		case "text/html; charset=UTF-8":
			all[".html"] = string(b)
		case "text/plain; charset=UTF-8":
			all[".txt"] = string(b)
		}
	}
}

// corpusGolden compares what was made of an issue with its golden file; nothing has none.
func corpusGolden(t *testing.T, name, kind, got string) {
	t.Helper()
	path := filepath.Join(goldenIssues, filepath.Base(name)+kind)
	got = strings.ReplaceAll(got, "\r\n", "\n")
	if *update {
		err := os.Remove(path)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		if got != "" {
			err = os.WriteFile(path, []byte(got), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(got), want) {
		t.Errorf("%s differs from what is made now; look at the difference, and run go test ./deliver/compose -run TestCorpus -update if it is meant:\n%s", path, got)
	}
}

// manuscript is an issue of the corpus with the files beside it that it names.
func manuscript(t *testing.T, name string) deliver.Manuscript {
	t.Helper()
	m := deliver.Manuscript{Source: composetest.Sample(t, name+".md")}
	for _, named := range source.Names(t.Context(), m.Source) {
		if data, err := os.ReadFile(composetest.Testdata(t, "issues", filepath.Dir(name), named.Name)); err == nil {
			m.Files = append(m.Files, deliver.File{Name: named.Name, Data: data})
		}
	}
	return m
}

// corpusList is the list that an issue is of: the centre's, which has fields, or that of
// the city, which has a face.
func corpusList(t *testing.T, name string) *subscribe.List {
	l := composetest.Centre(t)
	if strings.HasPrefix(filepath.Base(name), "city") {
		l.Name = subscribe.Text{JA: "市政だより", EN: "City News"}
		l.FromName = subscribe.Text{JA: "例示市", EN: "City of Reiji"}
		l.Office.Name = l.FromName
		l.Office.Postal = subscribe.Text{JA: "例示県例示市 見本通り1番地", EN: "1 Sample Street, Reiji"}
		l.Face = subscribe.Face{
			Colour: "#00664f", Logo: subscribe.Logo{URL: "https://mail.example.jp/logo.png", Width: 240, Height: 48},
			Header: subscribe.Text{JA: "編集：広報課", EN: "Edited by the public relations division"},
			Footer: subscribe.Text{JA: "市役所の開庁時間：平日8時30分から17時15分まで", EN: "City hall is open on weekdays from 8:30 to 17:15."},
		}
	}
	return l
}
