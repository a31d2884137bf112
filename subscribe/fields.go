package subscribe

import (
	"cmp"
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

// Check turns what a form sent into storable fields, or says everything that
// is wrong with it. A text field refuses URLs and control characters, is
// trimmed and otherwise kept as typed: no normalisation, so 神 stays 神. A
// key that the list does not declare is a fault.
func (l *List) Check(raw map[string]string) (Fields, error) {
	out, faults := Fields{}, Faults{}
	for _, f := range l.Fields {
		v := strings.TrimFunc(raw[f.ID], unicode.IsSpace)
		if v == "" {
			if f.Required {
				faults = append(faults, Fault{f.ID, ReasonRequired})
			}
			continue
		}
		if canonical, r := f.read(v); r != "" {
			faults = append(faults, Fault{f.ID, r})
		} else {
			out[f.ID] = canonical
		}
	}
	faults = append(faults, l.undeclaredFaults(raw)...)
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// Merge applies a correction to stored fields: a blank leaves a field as it
// is, an id in erase removes an optional one, anything else overwrites. Both at
// once contradict each other and are refused.
func (l *List) Merge(stored Fields, raw map[string]string, erase []string) (Fields, error) {
	out, faults := Fields{}, Faults{}
	for _, f := range l.Fields {
		v := strings.TrimFunc(raw[f.ID], unicode.IsSpace)
		switch {
		case v != "" && slices.Contains(erase, f.ID):
			faults = append(faults, Fault{f.ID, ReasonBoth})
		case v != "":
			if canonical, r := f.read(v); r != "" {
				faults = append(faults, Fault{f.ID, r})
			} else {
				out[f.ID] = canonical
			}
		case slices.Contains(erase, f.ID):
			if f.Required {
				faults = append(faults, Fault{f.ID, ReasonRequired})
			}
		case stored[f.ID] != "":
			out[f.ID] = stored[f.ID]
		}
	}
	faults = append(faults, l.undeclaredFaults(raw)...)
	for _, id := range erase {
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

func (l *List) undeclaredFaults(raw map[string]string) (faults Faults) {
	for _, id := range slices.SortedFunc(maps.Keys(raw), cmp.Compare[string]) {
		if _, ok := l.Field(id); !ok {
			faults = append(faults, Fault{id, ReasonUndeclared})
		}
	}
	return faults
}
