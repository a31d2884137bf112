package proof

import "testing"

func TestWhereLinksLead(t *testing.T) {
	t.Parallel()
	text := whereIn("50％引き、50%引き\n［1］ https://www.example.jp/\n%E8%B3%87%E6%96%99\nhttps://日本語.example/x、info@example.jp、電話０３（1234）5678、#a")
	for to, want := range map[string]bool{
		"https://www.example.jp/%E8%B3%87%E6%96%99": true, "https://www.example.jp/b": false, "https://xn--wgv71a119e.example/x": true,
		"mailto:info@example.jp?subject=%E3%81%82": true, "mailto:other@example.jp": false,
		"tel:+81312345678": true, "tel:03-1234-5678": true, "tel:03-1234-5679": false, "#b": true, "": true,
	} {
		if text.says(to) != want {
			t.Errorf("%q: %v, want %v", to, !want, want)
		}
	}
}

// TestAddressBehindColons: what stands beside an address is no part of it.
func TestAddressBehindColons(t *testing.T) {
	t.Parallel()
	const source = "- 窓口:係:madoguchi@shiyakusho.example.jp:/mado 二階"
	const page = `<ul><li>窓口:係:<a href="mailto:madoguchi@shiyakusho.example.jp">madoguchi@shiyakusho.example.jp</a>:/mado 二階</li></ul>`
	if found := Check(Issue{Body: source, First: 4, HTML: page, Text: "・窓口:係:madoguchi@shiyakusho.example.jp:/mado 二階"}); len(found) > 0 {
		t.Error(found.Lines())
	}
	if found := Check(Issue{Body: source, First: 4, HTML: page, Text: "・窓口:係:madoguchi@shiyakusho.example.jp"}); len(found) != 1 {
		t.Error("nothing is said of what is gone:", found.Lines())
	}
}
