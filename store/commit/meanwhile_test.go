package commit

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestHastyAmongPatient: who asks while patient operations are waited for, as while an issue
// goes out, does not wait for them: the commit begins at once, and takes along those who are
// there.
func TestHastyAmongPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := begin(t)
		o.owner.Committed = func(*view) []int { return []int{32} }
		patient := func(word string) *Operation[*view] {
			op := &Operation[*view]{Patient: func(v *view) (bool, error, error) { v.open = append(v.open, word); return true, nil, nil }}
			if err := o.Put(op); err != nil {
				t.Fatal(err)
			}
			return op
		}
		if err := patient("a").Wait(); err != nil { // from now on 32 are expected
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		began, before := time.Now(), o.Commits()
		waiting := []*Operation[*view]{patient("b"), patient("c"), patient("d")}
		synctest.Wait()
		if o.Commits() != before {
			t.Fatal("three of 32 were not made to wait for the others")
		}
		if err := o.Do(t.Context(), func(v *view) error { v.put("e"); return nil }); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it waited %v for those who are patient", waited)
		}
		for _, op := range waiting {
			if err := op.Wait(); err != nil {
				t.Error(err)
			}
		}
		if n := o.Commits() - before; n != 1 || time.Since(began) != 0 {
			t.Errorf("%d commits, after %v", n, time.Since(began))
		}
	})
}
