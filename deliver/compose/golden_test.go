package compose

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// goldenMails is where they lie.
const goldenMails = "../../testdata/mail"

var update = flag.Bool("update", false, "write the golden mails anew")

func TestGoldenMails(t *testing.T) {
	t.Parallel()
	english := func(t testing.TB) *subscribe.List {
		l := composetest.Consulate(t)
		l.Language = subscribe.English
		return l
	}
	for _, tc := range []struct {
		name, source string
		list         func(testing.TB) *subscribe.List
	}{
		{"issue-ja", "autumn.md", composetest.Consulate},
		{"issue-en", "autumn-en.md", english},
		{"issue-fields-ja", "newsletter.md", composetest.Centre},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := compiled(t, tc.list(t), composetest.Sample(t, tc.source))
			golden(t, tc.name+".eml", message(t, c, reader(t)).Data)
			test, err := c.Test(set(), reader(t).To)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tc.name+"-test.eml", test.Data)
			m := read(t, message(t, c, reader(t)).Data)
			golden(t, tc.name+".txt", []byte(m.text))
			golden(t, tc.name+".html", []byte(m.html))
			stored(t, tc.name, c)
		})
	}
}

// stored compares what is stored of an issue with what version 1 of the form stored
// of it, and makes a copy of that. It is never written anew: issues in databases of
// older programs look so.
func stored(t *testing.T, name string, c *issue.Compiled) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(goldenMails, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Marshal(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("what is stored of %s differs, %v", name, err)
	}
	old, err := issue.Unmarshal(want)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, name+".eml", message(t, old, reader(t)).Data)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join(goldenMails, name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is made now; look at the difference, and run go test ./deliver/compose -update if it is meant", name)
	}
}
