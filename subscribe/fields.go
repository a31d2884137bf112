package subscribe

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Fields are the declared fields of one subscriber, by id, as they may be
// stored. [List.Check] and [List.Merge] make them; nothing else should.
type Fields map[string]string

// String never shows the values.
func (Fields) String() string { return "[fields]" }

// MarshalJSON never shows the values.
func (Fields) MarshalJSON() ([]byte, error) { return []byte(`"[fields]"`), nil }

// GoString never shows the values.
func (Fields) GoString() string { return "[fields]" }

// LogValue never shows the values, in a log of JSON either.
func (Fields) LogValue() slog.Value { return slog.StringValue("[fields]") }

// Values are the fields of one subscriber for whoever makes a mail of them: by the million
// they are too many for maps. No field is there twice.
type Values []Value

// Value is what one field says.
type Value struct{ Field, Text string }

// Values are the fields in the order of their ids.
func (fs Fields) Values() (vs Values) {
	for _, id := range slices.Sorted(maps.Keys(fs)) {
		vs = append(vs, Value{id, fs[id]})
	}
	return vs
}

// Of is what a field says; "" if there is nothing.
func (vs Values) Of(id string) string {
	for i := range vs {
		if vs[i].Field == id {
			return vs[i].Text
		}
	}
	return ""
}

// String never shows the values, as [Fields] does not.
func (Values) String() string { return Fields{}.String() }

// MarshalJSON never shows the values.
func (Values) MarshalJSON() ([]byte, error) { return Fields{}.MarshalJSON() }

// GoString never shows the values.
func (Values) GoString() string { return Fields{}.GoString() }

// LogValue never shows the values.
func (Values) LogValue() slog.Value { return Fields{}.LogValue() }

// String never shows what the field says.
func (Value) String() string { return Fields{}.String() }

// MarshalJSON never shows what the field says.
func (Value) MarshalJSON() ([]byte, error) { return Fields{}.MarshalJSON() }

// GoString never shows what the field says.
func (Value) GoString() string { return Fields{}.GoString() }

// LogValue never shows what the field says.
func (Value) LogValue() slog.Value { return Fields{}.LogValue() }

// Check turns what a form sent into storable fields, or says everything that is
// wrong with it. The space around a value goes, and its kind says what becomes of
// the rest. A key that the list does not declare is a fault.
func (l *List) Check(raw map[string]string) (Fields, error) { return l.fill(nil, raw, nil, true) }

// Merge applies a correction to stored fields: a blank leaves a field as it is, an
// id in erase removes an optional one, anything else overwrites. Both at once
// contradict each other and are refused.
func (l *List) Merge(stored Fields, raw map[string]string, erase []string) (Fields, error) {
	return l.fill(stored, raw, erase, false)
}

// fill puts what is typed over what is stored. Only who joins must fill in all that
// is required: a field may have become so later.
func (l *List) fill(stored Fields, raw map[string]string, erase []string, joins bool) (Fields, error) {
	out, faults := Fields{}, Faults{}
	for _, f := range l.Fields {
		typed, erased := strings.TrimFunc(raw[f.ID], unicode.IsSpace), slices.Contains(erase, f.ID)
		value, refused := stored[f.ID], Reason("")
		switch {
		case typed != "" && erased:
			refused = ReasonBoth
		case typed != "":
			value, refused = f.read(typed)
		case f.Required && (joins || erased):
			refused = ReasonRequired
		case erased:
			value = ""
		}
		if refused != "" {
			faults = append(faults, Fault{f.ID, refused})
		} else if value != "" {
			out[f.ID] = value
		}
	}
	for _, id := range append(slices.Sorted(maps.Keys(raw)), erase...) {
		if _, ok := l.Field(id); !ok {
			faults = append(faults, Fault{id, ReasonUndeclared})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// Prune keeps what the list still declares of fields that were stored under an
// older declaration.
func (l *List) Prune(stored Fields) Fields {
	out := Fields{}
	for _, f := range l.Fields {
		if canonical, r := f.read(stored[f.ID]); canonical != "" && r == "" {
			out[f.ID] = canonical
		}
	}
	return out
}
