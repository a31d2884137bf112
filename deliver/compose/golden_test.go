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
		})
	}
}

// TestStoredIssues: what a program with version 1 of the form stored is sent as that
// program would have sent it, whatever the layout has become since. The files are
// never written anew: issues in databases look so.
func TestStoredIssues(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"issue-ja", "issue-en", "issue-fields-ja"} {
		kept, err := os.ReadFile(filepath.Join(goldenMails, "stored", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := issue.Unmarshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(goldenMails, "stored", name+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		if got := message(t, c, reader(t)).Data; !bytes.Equal(got, want) {
			t.Errorf("%s is no longer sent as it was stored:\n%s", name, got)
		}
		if got, err := c.Marshal(); err != nil || !bytes.Equal(got, kept) {
			t.Errorf("%s is stored in another form, which version 1 does not allow, %v", name, err)
		}
	}
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
