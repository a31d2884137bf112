package deliver

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"japanifornia", "whats-new", "ajc-press"}
	for typed, want := range map[string]string{
		"japanifornai": "japanifornia", "whatsnew": "whats-new", "ajc-pres": "ajc-press", "ajc-press": "ajc-press", "press": "", "": "", "xy": "",
	} {
		if got := Nearest(typed, known); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if got := Nearest("ab", []string{"ac"}); got != "" {
		t.Errorf("a short word is near to %q", got)
	}
}
