package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.jp/kairan/subscribe"
)

// The form that messages about wrong tables show.
const (
	fieldsForm  = "[[lists.ID.fields]] and its keys on the lines below"
	choicesForm = `choices = [{ id = "…", ja = "…", en = "…" }, …]`
)

// maxFields is more than any office should ask for: each field more costs readers.
const maxFields = 20

// reserved are the names of the forms' own controls.
var reserved = []string{"email", "lang", "list", "erase", "wording", "website"}

// fields are what a list may hold beside the address.
func (t *table) fields(key string) (out []subscribe.Field) {
	tables := t.items(key, fieldsForm)
	if len(tables) > maxFields {
		t.fault(key, "%d fields; write at most %d", len(tables), maxFields)
	}
	seen := map[string]bool{}
	for _, in := range tables {
		var f subscribe.Field
		in.rows(field(&f))
		in.end()
		switch {
		case f.ID == "":
		case slices.Contains(reserved, f.ID):
			in.fault("id", "%q is a control of the forms themselves; write another id, such as \"reader-%s\"", f.ID, f.ID)
		case seen[f.ID]:
			in.fault("id", "another field of this list has the id %q; write one that is not taken", f.ID)
		}
		seen[f.ID] = true
		out = append(out, f)
	}
	return out
}

func field(f *subscribe.Field) section {
	length := func(t *table, key string) int { return t.length(key, f.Kind) }
	choices := func(t *table, key string) []subscribe.Choice { return t.choices(key, f.Kind) }
	return section{path: "lists.ID.fields", note: "none: the address alone", rows: []row{
		bound("id", &f.ID, func(t *table, key string) string { return t.id(key, "organisation") }, tomlText).says("its name in issues (`{{ID}}`) and in files"),
		bound("kind", &f.Kind, (*table).kind, tomlText).says(kinds("`%s`", nil)),
		both("label", &f.Label).says("`{ ja, en }`: what stands beside it on the form"),
		both("purpose", &f.Purpose).says("`{ ja, en }`: what it is asked for"),
		bound("required", &f.Required, (*table).flag, strconv.FormatBool).says("whether it must be filled in", "`false`"),
		bound("length", &f.Length, length, func(n int) string {
			if !f.Kind.HasLength() {
				return ""
			}
			return strconv.Itoa(n)
		}).says("of a text, in characters at the most", "`100`"),
		bound("choices", &f.Choices, choices, tomlChoices).says("of a choice: `id` and `label` (`{ ja, en }`) of each"),
	}}
}

func (t *table) kind(key string) subscribe.Kind {
	kind := subscribe.Kind(t.need(key, string(subscribe.KindText)))
	if kind != "" && !slices.Contains(subscribe.Kinds(), kind) {
		t.fault(key, "%s is no kind of field; write %s", quote(string(kind)), kinds(`"%s"`, nil))
		return ""
	}
	return kind
}

// id is a text that can be an id.
func (t *table) id(key, example string) string {
	s := t.need(key, example)
	if s != "" && !subscribe.ValidID(s) {
		t.fault(key, "%s cannot be an id; write 1 to 64 of a-z, 0-9 and hyphen, such as %q", quote(s), example)
		return ""
	}
	return s
}

// kinds lists the kinds for which have is true, each printed by form; nil: all kinds.
func kinds(form string, have func(subscribe.Kind) bool) string {
	var all []string
	for _, k := range subscribe.Kinds() {
		if have == nil || have(k) {
			all = append(all, fmt.Sprintf(form, k))
		}
	}
	if last := len(all) - 1; last > 0 {
		all = append(all[:last-1], all[last-1]+" or "+all[last])
	}
	return strings.Join(all, ", ")
}

// length is the most characters of a field. A kind that is at fault
// itself is not held against the other keys.
func (t *table) length(key string, kind subscribe.Kind) int {
	n := t.number(key, 100, 1, subscribe.MaxTextLength)
	if kind.HasLength() {
		return n
	}
	if kind != "" && t.has(key) {
		t.fault(key, "only %s has a length; delete it, or write %s", kinds("a %s", subscribe.Kind.HasLength), kinds(`kind = "%s"`, subscribe.Kind.HasLength))
	}
	return 0
}

func (t *table) choices(key string, kind subscribe.Kind) (out []subscribe.Choice) {
	if !kind.HasChoices() && kind != "" && t.has(key) {
		t.fault(key, "only %s has choices; delete them, or write %s", kinds("a %s", subscribe.Kind.HasChoices), kinds(`kind = "%s"`, subscribe.Kind.HasChoices))
		return nil
	}
	tables := t.items(key, choicesForm)
	if kind.HasChoices() && len(tables) < 2 {
		t.fault(key, "a choice needs two or more; write %s", choicesForm)
	}
	seen := map[string]bool{}
	for _, in := range tables {
		c := subscribe.Choice{ID: in.id("id", "trade"), Label: subscribe.Text{JA: in.need("ja", "…"), EN: in.need("en", "…")}}
		if c.ID != "" && seen[c.ID] {
			in.fault("id", "another choice of this field has the id %q; write one that is not taken", c.ID)
		}
		seen[c.ID] = true
		in.end("id", "ja", "en")
		out = append(out, c)
	}
	return out
}
