package apart

import "testing"

// TestEveryKindIsCounted and said: one that is met must be in what people are told.
func TestEveryKindIsCounted(t *testing.T) {
	t.Parallel()
	said := map[string]bool{"none": true}
	for k := range kinds {
		var a Set
		a.Note(k, "key")
		if u := a.Count(""); u.Sum() != 1 || said[u.String()] {
			t.Errorf("kind %d is counted as %d, and said as %q", k, u.Sum(), u)
		} else {
			said[u.String()] = true
		}
	}
}
