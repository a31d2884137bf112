package deliver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestWordsAreShownByNothing: whatever prints, logs or encodes a result.
func TestWordsAreShownByNothing(t *testing.T) {
	t.Parallel()
	r := Judge(StageRcpt, 550, "5.1.1", "hanako... User unknown, said mx.abe-law.example")
	if !strings.Contains(r.Words.Disclose(), "hanako") {
		t.Fatal("there are no words to show")
	}
	var out bytes.Buffer
	for _, x := range []any{r, &r, r.Words, &r.Words, Settlement{Result: r}, &Refusal{r}, struct{ Result }{r}, []Result{r}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q\n", x, x, x, x, x)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "x", x)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "x", x)
		if b, err := json.Marshal(x); err == nil {
			out.Write(b)
		}
	}
	for _, word := range []string{"hanako", "abe-law", "User unknown"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("%q is shown", word)
		}
	}
}

// TestEveryReplyHasAMeaning: what is said instead of the relay's words.
func TestEveryReplyHasAMeaning(t *testing.T) {
	t.Parallel()
	for code := 400; code < 600; code++ {
		for stage := StageGreeting; stage <= StageDot; stage++ {
			if meaning(stage, code, "") == "" {
				t.Errorf("%s %d", stage, code)
			}
		}
	}
	for enhanced, want := range map[string]string{
		"5.7.1": "its policy does not let us send there", "4.2.2": "the mailbox is full", "5.1.99": "the address is refused", "5.7.515": "its policy does not let us send",
		"5.99.1": "it refuses the address",
	} {
		if got := meaning(StageRcpt, 550, enhanced); got != want {
			t.Errorf("%s: %q, want %q", enhanced, got, want)
		}
	}
	if got := meaning(StageMail, 550, ""); got != "it does not take our return path" {
		t.Error(got)
	}
}
