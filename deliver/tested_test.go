package deliver_test

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

func TestLastTest(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	i := &deliver.Issue{Source: []byte("one")}
	is := func(when string, want deliver.Test) {
		t.Helper()
		if got := i.LastTest(); got != want || got.This != i.WasTested() {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	is("at first", deliver.Test{})
	i.Tested(i, 0, "aiko", noon)
	is("after a test that reached nobody", deliver.Test{})
	i.Tested(i, 2, "aiko", noon)
	is("after a test", deliver.Test{noon, "aiko", 2, true})
	i.Tested(i, 1, "ben", noon.Add(time.Hour))
	is("after another", deliver.Test{noon.Add(time.Hour), "ben", 1, true})
	i.Source = []byte("two")
	is("with another text", deliver.Test{noon.Add(time.Hour), "ben", 1, false})
	i.Tested(i, 1234, "aiko", noon.Add(2*time.Hour))
	is("when that is tested", deliver.Test{noon.Add(2 * time.Hour), "aiko", 1234, true})
	i.Source = []byte("one")
	is("with the first text again", deliver.Test{noon.Add(time.Hour), "ben", 1, true})
}
