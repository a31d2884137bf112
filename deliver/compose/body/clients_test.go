package body

import (
	_ "embed"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/templates"
)

// clientsTable is what mail programs support of what our mails use: see its head.
//
//go:embed testdata/clients.tsv
var clientsTable string

// TestClientsKnowWhatIsUsed: an issue uses nothing that is not in the table, and
// whatever a client there does not know, or knows in part, has beside it what happens
// then.
func TestClientsKnowWhatIsUsed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for line := range strings.Lines(clientsTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 17 {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		feature, uses, support, otherwise := cells[0], cells[2], cells[3:16], cells[16]
		if otherwise == "" && slices.ContainsFunc(support, func(s string) bool { return s != "y" }) {
			t.Errorf("%s is not known everywhere (%v), and nothing says what happens then", feature, support)
		}
		for use := range strings.FieldsSeq(uses) {
			known[use] = true
		}
	}
	pages := hostile(t)
	for name, page := range issues(t) {
		pages[name] = page
	}
	for name, page := range pages {
		for use := range used(t, page) {
			if !known[use] {
				t.Errorf("%s: %q is used, and is not in the table: look whether mail programs know it", name, use)
			}
		}
	}
}

var (
	commentForm = regexp.MustCompile(`(?s)<!--.*?-->`)
	ruleForm    = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	mediaForm   = regexp.MustCompile(`(?s)@media (\([^)]*\))\{(.*?\})\s*\}`)
	colourForm  = regexp.MustCompile(`#[0-9a-f]+`)
	unitForm    = regexp.MustCompile(`\d(px|%|[a-z]+)`)
)

// used is every element, attribute, property, unit, selector and condition of a mail.
// What stands in conditional comments is read by Outlook for Windows alone.
func used(t *testing.T, page string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	if commentForm.MatchString(page) {
		found["<!-->"] = true
	}
	for z := html.NewTokenizer(strings.NewReader(commentForm.ReplaceAllString(page, ""))); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return found
		}
		token := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		found["<"+token.Data+">"] = true
		for _, a := range token.Attr {
			if a.Key == "style" {
				declared(found, a.Val)
			} else {
				found["["+a.Key+"]"] = true
			}
		}
		if token.Data == "style" {
			z.Next()
			sheet(found, string(z.Text()))
		}
	}
}

// sheet adds what a style element uses.
func sheet(found map[string]bool, css string) {
	for _, m := range mediaForm.FindAllStringSubmatch(css, -1) {
		condition, _, _ := strings.Cut(strings.Trim(m[1], "()"), ":")
		found["@media:"+condition] = true
	}
	css = mediaForm.ReplaceAllString(css, "$2\n")
	for _, m := range ruleForm.FindAllStringSubmatch(css, -1) {
		declared(found, m[2])
		if strings.Contains(m[1], ",") {
			found["a,b{}"] = true
		}
		for selector := range strings.SplitSeq(m[1], ",") {
			parts := strings.Fields(selector)
			if len(parts) > 1 {
				found["a_b{}"] = true
			}
			for _, p := range parts {
				switch p[0] {
				case '.':
					found[".a{}"] = true
				case '[':
					found["[a]{}"] = true
				default:
					found["a{}"] = true
				}
			}
		}
	}
}

// declared adds the properties of a style, and the units of their values.
func declared(found map[string]bool, style string) {
	for declaration := range strings.SplitSeq(style, ";") {
		property, value, ok := strings.Cut(strings.TrimSpace(declaration), ":")
		if !ok {
			continue
		}
		if strings.HasSuffix(value, " !important") {
			value = strings.TrimSuffix(value, " !important")
			found["!important"] = true
		}
		if property == "display" {
			property += ":" + value
		}
		found[property] = true
		for _, m := range unitForm.FindAllStringSubmatch(colourForm.ReplaceAllString(value, ""), -1) {
			found["1"+m[1]] = true
		}
	}
}

// issues are the issues of testdata that can be sent, with the files beside them.
func issues(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(composetest.Testdata(t, "issues", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal("no issues are found", err)
	}
	pages := map[string]string{}
	for _, file := range files {
		name := filepath.Base(file)
		list := composetest.Centre(t)
		m := deliver.Manuscript{Source: composetest.Sample(t, name)}
		for _, named := range source.Names(t.Context(), m.Source) {
			if data, err := os.ReadFile(composetest.Testdata(t, "issues", named.Name)); err == nil {
				m.Files = append(m.Files, deliver.File{Name: named.Name, Data: data})
			}
		}
		d, err := source.Parse(t.Context(), list, m)
		if err != nil { // it is there to be refused
			continue
		}
		set, err := templates.New()
		if err != nil {
			t.Fatal(err)
		}
		issue, _, err := Make(set, list, d)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = issue.HTML
	}
	return pages
}
