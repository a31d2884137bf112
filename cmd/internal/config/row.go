package config

import (
	"strconv"
	"time"

	"example.jp/kairan/subscribe"
)

// row is one key of the file, bound to its place in a [Config]. What reads it, the
// echo, the sample and the handbook's table are made from its row.
type row struct {
	key      string
	what     string // its meaning, for the handbook; "": it shares the line of the key before
	standard string // what holds without it, for the handbook
	example  string // its value in the sample, as TOML
	read     func(t *table)
	show     func() string // as TOML; "": the echo has no such line; "# …": it has that one
}

// section is one table of the file.
type section struct {
	path string // as in relay, lists.ID; "": the file's own keys
	rows []row
	note string // what holds without it, of tables of which there may be many: the handbook has one for each kind
}

// required is the default of a key that must be there.
const required = "required"

// bound is a key that must be there.
func bound[T any](key string, at *T, read func(*table, string) T, show func(T) string) row {
	return row{key: key, standard: required, read: func(t *table) { *at = read(t, key) }, show: func() string { return show(*at) }}
}

// optional is a key with a default.
func optional[T any](key string, at *T, fallback T, read func(*table, string) T, show func(T) string) row {
	r := bound(key, at, read, show)
	r.example = show(fallback)
	return r.says("", code(r.example))
}

// says sets what the handbook tells of a key, and, if it is given, what holds without it.
func (r row) says(what string, standard ...string) row {
	r.what = what
	if len(standard) > 0 {
		r.standard = standard[0]
	}
	return r
}

// such sets the value in the sample.
func (r row) such(example string) row {
	if r.standard == code(r.example) { // it is the default, written otherwise
		r.standard = code(example)
	}
	r.example = example
	return r
}

// plain is a text that must be there, and may be any.
func plain[T ~string](key string, at *T, example string) row {
	return bound(key, at, func(t *table, key string) T { return T(t.need(key, example)) }, tomlText[T]).such(tomlText(example))
}

func text(key string, at *string, fallback string) row {
	return optional(key, at, fallback, func(t *table, key string) string { return t.text(key, fallback) }, tomlText)
}

func oneOf[T ~string](key string, at *T, words ...T) row {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return optional(key, at, words[0], func(t *table, key string) T { return T(t.oneOf(key, all...)) }, tomlText[T])
}

func number(key string, at *int, fallback, least, most int) row {
	return optional(key, at, fallback, func(t *table, key string) int { return t.number(key, fallback, least, most) }, strconv.Itoa)
}

func span(key string, at *time.Duration, fallback, least, most time.Duration) row {
	return optional(key, at, fallback, func(t *table, key string) time.Duration { return t.duration(key, fallback, least, most) }, tomlSpan)
}

func texts(key string, at *[]string, fallback []string) row {
	return optional(key, at, fallback, func(t *table, key string) []string { return t.texts(key, fallback) }, tomlTexts)
}

func both(key string, at *subscribe.Text) row { return bound(key, at, (*table).both, tomlBoth) }

// mailbox is an address of the office's own, which is no secret; without an example
// of it, it may be left out.
func mailbox(key string, at *subscribe.Address, example string) row {
	return bound(key, at, func(t *table, key string) subscribe.Address { return t.address(key, example) }, tomlAddress)
}

func tomlAddress(a subscribe.Address) string {
	if a.IsZero() {
		return ""
	}
	return tomlText(a.Clear())
}

func code(s string) string { return "`" + s + "`" }

// rows reads a section's keys into their places.
func (t *table) rows(s section) {
	for _, r := range s.rows {
		t.known = append(t.known, r.key)
		r.read(t)
	}
}

// whole reads the table [key] of a section, which is empty if the file does not
// have it, and refuses the rest of its keys.
func (t *table) whole(s section) *table {
	in := t.table(s.path, "["+s.path+"] and its keys on the lines below")
	if in == nil {
		in = &table{r: t.r, path: join(t.path, s.path), line: t.line}
	}
	in.rows(s)
	in.end()
	return in
}
