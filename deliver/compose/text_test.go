package compose

import (
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
)

// TestGoldenTexts: issues with all that a text part has a form for.
func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"city", "city-en", "classic"} {
		c := compiled(t, composetest.Centre(t), composetest.Sample(t, name+".md"))
		golden(t, name+".txt", []byte(read(t, message(t, c, reader(t)).Data).text))
	}
}
