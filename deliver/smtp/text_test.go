package smtp

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

// TestNoWordOfAReturnPath: a relay may repeat all of it, its mailbox, or what stands behind
// the delimiter, in whatever case; with that anybody could forge what comes back.
func TestNoWordOfAReturnPath(t *testing.T) {
	t.Parallel()
	const token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqr"
	e := deliver.Envelope{From: "bounce+" + token + "@example.jp", To: reader}
	for _, said := range []string{
		"<" + e.From + ">: sender address rejected", "sender bounce+" + token + " unknown", "SENDER BOUNCE+" + strings.ToUpper(token) + " unknown",
		"mailbox bounce, detail " + token, "bounce (" + strings.ToUpper(token) + ")",
	} {
		if got := strings.ToLower(scrub(said, e)); strings.Contains(got, token[:8]) {
			t.Errorf("%q: %q", said, got)
		}
	}
	if got := scrub("the bounce was refused", deliver.Envelope{From: "bounce@example.jp", To: reader}); got != "the bounce was refused" {
		t.Errorf("a word of the language is gone: %q", got)
	}
}
