package deliver

import (
	"strings"
	"testing"
	"time"
)

// TestApproval: another account than the author's stands for exactly one content.
func TestApproval(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 17, 50, 0, 0, time.UTC)
	one, two := Content{1}, Content{2}
	i := &Issue{Name: IssueName{"news", "winter"}, Source: []byte("1"), State: Draft, Timeline: []Event{Added("tanaka", now)}}
	if err := i.Approve("tanaka", one, now); err == nil || !strings.Contains(err.Error(), "--alone") {
		t.Errorf("its author approved it: %v", err)
	}
	if _, ok := i.ApprovalOf(one); ok || !strings.Contains(i.Unapproved().Error(), "nobody but its author") {
		t.Errorf("approved by nobody: %v", i.Unapproved())
	}
	if err := i.Approve("ueda", one, now); err != nil {
		t.Fatal(err)
	}
	if a, ok := i.ApprovalOf(one); !ok || a.By != "ueda" || !a.At.Equal(now) {
		t.Errorf("%+v, %v", a, ok)
	}
	// What is changed is another content; the one before is approved when it is back.
	if _, ok := i.ApprovalOf(two); ok || !strings.Contains(i.Unapproved().Error(), "changed since ueda approved") {
		t.Errorf("what was changed is approved: %v", i.Unapproved())
	}
	// Whoever hands in a new text is its author; handing in the same makes nobody one.
	for _, c := range []struct {
		who, text, author string
	}{{"ueda", "1", "tanaka"}, {"ueda", "2", "ueda"}, {"tanaka", "2", "ueda"}} {
		if err := i.Replace(Manuscript{Source: []byte(c.text)}, "", c.who, now); err != nil || i.Author() != c.author {
			t.Errorf("%s handed in %q: %v, the author is %s", c.who, c.text, err, i.Author())
		}
	}
	if err := i.Approve("ueda", two, now); err == nil {
		t.Error("who changed it approved it")
	}
	i.GoAlone("ueda", "the head is on a plane", two, now)
	if a, ok := i.ApprovalOf(two); !ok || a.Alone == "" {
		t.Errorf("%+v, %v", a, ok)
	}
	for _, s := range []State{Running, Paused, Finished, Cancelled} {
		i.State = s
		if err := i.Approve("sato", two, now); err == nil || !strings.Contains(err.Error(), s.String()) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// An author who may choose two texts needs some 2^32 tries to make them agree in 64 bits, and
// would be done in minutes.
func TestShownContentCannotBeForged(t *testing.T) {
	var a, b Content
	b[15] = 1
	if a.String() == b.String() {
		t.Error("two contents that differ within 128 bits are shown as one")
	}
}
