package record

import (
	"testing"

	"example.jp/kairan/subscribe"
)

// TestReaderIsOneString: a run reads a reader for every copy, and allocates one string for
// all that it says. It says the same as the whole entry.
func TestReaderIsOneString(t *testing.T) {
	address, err := subscribe.ParseAddress("reader@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	want := &subscribe.Subscriber{
		ID: subscribe.ID{9}, Address: address, State: subscribe.Active, Lang: subscribe.Japanese, Revision: 1, Generation: 3,
		Fields: subscribe.Fields{"name": "山田 花子", "organisation": "見本社", "prefecture": "13"},
	}
	text, ids, values := EncodeSubscriber(want), map[string]string{}, make(subscribe.Values, 0, 6)
	if _, _, err := DecodeReader(1, text, ids, &values); err != nil {
		t.Fatal(err)
	}
	got, state, err := DecodeReader(7, text, ids, &values)
	if err != nil || state != want.State || got.Seq != 7 || got.ID != want.ID || got.Address != want.Address || got.Generation != 3 || len(got.Fields) != len(want.Fields) {
		t.Errorf("reader %d with %d fields, %v", got.Seq, len(got.Fields), err)
	}
	for id, text := range want.Fields {
		if got.Fields.Of(id) != text {
			t.Errorf("the field %s is another", id)
		}
	}
	n := testing.AllocsPerRun(100, func() {
		values = values[:0]
		_, _, _ = DecodeReader(1, text, ids, &values)
	})
	if n > 1 {
		t.Errorf("%v allocations", n)
	}
}
