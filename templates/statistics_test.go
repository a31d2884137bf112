package templates

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestStatistics: the page stands by itself, in both languages, and what it draws is said
// in a table.
func TestStatistics(t *testing.T) {
	t.Parallel()
	data := StatisticsData{Office: hostile, Lists: []StatisticsList{{
		ID: "news", Name: hostile, Readers: "1,205", AsOf: "2027-04-01",
		Bars:   []Bar{{0, 10, 96, 150}, {100, 60, 96, 100}},
		Months: []StatisticsMonth{{"2027-02", []string{"1,000", "20", "-", "4", "4,000"}}},
		Tables: []StatisticsTable{{Label: hostile, Rows: []StatisticsRow{{hostile, "600", 200}, {"x", "-", 3}}}, {Label: "y"}},
	}, {ID: "empty", Name: "z", Readers: "-"}}}
	for _, lang := range []string{Japanese, English} {
		page, err := newSet(t).Statistics(lang, data)
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(bytes.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids, count := map[string]int{}, map[string]int{}
		walk(root, func(n *html.Node) {
			count[n.Data]++
			if id, ok := attr(n, "id"); ok {
				ids[id]++
			}
			for _, a := range n.Attr {
				if a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: the page needs, or does, something: %s=%q", lang, a.Key, a.Val)
				}
			}
			if n.Data == "svg" {
				role, _ := attr(n, "role")
				if hidden, _ := attr(n.Parent, "aria-hidden"); role != "img" && hidden != "true" {
					t.Errorf("%s: a picture without words", lang)
				}
			}
		})
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: the id %s stands %d times", lang, id, n)
			}
		}
		if count["script"] > 0 || count["table"] != 2 || count["caption"] != 2 || count["h1"] != 1 || count["h2"] != 2 || !bytes.Contains(page, []byte(`<html lang="`+lang+`">`)) {
			t.Errorf("%s: %v", lang, count)
		}
	}
}
