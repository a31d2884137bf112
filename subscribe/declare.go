package subscribe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// Declaration is what the store remembers of a list's declaration, to notice
// when the configuration no longer keeps what readers were promised.
type Declaration struct {
	List    string
	ListID  string
	Purpose string // a hash: whether it changed is all that is asked
	Fields  []DeclaredField
	EraseBy string // the day on which everything of it is erased, YYYY-MM-DD; "" never; or [DayNotKnown]
}

// DayNotKnown is the day of erasure in a declaration of a program that did not note it.
const DayNotKnown = "not known"

// DeclaredField is the part of a field's declaration that bounds what is stored.
type DeclaredField struct {
	ID      string
	Kind    Kind
	Length  int
	Choices []string
}

// Declare returns the declaration of a list.
func Declare(l *List) Declaration {
	sum := sha256.Sum256([]byte(l.Purpose.JA + "\x00" + l.Purpose.EN))
	d := Declaration{List: l.ID, ListID: l.ListID, Purpose: hex.EncodeToString(sum[:8]), EraseBy: l.EraseDay()}
	for _, f := range l.Fields {
		df := DeclaredField{ID: f.ID, Kind: f.Kind, Length: f.Length}
		for _, c := range f.Choices {
			df.Choices = append(df.Choices, c.ID)
		}
		d.Fields = append(d.Fields, df)
	}
	return d
}

// Broken is one promise that the configuration no longer keeps.
type Broken struct {
	List  string
	Field string // "" when it is the list itself
	What  BrokenWhat
	// Day is the day of erasure now and Before that of the old declaration, where they are
	// what broke it: YYYY-MM-DD, or "" for never.
	Day, Before string
}

// BrokenWhat is how a declaration changed.
type BrokenWhat string

// What stops the start until an operator settles it.
const (
	ListVanished   BrokenWhat = "the list is no longer declared"
	ListIDChanged  BrokenWhat = "list_id changed"
	PurposeChanged BrokenWhat = "the purpose changed"
	FieldVanished  BrokenWhat = "the field is no longer declared"
	FieldNarrowed  BrokenWhat = "the field holds less than before (kind, length or choices)"
	ErasedLater    BrokenWhat = "the list is erased later than its readers were told"
	ErasedAtOnce   BrokenWhat = "that day has begun already by the clock of this machine, so that everything of the list is erased seconds after the start, or by a purge"
)

// Compare returns the promises of before that the lists no longer keep at an instant, in
// the order of list and field. A new list and a wider field break nothing, and neither does
// a day of erasure that has come since it was declared; one that had come before is told
// of a new list, too, since readers may have been imported.
func Compare(before []Declaration, lists Lists, now time.Time) []Broken {
	var out []Broken
	for id, l := range lists {
		if l.EraseDue(now) && !slices.ContainsFunc(before, func(d Declaration) bool { return d.List == id }) {
			out = append(out, Broken{List: id, What: ErasedAtOnce, Day: l.EraseDay()})
		}
	}
	for _, d := range before {
		l := lists[d.List]
		if l == nil {
			out = append(out, Broken{List: d.List, What: ListVanished})
			continue
		}
		is := Declare(l)
		if is.ListID != d.ListID {
			out = append(out, Broken{List: d.List, What: ListIDChanged})
		}
		if is.Purpose != d.Purpose {
			out = append(out, Broken{List: d.List, What: PurposeChanged})
		}
		switch {
		case is.EraseBy == d.EraseBy:
		case l.EraseDue(now): // by a mistyped year, perhaps
			out = append(out, Broken{d.List, "", ErasedAtOnce, is.EraseBy, d.EraseBy})
		case d.EraseBy != "" && d.EraseBy != DayNotKnown && (is.EraseBy == "" || is.EraseBy > d.EraseBy):
			out = append(out, Broken{d.List, "", ErasedLater, is.EraseBy, d.EraseBy})
		}
		for _, f := range d.Fields {
			i := slices.IndexFunc(is.Fields, func(x DeclaredField) bool { return x.ID == f.ID })
			switch {
			case i < 0:
				out = append(out, Broken{List: d.List, Field: f.ID, What: FieldVanished})
			case isNarrower(is.Fields[i], f):
				out = append(out, Broken{List: d.List, Field: f.ID, What: FieldNarrowed})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Broken) int { return cmp.Compare(a.List, b.List) })
	return out
}

// isNarrower says whether something that was stored may not fit any more.
func isNarrower(now, before DeclaredField) bool {
	if now.Kind != before.Kind || now.Length < before.Length {
		return true
	}
	return slices.ContainsFunc(before.Choices, func(c string) bool { return !slices.Contains(now.Choices, c) })
}

// Declarations returns the declarations of all lists, by id.
func Declarations(ls Lists) []Declaration {
	out := make([]Declaration, 0, len(ls))
	for _, id := range slices.Sorted(maps.Keys(ls)) {
		out = append(out, Declare(ls[id]))
	}
	return out
}
