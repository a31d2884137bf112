package templates

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// messages reads a catalogue as a flat map of key to text.
func messages(t *testing.T, lang string) map[string]string {
	t.Helper()
	raw, err := files.ReadFile("catalogue/" + lang + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	flat := map[string]string{}
	var fill func(prefix string, tree map[string]any)
	fill = func(prefix string, tree map[string]any) {
		for key, v := range tree {
			switch v := v.(type) {
			case map[string]any:
				fill(prefix+key+".", v)
			case string:
				flat[prefix+key] = v
			default:
				t.Errorf("%s: %s%s is neither a text nor a table", lang, prefix, key)
			}
		}
	}
	fill("", tree)
	return flat
}

func placeholders(s string) []string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return found
}

func TestCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	t.Parallel()
	ja, en := messages(t, Japanese), messages(t, English)
	for key := range en {
		if _, ok := ja[key]; !ok {
			t.Errorf("%s is missing in Japanese", key)
		}
	}
	for key, text := range ja {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s is missing in English", key)
			continue
		}
		if !slices.Equal(placeholders(text), placeholders(other)) {
			t.Errorf("%s: placeholders are %v in Japanese and %v in English", key, placeholders(text), placeholders(other))
		}
		if strings.TrimSpace(text) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is empty", key)
		}
	}
}

// TestNoMessageIsUnused looks for every key in the templates; the messages under
// "wrong" are for the handlers, those under "alarm" and "unready" for reports, those under "record" and "advice" for the record of an issue (kairan.TestRecordSaysAll), and some of "issue" and "statistics" for those who make them.
func TestNoMessageIsUnused(t *testing.T) {
	t.Parallel()
	composed := []string{"about.in-ja", "about.in-en", "issue.date", "issue.test", "issue.sample", "issue.picture", "issue.table", "issue.table-of", "issue.deleted", "issue.note",
		"statistics.below", "statistics.hidden", "statistics.merged", "statistics.blank"}
	var pages strings.Builder
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "issue/issue.html", "issue/issue.txt", "statistics/page.html", "embed/form.html", "accessibility/page.html", "record/page.html") {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages.Write(raw)
	}
	built := regexp.MustCompile(`^(done|error)\.[a-z-]+\.(title|text|next)$|^accessibility\.(fact|page)\.|^accessibility\.(jis|wcag)`)
	for key := range messages(t, Japanese) {
		if strings.HasPrefix(key, "wrong.") || strings.HasPrefix(key, "alarm.") || strings.HasPrefix(key, "unready.") || strings.HasPrefix(key, "record.") || strings.HasPrefix(key, "advice.") || built.MatchString(key) || slices.Contains(composed, key) {
			continue
		}
		if !strings.Contains(pages.String(), `"`+key+`"`) {
			t.Errorf("no template uses the message %s", key)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for _, c := range []struct {
		lang, key string
		data      map[string]any
		want      string
	}{
		{Japanese, "wrong.too-long", map[string]any{"Label": "お名前", "Max": 60}, "「お名前」は60文字以内で入力してください"},
		{English, "wrong.too-long", map[string]any{"Label": "Name", "Max": 60}, "“Name” can have up to 60 characters"},
		{"xx", "form.email", nil, "メールアドレス"},
		{English, "wrong.required", map[string]any{"Label": "{{.Max}}"}, "Please enter “{{.Max}}”"},
		{English, "no.such.key", nil, "no.such.key"},
		{English, "wrong.required", nil, "wrong.required"},
		{English, "wrong.required", map[string]any{"Max": 1}, "wrong.required"},
	} {
		if got := s.Say(c.lang, c.key, c.data); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.lang, c.key, got, c.want)
		}
	}
}
