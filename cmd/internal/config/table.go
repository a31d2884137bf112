package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// reader collects the faults of one file.
type reader struct {
	file   string
	at     places
	faults Faults
}

// table is one TOML table being read. A section's rows, and the tables asked for in
// it, are its known keys; [table.end] refuses the rest. An answer that is at fault is
// the zero value, so callers check further only what is not zero.
type table struct {
	r      *reader
	path   string
	line   int
	values map[string]any
	known  []string
}

// fault records what is wrong with a key, which may be missing.
func (t *table) fault(key, format string, args ...any) {
	t.faultAt(join(t.path, key), format, args...)
}

// faultAt is fault for the path of the table itself or of an array's element.
func (t *table) faultAt(path, format string, args ...any) {
	line := t.line
	if p, ok := t.r.at[path]; ok {
		line = p.line
	}
	t.r.faults = append(t.r.faults, Fault{t.r.file, line, scrub(path), fmt.Sprintf(format, args...)})
}

// end refuses every key that is not known.
func (t *table) end(more ...string) {
	t.known = append(t.known, more...)
	slices.Sort(t.known)
	t.known = slices.Compact(t.known)
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if slices.Contains(t.known, key) {
			continue
		}
		if near := deliver.Nearest(key, t.known); near != "" {
			t.fault(key, "unknown key; did you mean %q?", near)
		} else {
			t.fault(key, "unknown key, which nothing would enforce; delete it, or write one of: %s", strings.Join(t.known, ", "))
		}
	}
}

func (t *table) has(key string) bool { _, ok := t.values[key]; return ok }

// need is a text that must be there.
func (t *table) need(key, example string) string {
	if !t.has(key) {
		t.fault(key, "missing; write %s = %q", key, example)
		return ""
	}
	return t.text(key, "")
}

// text is one line of text, and not empty if it is there.
func (t *table) text(key, fallback string) string {
	v, ok := t.values[key]
	if !ok {
		return fallback
	}
	s, ok := v.(string)
	switch {
	case !ok:
		t.fault(key, `not a text; write it in quotes: %s = "…"`, key)
	case strings.TrimSpace(s) == "":
		t.fault(key, "empty; write a text between the quotes")
	case strings.ContainsFunc(s, subscribe.IsUnprintable):
		t.fault(key, "has a line break or an invisible control character; write it on one line without any")
	default:
		return s
	}
	return ""
}

// oneOf is one of some words; the first is the default.
func (t *table) oneOf(key string, words ...string) string {
	s := t.text(key, words[0])
	if s != "" && !slices.Contains(words, s) {
		last := len(words) - 1
		t.fault(key, `%s is not known; write "%s" or %q`, quote(s), strings.Join(words[:last], `", "`), words[last])
		return ""
	}
	return s
}

// both is a text in both languages; both must be there.
func (t *table) both(key string) subscribe.Text {
	if !t.has(key) {
		t.fault(key, `missing; write %s = { ja = "…", en = "…" }`, key)
		return subscribe.Text{}
	}
	in := t.table(key, key+` = { ja = "…", en = "…" }`)
	if in == nil {
		return subscribe.Text{}
	}
	defer in.end("ja", "en")
	return subscribe.Text{JA: in.need("ja", "…"), EN: in.need("en", "…")}
}

func (t *table) flag(key string) bool {
	v, ok := t.values[key]
	b, is := v.(bool)
	if ok && !is {
		t.fault(key, "neither true nor false; write %s = true or %s = false, without quotes", key, key)
	}
	return b
}

func (t *table) number(key string, fallback, least, most int) int {
	v, ok := t.values[key]
	if !ok {
		return fallback
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		t.fault(key, "not a whole number; write one without quotes: %s = %d", key, fallback)
	case n < int64(least) || n > int64(most):
		t.fault(key, "%d is out of range; write a number from %d to %d", n, least, most)
	default:
		return int(n)
	}
	return 0
}

// duration is a length of time such as "90s", "30m" or "72h".
func (t *table) duration(key string, fallback, least, most time.Duration) time.Duration {
	if n, is := t.values[key].(int64); is {
		t.fault(key, `a number is no length of time; write it in quotes and with its unit, such as "%ds", "%[1]dm" or "%[1]dh"`, n)
		return 0
	}
	s := t.text(key, deliver.FormatDuration(fallback))
	d, err := time.ParseDuration(s)
	switch {
	case s == "":
	case err != nil:
		t.fault(key, `%s is no length of time; write seconds, minutes or hours, such as "90s", "30m" or "72h"`, quote(s))
	case t.has(key) && (d < least || d > most):
		t.fault(key, "%s is out of range; write a time from %q to %q", quote(s), deliver.FormatDuration(least), deliver.FormatDuration(most))
	default:
		return d
	}
	return 0
}

// date is a TOML date, at midnight UTC.
func (t *table) date(key string) time.Time {
	v, ok := t.values[key]
	d, is := v.(toml.LocalDate)
	switch {
	case !ok:
		t.fault(key, "missing; write %s = 2026-04-01, without quotes", key)
	case !is:
		t.fault(key, "not a date; write year, month and day without quotes: %s = 2026-04-01", key)
	default:
		return d.AsTime(time.UTC)
	}
	return time.Time{}
}

// dateIfAny is date for a key that may be left out.
func (t *table) dateIfAny(key string) time.Time {
	if !t.has(key) {
		return time.Time{}
	}
	return t.date(key)
}

// dates is a list of TOML dates, each at midnight UTC.
func (t *table) dates(key string) (all []time.Time) {
	v, ok := t.values[key]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	for _, x := range list {
		d, is := x.(toml.LocalDate)
		ok = ok && is
		all = append(all, d.AsTime(time.UTC))
	}
	if !ok {
		t.fault(key, "not a list of dates; write them without quotes: %s = [2026-12-29, 2026-12-30]", key)
		return nil
	}
	return all
}

// texts is a list of texts. What is at fault is empty in the answer, so that
// the others keep their places.
func (t *table) texts(key string, fallback []string) []string {
	v, ok := t.values[key]
	if !ok {
		return fallback
	}
	list, ok := v.([]any)
	if !ok {
		t.fault(key, `not a list; write it in brackets: %s = ["…"]`, key)
		return nil
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], _ = v.(string); out[i] == "" {
			t.faultAt(item(join(t.path, key), i+1), `not a text; write it in quotes: %s = ["…"]`, key)
		}
	}
	return out
}

// table is the table under key; nil if there is none or it is no table.
func (t *table) table(key, form string) *table {
	t.known = append(t.known, key)
	v, ok := t.values[key]
	if !ok {
		return nil
	}
	return t.below(join(t.path, key), v, form)
}

// below is v, which stands at path, as a table.
func (t *table) below(path string, v any, form string) *table {
	in := &table{r: t.r, path: path, line: t.line}
	if p, ok := t.r.at[path]; ok {
		in.line = p.line
	}
	values, ok := v.(map[string]any)
	if !ok {
		in.faultAt(path, "not a table; write %s", form)
		return nil
	}
	in.values = values
	return in
}

// named is the tables [key.ID] with their ids, in the order of the file.
func (t *table) named(key string) (ids []string, tables []*table) {
	form := "[" + key + ".ID] and its keys on the lines below"
	all := t.table(key, form)
	if all == nil {
		return nil, nil
	}
	for _, id := range t.r.at.sorted(all.path, maps.Keys(all.values)) {
		if in := all.below(join(all.path, id), all.values[id], form); in != nil {
			ids, tables = append(ids, id), append(tables, in)
		}
	}
	return ids, tables
}

// items is the tables of a list of tables, in order.
func (t *table) items(key, form string) (tables []*table) {
	t.known = append(t.known, key)
	v, ok := t.values[key]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.fault(key, "not a list of tables; write %s", form)
		return nil
	}
	for i, v := range list {
		if in := t.below(item(join(t.path, key), i+1), v, form); in != nil {
			tables = append(tables, in)
		}
	}
	return tables
}
