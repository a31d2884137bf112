package subscribe

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	declared := func() Lists {
		ls := sampleLists()
		ls["news"].Zone, ls["press"].Zone, ls["press"].EraseBy = time.UTC, time.UTC, day("2036-06-30")
		return ls
	}
	told := declared()
	before := Declarations(told)
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
		{"a list less", func(ls Lists) { delete(ls, "news") }, []Broken{{List: "news", What: ListVanished}}},
		{"another list_id", func(ls Lists) { ls["news"].ListID = "x.example.jp" }, []Broken{{List: "news", What: ListIDChanged}}},
		{"another purpose in Japanese", func(ls Lists) { ls["news"].Purpose.JA += "等" }, []Broken{{List: "news", What: PurposeChanged}}},
		{"another purpose in English", func(ls Lists) { ls["news"].Purpose.EN += " etc." }, []Broken{{List: "news", What: PurposeChanged}}},
		{"a field less", func(ls Lists) { ls["press"].Fields = ls["press"].Fields[1:] }, []Broken{{List: "press", Field: "name", What: FieldVanished}}},
		{"a shorter field", func(ls Lists) { ls["press"].Fields[0].Length-- }, []Broken{{List: "press", Field: "name", What: FieldNarrowed}}},
		{"another kind", func(ls Lists) { ls["press"].Fields[2].Kind = KindText }, []Broken{{List: "press", Field: "prefecture", What: FieldNarrowed}}},
		{"a new list that is past", func(ls Lists) { ls["more"] = &List{ID: "more", Zone: time.UTC, EraseBy: day("2029-12-31")} },
			[]Broken{{List: "more", What: ErasedAtOnce, Day: "2029-12-31"}}},
		{"a day of erasure", func(ls Lists) { ls["news"].EraseBy = day("2030-01-02") }, nil},
		{"a day that begins", func(ls Lists) { ls["news"].EraseBy = day("2030-01-01") }, []Broken{{List: "news", What: ErasedAtOnce, Day: "2030-01-01"}}},
		{"a day that is past", func(ls Lists) { ls["press"].EraseBy = day("2026-06-30") },
			[]Broken{{List: "press", What: ErasedAtOnce, Day: "2026-06-30", Before: "2036-06-30"}}},
		{"a sooner day", func(ls Lists) { ls["press"].EraseBy = day("2036-06-29") }, nil},
		{"a later day", func(ls Lists) { ls["press"].EraseBy = day("2036-07-01") },
			[]Broken{{List: "press", What: ErasedLater, Day: "2036-07-01", Before: "2036-06-30"}}},
		{"no day any more", func(ls Lists) { ls["press"].EraseBy = time.Time{} }, []Broken{{List: "press", What: ErasedLater, Before: "2036-06-30"}}},
		{"a choice less", func(ls Lists) { ls["press"].Fields[3].Choices = ls["press"].Fields[3].Choices[1:] },
			[]Broken{{List: "press", Field: "medium", What: FieldNarrowed}}},
		{"much at once", func(ls Lists) {
			delete(ls, "news")
			ls["press"].ListID, ls["press"].Purpose.EN, ls["press"].Fields = "x.example.jp", "", nil
		}, []Broken{{List: "news", What: ListVanished}, {List: "press", What: ListIDChanged}, {List: "press", What: PurposeChanged}, {List: "press", Field: "name", What: FieldVanished},
			{List: "press", Field: "organisation", What: FieldVanished}, {List: "press", Field: "prefecture", What: FieldVanished}, {List: "press", Field: "medium", What: FieldVanished}}},
	} {
		lists := declared()
		tc.change(lists)
		if got := Compare(before, lists, day("2030-01-01")); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	if got := Compare(before, told, day("2040-01-01")); got != nil {
		t.Errorf("a day that has come: %v", got)
	}
	before[1].EraseBy = DayNotKnown
	if got := Compare(before, told, day("2030-01-01")); got != nil {
		t.Errorf("a day that was not noted: %v", got)
	}
	if got := Compare(before, told, day("2036-06-30")); len(got) != 1 || got[0].What != ErasedAtOnce || got[0].Before != DayNotKnown {
		t.Errorf("a day that was not noted, and has come: %v", got)
	}
	split := Declaration{List: "news", ListID: before[0].ListID}
	moved := sampleLists()["news"]
	moved.Purpose = Text{moved.Purpose.JA + moved.Purpose.EN, ""}
	if split.Purpose = Declare(moved).Purpose; split.Purpose == before[0].Purpose {
		t.Error("a text that moves from one language to the other goes unnoticed")
	}
}
