package subscribe

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	with := func(id, value string) map[string]string { return map[string]string{"name": "見本 花子", id: value} }
	for _, tc := range []struct {
		name string
		raw  map[string]string
		want Fields
		bad  Faults
	}{
		{"all", map[string]string{"name": "花子", "organisation": "見本社", "prefecture": "13", "medium": "air"},
			Fields{"name": "花子", "organisation": "見本社", "prefecture": "13", "medium": "air"}, nil},
		{"blank optional fields are not stored", with("organisation", " \u3000"), Fields{"name": "見本 花子"}, nil},
		{"trimmed, and otherwise as typed", with("name", "\u3000ＡＢ　神\ufa19 \t"), Fields{"name": "ＡＢ　神\ufa19"}, nil},
		{"abroad", with("prefecture", "abroad"), Fields{"name": "見本 花子", "prefecture": "abroad"}, nil},
		{"a name with a domain", with("organisation", "Example.com Japan"), Fields{"name": "見本 花子", "organisation": "Example.com Japan"}, nil},
		{"as long as declared, in characters", with("name", strings.Repeat("神", 20)), Fields{"name": strings.Repeat("神", 20)}, nil},

		{"required", map[string]string{}, nil, Faults{{"name", ReasonRequired}}},
		{"required, blank", with("name", "\u3000"), nil, Faults{{"name", ReasonRequired}}},
		{"one too long", with("name", strings.Repeat("神", 21)), nil, Faults{{"name", ReasonLong}}},
		{"URL", with("organisation", "see https://example.com"), nil, Faults{{"organisation", ReasonURL}}},
		{"www", with("organisation", "WWW.example.com"), nil, Faults{{"organisation", ReasonURL}}},
		{"domain and path", with("organisation", "example.com/x"), nil, Faults{{"organisation", ReasonURL}}},
		{"full-width URL", with("organisation", "ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ"), nil, Faults{{"organisation", ReasonURL}}},
		{"full-width www", with("organisation", "ＷＷＷ．example"), nil, Faults{{"organisation", ReasonURL}}},
		{"URL with what cannot be seen", with("organisation", "http:\u200b//\u2060example"), nil, Faults{{"organisation", ReasonURL}}},
		{"full-width domain and path", with("organisation", "ｅｘａｍｐｌｅ．ｃｏｍ／ｘ"), nil, Faults{{"organisation", ReasonURL}}},
		{"a full-width name with a full stop", with("organisation", "（株）見本。ＡＢ／ＣＤ部"), Fields{"name": "見本 花子", "organisation": "（株）見本。ＡＢ／ＣＤ部"}, nil},
		{"line break", with("organisation", "a\r\nBcc: b"), nil, Faults{{"organisation", ReasonControl}}},
		{"line separator", with("organisation", "a\u2028b"), nil, Faults{{"organisation", ReasonControl}}},
		{"override", with("organisation", "a\u202eb"), nil, Faults{{"organisation", ReasonControl}}},
		{"broken UTF-8", with("organisation", "a\xffb"), nil, Faults{{"organisation", ReasonControl}}},
		{"no such choice", with("medium", "web"), nil, Faults{{"medium", ReasonChoice}}},
		{"the label of a choice", with("medium", "新聞"), nil, Faults{{"medium", ReasonChoice}}},
		{"no such prefecture", with("prefecture", "48"), nil, Faults{{"prefecture", ReasonChoice}}},
		{"undeclared", with("birthday", "1"), nil, Faults{{"birthday", ReasonUndeclared}}},
		{"undeclared and blank", with("birthday", ""), nil, Faults{{"birthday", ReasonUndeclared}}},
		{"everything at once, in the order of the declaration",
			map[string]string{"medium": "x", "zebra": "", "prefecture": "x", "ant": "1", "organisation": "a\nb"}, nil,
			Faults{{"name", ReasonRequired}, {"organisation", ReasonControl}, {"prefecture", ReasonChoice}, {"medium", ReasonChoice},
				{"ant", ReasonUndeclared}, {"zebra", ReasonUndeclared}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := press.Check(tc.raw)
			sameFields(t, got, err, tc.want, tc.bad)
		})
	}
	if _, err := sampleLists()["news"].Check(map[string]string{"name": "花子"}); err == nil {
		t.Error("a list without fields took one")
	}
}

func sameFields(t *testing.T, got Fields, err error, want Fields, bad Faults) {
	t.Helper()
	var faults Faults
	errors.As(err, &faults)
	if !slices.Equal(faults, bad) || (err != nil) != (bad != nil) {
		t.Errorf("faults %v, want %v", err, bad)
	}
	if !maps.Equal(got, want) || err != nil && got != nil {
		t.Errorf("fields %v, want %v", map[string]string(got), map[string]string(want))
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	stored := Fields{"name": "花子", "organisation": "見本社", "medium": "air"}
	for _, tc := range []struct {
		name  string
		raw   map[string]string
		erase []string
		want  Fields
		bad   Faults
	}{
		{"a blank leaves as it is", map[string]string{"name": " ", "organisation": ""}, nil, stored, nil},
		{"nothing sent leaves as it is", nil, nil, stored, nil},
		{"overwrites and adds", map[string]string{"name": "太郎", "prefecture": "27"}, nil,
			Fields{"name": "太郎", "organisation": "見本社", "medium": "air", "prefecture": "27"}, nil},
		{"erases", nil, []string{"organisation", "medium"}, Fields{"name": "花子"}, nil},
		{"erases what is not there", nil, []string{"prefecture"}, stored, nil},
		{"a required field cannot be erased", nil, []string{"name"}, nil, Faults{{"name", ReasonRequired}}},
		{"undeclared", map[string]string{"x": "1"}, nil, nil, Faults{{"x", ReasonUndeclared}}},
		{"erase undeclared", nil, []string{"x"}, nil, Faults{{"x", ReasonUndeclared}}},
		{"refused", map[string]string{"medium": "x", "name": "a\nb"}, nil, nil, Faults{{"name", ReasonControl}, {"medium", ReasonChoice}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := press.Merge(stored, tc.raw, tc.erase)
			sameFields(t, got, err, tc.want, tc.bad)
		})
	}
	if len(stored) != 3 || stored["name"] != "花子" {
		t.Error("Merge changed what was stored")
	}
	// A field that has become required later does not stand in the way of a correction.
	if _, err := press.Merge(Fields{}, map[string]string{"medium": "air"}, nil); err != nil {
		t.Errorf("correction of an older entry: %v", err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	got := sampleLists()["press"].Prune(Fields{
		"name": "花子", "gone": "x", "medium": "telegraph", "organisation": strings.Repeat("a", 41), "prefecture": "",
	})
	if !maps.Equal(got, Fields{"name": "花子"}) {
		t.Errorf("kept %v", map[string]string(got))
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	for _, tc := range []struct{ field, value, ja, en string }{
		{"name", "花子", "花子", "花子"}, {"medium", "paper", "新聞", "Newspaper"},
		{"prefecture", "13", "東京都", "Tokyo"}, {"prefecture", "abroad", "海外", "Outside Japan"}, {"medium", "gone", "gone", "gone"},
	} {
		f, ok := press.Field(tc.field)
		if !ok || f.Show(tc.value, Japanese) != tc.ja || f.Show(tc.value, English) != tc.en {
			t.Errorf("%s %s: %q, %q", tc.field, tc.value, f.Show(tc.value, Japanese), f.Show(tc.value, English))
		}
	}
	if _, ok := press.Field("none"); ok {
		t.Error("found a field that is not declared")
	}
}

func TestPrefectures(t *testing.T) {
	t.Parallel()
	all := Prefectures()
	seen := map[string]bool{}
	for _, p := range all {
		seen[p.ID], seen[p.Label.JA], seen[p.Label.EN] = true, true, true
	}
	if len(all) != 48 || len(seen) != 3*48 {
		t.Errorf("%d prefectures, %d distinct texts", len(all), len(seen))
	}
	all[0].ID = "changed"
	if Prefectures()[0].ID != "01" {
		t.Error("a caller can change the prefectures")
	}
}

func TestWordingFollowsEveryDeclaration(t *testing.T) {
	t.Parallel()
	base := sampleLists()["press"].Wording(Japanese)
	if base != sampleLists()["press"].Wording(Japanese) {
		t.Fatal("the wording of one declaration differs from itself")
	}
	for name, change := range map[string]func(*List){
		"list id":       func(l *List) { l.ListID = "x.example.jp" },
		"name":          func(l *List) { l.Name.JA += "号" },
		"purpose":       func(l *List) { l.Purpose.JA += "。" },
		"office":        func(l *List) { l.Office.Name.JA += "所" },
		"policy":        func(l *List) { l.Office.PolicyURL.JA += "/2" },
		"policy date":   func(l *List) { l.Office.PolicyDate = l.Office.PolicyDate.AddDate(0, 0, 1) },
		"field added":   func(l *List) { l.Fields = append(l.Fields, Field{ID: "x", Kind: KindText, Length: 1}) },
		"field removed": func(l *List) { l.Fields = l.Fields[:3] },
		"label":         func(l *List) { l.Fields[0].Label.JA += "名" },
		"field purpose": func(l *List) { l.Fields[0].Purpose.JA += "ため" },
		"required":      func(l *List) { l.Fields[1].Required = true },
		"length":        func(l *List) { l.Fields[0].Length++ },
		"relay":         func(l *List) { l.Office.Keeping.Relay.JA += "社" },
		"machine":       func(l *List) { l.Office.Keeping.Machine.JA += "社" },
		"consent":       func(l *List) { l.Office.Keeping.Consent++ },
		"marks":         func(l *List) { l.Office.Keeping.Marks++ },
		"suspended":     func(l *List) { l.Office.Keeping.Suspended++ },
		"backups":       func(l *List) { l.Office.Keeping.Backups++ },
		"erasure":       func(l *List) { l.EraseBy = noon },
		"choice":        func(l *List) { l.Fields[3].Choices[0].Label.JA += "社" },
	} {
		l := sampleLists()["press"]
		change(l)
		if l.Wording(Japanese) == base {
			t.Errorf("%s: the wording did not change", name)
		}
	}
	if sampleLists()["press"].Wording(English) == base {
		t.Error("both languages have one wording")
	}
}

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"a": true, "whats-new": true, "a1": true, "1": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, "a-": false, "A": false, "a_b": false, "a b": false, "a/b": false, "見": false, strings.Repeat("a", 65): false,
	} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) = %v", id, !want)
		}
	}
}

func TestParseLang(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Lang{"ja": Japanese, "en": English, "": English, "de": English, "JA": English} {
		if got := ParseLang(s, English); got != want {
			t.Errorf("ParseLang(%q) = %s", s, got)
		}
	}
}
