package templates

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The form works pasted into a page of any encoding: it is ASCII, loads nothing, and has
// what people need who do not see it.
func TestEmbed(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for lang, want := range map[string][]string{
		Japanese: {"メールアドレス（必須）", "<会報> & \"通信\"の登録", "登録の手続きに進む"},
		English:  {"(required)", "Subscribe to <会報> & \"通信\"", "Continue to subscribe"},
	} {
		out, err := s.Embed(lang, EmbedData{
			ListID: "bulletin--x", List: `<会報> & "通信"`, Host: "lists.example.jp", Action: "https://lists.example.jp/lists/bulletin--x",
			ListPage: "https://lists.example.jp/lists/bulletin--x?lang=" + lang, Privacy: "https://lists.example.jp/privacy/office?lang=" + lang,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out {
			if r > '~' {
				t.Fatalf("%s: %q is not ASCII", lang, r)
			}
		}
		comment, _, _ := strings.Cut(strings.TrimPrefix(out, "<!--"), "-->")
		if strings.Contains(comment, "--") || !strings.Contains(comment, "review") || strings.ContainsAny(comment, "<>") {
			t.Errorf("%s: the comment is %q", lang, comment)
		}
		checkEmbedded(t, lang, out, want)
	}
}

func checkEmbedded(t *testing.T, lang, form string, want []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		if !strings.Contains(text(root), w) {
			t.Errorf("%s: %q is not in the form:\n%s", lang, w, form)
		}
	}
	posted, ids, links := map[string]string{}, map[string]bool{}, 0
	walk(root, func(n *html.Node) {
		checkElement(t, n)
		if name, ok := attr(n, "name"); ok {
			posted[name], _ = attr(n, "value")
		}
		if id, ok := attr(n, "id"); ok {
			ids[id] = true
		}
		if href, _ := attr(n, "href"); strings.HasPrefix(href, "https://lists.example.jp/") && strings.HasSuffix(href, "?lang="+lang) {
			links++
		}
		if got, _ := attr(n, "lang"); n.Data == "form" && got != lang {
			t.Errorf("%s: the form says it is in %q", lang, got)
		}
	})
	if len(posted) != 3 || posted["lang"] != lang || posted["review"] == "" || links != 2 {
		t.Errorf("%s: the form posts %v, and leads to %d pages", lang, posted, links)
	}
	walk(root, func(n *html.Node) {
		for _, key := range []string{"for", "aria-describedby"} {
			if id, ok := attr(n, key); ok && !ids[id] {
				t.Errorf("%s: %s names %q, which is not there", lang, key, id)
			}
		}
		if name, _ := attr(n, "name"); name == "email" {
			for key, want := range map[string]string{"autocomplete": "email", "type": "text", "required": "", "aria-describedby": "kairan-bulletin--x-hint"} {
				if got, ok := attr(n, key); !ok || got != want {
					t.Errorf("%s: %s of the address is %q, want %q", lang, key, got, want)
				}
			}
		}
	})
}
