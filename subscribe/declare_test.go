package subscribe

import (
	"reflect"
	"slices"
	"testing"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	before := Declarations(sampleLists())
	if len(before) != 2 || before[0].List != "news" || len(before[1].Fields) != 4 {
		t.Fatalf("declared: %+v", before)
	}
	for _, tc := range []struct {
		name   string
		change func(Lists)
		want   []Broken
	}{
		{"nothing", func(Lists) {}, nil},
		{"a list more", func(ls Lists) { ls["more"] = &List{ID: "more"} }, nil},
		{"a field more", func(ls Lists) { ls["news"].Fields = []Field{{ID: "x", Kind: KindText, Length: 1}} }, nil},
		{"a longer field", func(ls Lists) { ls["press"].Fields[0].Length++ }, nil},
		{"a choice more", func(ls Lists) {
			ls["press"].Fields[3].Choices = append(ls["press"].Fields[3].Choices, Choice{ID: "web"})
		}, nil},
		{"fields in another order", func(ls Lists) { slices.Reverse(ls["press"].Fields) }, nil},
		{"a list less", func(ls Lists) { delete(ls, "news") }, []Broken{{"news", "", ListVanished}}},
		{"another list_id", func(ls Lists) { ls["news"].ListID = "x.example.jp" }, []Broken{{"news", "", ListIDChanged}}},
		{"another purpose in Japanese", func(ls Lists) { ls["news"].Purpose.JA += "等" }, []Broken{{"news", "", PurposeChanged}}},
		{"another purpose in English", func(ls Lists) { ls["news"].Purpose.EN += " etc." }, []Broken{{"news", "", PurposeChanged}}},
		{"a field less", func(ls Lists) { ls["press"].Fields = ls["press"].Fields[1:] }, []Broken{{"press", "name", FieldVanished}}},
		{"a shorter field", func(ls Lists) { ls["press"].Fields[0].Length-- }, []Broken{{"press", "name", FieldNarrowed}}},
		{"another kind", func(ls Lists) { ls["press"].Fields[2].Kind = KindText }, []Broken{{"press", "prefecture", FieldNarrowed}}},
		{"a choice less", func(ls Lists) { ls["press"].Fields[3].Choices = ls["press"].Fields[3].Choices[1:] },
			[]Broken{{"press", "medium", FieldNarrowed}}},
		{"much at once", func(ls Lists) {
			delete(ls, "news")
			ls["press"].ListID, ls["press"].Purpose.EN, ls["press"].Fields = "x.example.jp", "", nil
		}, []Broken{{"news", "", ListVanished}, {"press", "", ListIDChanged}, {"press", "", PurposeChanged}, {"press", "name", FieldVanished},
			{"press", "organisation", FieldVanished}, {"press", "prefecture", FieldVanished}, {"press", "medium", FieldVanished}}},
	} {
		now := sampleLists()
		tc.change(now)
		if got := Compare(before, now); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	split := Declaration{List: "news", ListID: before[0].ListID}
	moved := sampleLists()["news"]
	moved.Purpose = Text{moved.Purpose.JA + moved.Purpose.EN, ""}
	if split.Purpose = Declare(moved).Purpose; split.Purpose == before[0].Purpose {
		t.Error("a text that moves from one language to the other goes unnoticed")
	}
}
