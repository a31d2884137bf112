package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"example.jp/kairan/subscribe"
)

// What a column may be beside a field that the list declares.
const (
	Email    = "email"
	Language = "language"
	given    = "consent date" // when the reader agreed
	standing = "status"       // of another program: whether they may be written to
	blocked  = "blacklisted"  // of phpList
	proven   = "confirmed"    // of phpList
	disabled = "disabled"     // of phpList
	ignored  = ""             // and the name of what nobody needs
)

// emailNames, languageNames and fieldNames are how people and programs name columns, as
// [plain] makes them.
var (
	emailNames    = []string{"email", "mail", "emailaddress", "mailaddress", "address", "メール", "メールアドレス", "eメール", "eメールアドレス", "電子メール", "電子メールアドレス", "配信先", "アドレス"}
	languageNames = []string{"language", "lang", "言語", "preferredlanguage"}
	fieldNames    = map[string][]string{
		"name":         {"name", "fullname", "displayname", "氏名", "お名前", "名前", "姓名", "ご氏名"},
		"organisation": {"organisation", "organization", "company", "所属", "会社名", "団体名", "勤務先", "組織", "所属先"},
		"prefecture":   {"prefecture", "都道府県", "都道府県名", "県"},
	}
)

// plain is a name as it is compared: full width and half width, capitals, blanks and
// hyphens do not matter.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '-', r == '_', r == '‐', r == '－', r == '*', r == '※':
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// Column is what a column of the file is taken for.
type Column struct {
	Name string `json:"name"`
	As   string `json:"as,omitempty"` // "": it is ignored
}

// Mapping says how the columns of a file are to be read where their names do not.
type Mapping struct {
	Map    map[string]string // [Email], [Language] or a field's id, to a column
	Ignore []string          // columns that are read past
	From   Program           // whose export it is; "": a file of the office
	// Beside says that the file only names addresses, of those who are not to be written to:
	// its other columns are read past, and it need not have all that others have.
	Beside bool
}

// columns says for what each name of the header is taken.
func (m Mapping) columns(l *subscribe.List, header []string) (all []Column, err error) {
	byHand, err := m.byHand(l, header)
	if err != nil {
		return nil, err
	}
	var strange []string
	for i, name := range header {
		as, known := m.column(l, name, byHand)
		if !known && (plain(name) != "" || i < len(header)-1) { // a comma at the end makes a column of nothing
			strange = append(strange, name)
		}
		if twin := slices.IndexFunc(all, func(c Column) bool { return c.As == as && as != ignored }); twin >= 0 {
			return nil, fmt.Errorf("the columns %q and %q could both be %s: say which with --map %s=%q, and ignore the other with --ignore", all[twin].Name, name, as, as, name)
		}
		all = append(all, Column{name, as})
	}
	switch {
	case len(strange) > 0:
		return nil, fmt.Errorf("%s declares nothing that these columns could be: %s. Only what is declared is kept: say what they are with --map FIELD=COLUMN (%s), or pass over each with --ignore COLUMN",
			l.ID, quoted(strange), strings.Join(targets(l), ", "))
	case !slices.ContainsFunc(all, func(c Column) bool { return c.As == Email }):
		return nil, fmt.Errorf("no column is the address: say which with --map email=COLUMN; the file has: %s", quoted(header))
	case m.Beside:
		return all, nil
	}
	return all, m.From.complete(all)
}

// byHand is what was mapped, by the plain name of its column. What names no column or
// field is refused: it was meant to do something.
func (m Mapping) byHand(l *subscribe.List, header []string) (map[string]string, error) {
	all := map[string]string{}
	for as, name := range m.Map {
		if m.Beside && (as != Email || !has(header, name)) {
			continue
		}
		if _, ok := l.Field(as); !ok && as != Email && as != Language {
			return nil, fmt.Errorf("--map %s=…: %s declares no such field; there are: %s", as, l.ID, strings.Join(targets(l), ", "))
		}
		if !has(header, name) {
			return nil, fmt.Errorf("--map %s=%q: the file has no such column; it has: %s", as, name, quoted(header))
		}
		all[plain(name)] = as
	}
	for _, name := range m.Ignore {
		if !m.Beside && !has(header, name) {
			return nil, fmt.Errorf("--ignore %q: the file has no such column; it has: %s", name, quoted(header))
		}
	}
	return all, nil
}

// column takes a column by hand or by its name.
func (m Mapping) column(l *subscribe.List, name string, byHand map[string]string) (as string, known bool) {
	if as, known = byHand[plain(name)]; !known {
		if slices.ContainsFunc(m.Ignore, func(x string) bool { return plain(x) == plain(name) }) {
			return ignored, true
		}
		as, known = m.recognise(l, name)
		if slices.Contains(slices.Collect(maps.Values(byHand)), as) {
			as, known = ignored, false // another column is that, by hand
		}
	}
	if m.Beside && as != Email {
		return ignored, true
	}
	return as, known
}

func has(header []string, name string) bool {
	return slices.ContainsFunc(header, func(h string) bool { return plain(h) == plain(name) })
}

// recognise takes a column by its name.
func (m Mapping) recognise(l *subscribe.List, name string) (as string, known bool) {
	if as, known = m.From.column(name); known {
		return as, true
	}
	p := plain(name)
	for _, f := range l.Fields {
		if p == plain(f.ID) || p == plain(f.Label.JA) || p == plain(f.Label.EN) {
			return f.ID, true
		}
	}
	if slices.Contains(emailNames, p) {
		return Email, true
	}
	for _, f := range l.Fields {
		if slices.Contains(fieldNames[f.ID], p) {
			return f.ID, true
		}
	}
	if slices.Contains(languageNames, p) {
		return Language, true
	}
	return ignored, m.From.passes(name)
}

// targets are what a column may be mapped to.
func targets(l *subscribe.List) []string {
	all := []string{Email, Language}
	for _, f := range l.Fields {
		all = append(all, f.ID)
	}
	return all
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, ", ")
}
