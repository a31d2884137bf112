package store

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestUndeclaredFieldIsNeverStored: whatever the rooms above do, the store refuses a
// field that the list does not declare.
func TestUndeclaredFieldIsNeverStored(t *testing.T) {
	t.Parallel()
	s, err := Open(Options{Dir: t.TempDir(), Keys: seal.Generate(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	news := &subscribe.List{ID: "news", Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 10}}}
	if err := s.Adopt(t.Context(), subscribe.Lists{"news": news}); err != nil {
		t.Fatal(err)
	}
	address, err := subscribe.ParseAddress("reader@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	put := func(fields subscribe.Fields) error {
		return s.Update(t.Context(), func(tx subscribe.Tx) error {
			tx.Put(&subscribe.Subscriber{ID: subscribe.NewID(), List: "news", State: subscribe.Active, Address: address, Fields: fields})
			return nil
		})
	}
	err = put(subscribe.Fields{"birthday": "canary"})
	if err == nil || !strings.Contains(err.Error(), `does not declare a field "birthday"`) || strings.Contains(err.Error(), "canary") {
		t.Errorf("an undeclared field: %v", err)
	}
	if n, _ := s.Count("news"); n != 0 {
		t.Errorf("%d entries were stored", n)
	}
	if err := put(subscribe.Fields{"name": "花子"}); err != nil {
		t.Error(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
