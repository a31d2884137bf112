package record

import (
	"example.jp/kairan/deliver"
)

// counted is a class with its number of copies.
type counted struct {
	class  deliver.Class
	copies int
}

func countedFields(c *Codec, x *counted) {
	c.flag(1, &x.class.Deferred)
	c.flag(2, &x.class.Back)
	Number(c, 3, &x.class.Stage)
	Number(c, 4, &x.class.Code)
	Text(c, 5, &x.class.Enhanced)
	Text(c, 6, &x.class.Provider)
	Number(c, 7, &x.copies)
}

func classesFields(c *Codec, all *[]counted) { Each(c, 1, all, countedFields) }

// EncodeClasses writes what failed alike. It names big providers, and nobody.
func EncodeClasses(x deliver.Classes) []byte {
	var all []counted
	for _, class := range x.Sorted() {
		all = append(all, counted{class, x[class]})
	}
	return Encode(&all, classesFields)
}

// DecodeClasses reads it; nothing if there is none.
func DecodeClasses(b []byte) (deliver.Classes, error) {
	out := deliver.Classes{}
	if b == nil {
		return out, nil
	}
	all, err := decoded(b, []counted(nil), classesFields)
	for _, x := range all {
		out[x.class] += x.copies
	}
	return out, err
}
