package compose

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// set is every template, parsed once.
var set = sync.OnceValue(func() *templates.Set {
	s, err := templates.New()
	if err != nil {
		panic(err)
	}
	return s
})

// compile makes an issue of December 2026, with a boundary and a key that are the
// same each time.
func compile(l *subscribe.List, text []byte) (*issue.Compiled, error) {
	c, _, err := (&Compiler{Templates: set()}).Compile(context.Background(), l, "autumn", deliver.Manuscript{Source: text}, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	if err == nil {
		c.Boundary, c.Key = "boundary-of-the-golden-mails", []byte("the key of the golden mails")
	}
	return c, err
}

func compiled(t testing.TB, l *subscribe.List, text []byte) *issue.Compiled {
	t.Helper()
	c, err := compile(l, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reader(t testing.TB) issue.Personal {
	return issue.Personal{
		To: composetest.Address(t, "reader@example.com"), ID: subscribe.ID{1, 2, 3},
		LeaveURL:   "https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA",
		CorrectURL: "https://mail.example.jp/correct?list=japanifornia",
		Fields:     map[string]string{"name": "山田 <太郎> & 子", "prefecture": "東京都"},
	}
}

func message(t testing.TB, c *issue.Compiled, p issue.Personal) deliver.Message {
	t.Helper()
	m, err := c.Message(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"autumn.md", "autumn-en.md", "newsletter.md"} {
		f.Add(composetest.Sample(f, name))
	}
	f.Add(composetest.Source("a\\{{b}} {{name|c}} <br> <!-- x --> ![a](b) https://example.jp/{{name}}"))
	f.Add([]byte("+++\n+++"))
	list := composetest.Centre(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := compile(list, text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		m := read(t, message(t, c, reader(t)).Data)
		if strings.ContainsFunc(m.text+m.html, slot.IsMark) {
			t.Error("a mark of a slot is left over")
		}
		if bareBreaks([]byte(m.text)) || bareBreaks([]byte(m.html)) {
			t.Error("a bare line break in a body")
		}
		if !strings.Contains(m.text, "/leave/") || !strings.Contains(m.html, "/leave/") {
			t.Error("the leave link is gone")
		}
	})
}
