package compose

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
)

// TestSpecimen: it is what a reader gets, with the names of fields, and nothing in it acts.
func TestSpecimen(t *testing.T) {
	t.Parallel()
	list := composetest.Centre(t)
	c := compiled(t, list, composetest.Sample(t, "newsletter.md"))
	got, err := (&Compiler{Templates: set()}).Specimen(list, c)
	if err != nil {
		t.Fatal(err)
	}
	composetest.Holds(t, "the HTML", got.HTML, "［お名前］", `href="#"`)
	composetest.Holds(t, "the text", got.Text, "［お名前］", "https://mail.example.jp/leave/", "https://mail.example.jp/correct")
	composetest.Lacks(t, "the HTML", got.HTML, "/leave/", "確認用の見本")
	composetest.Lacks(t, "the text", got.Text, "確認用の見本")
	if strings.ContainsFunc(got.HTML+got.Text, slot.IsMark) {
		t.Error("a mark of a slot is left over")
	}
	if real := len(message(t, c, reader(t)).Data); got.Octets < real-400 || got.Octets > real+400 {
		t.Errorf("it has %d octets, and a reader's copy %d", got.Octets, real)
	}
}
