package subscribe

import (
	"math"
	"slices"
	"testing"
)

func TestColours(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typed    string
		contrast float64 // with white, as WCAG computes it
	}{
		{"#ffffff", 1}, {"#000000", 21}, {"#767676", 4.54}, {"#00118F", 14.22}, {"#ff0000", 4}, {"#1a1a1c", 17.38},
	} {
		c, err := ParseColour(tc.typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Contrast(White); math.Abs(got-tc.contrast) > 0.01 {
			t.Errorf("%s has a contrast of %.2f with white, want %.2f", tc.typed, got, tc.contrast)
		}
		if got := c.Lit(Night).Contrast(Night); got < 7 {
			t.Errorf("%s is lit to %s, which has %.2f on dark", tc.typed, c.Lit(Night), got)
		}
	}
	for _, bad := range []string{"", "blue", "#fff", "00118f", "#00118g", "#00118f "} {
		if c, err := ParseColour(bad); err == nil {
			t.Errorf("%q is taken for the colour %s", bad, c)
		}
	}
	if c := Colour("#a9bdff"); c.Lit(Night) != c {
		t.Errorf("%s is light enough, and becomes %s", c, c.Lit(Night))
	}
}

func TestHostsOfAnOffice(t *testing.T) {
	t.Parallel()
	o := &Office{PolicyURL: Text{JA: "https://www.example.jp/p", EN: "https://en.example.jp/p"}, BaseURL: "https://www.example.jp"}
	if got := o.Hosts(English); !slices.Equal(got, []string{"en.example.jp", "www.example.jp"}) {
		t.Errorf("hosts %v", got)
	}
}
