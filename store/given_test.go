package store

import (
	"bytes"
	"os"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// TestProvisions: it is kept to whom what was given, sealed, oldest first.
func TestProvisions(t *testing.T) {
	t.Parallel()
	now := auditDay
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return now }})
	want := subscribe.Provision{By: "hanako", To: "Personal Information Protection Commission", Reason: "Art. 76", Case: "2026-17", Office: "mofa", List: "whats-new"}
	for range 2 {
		if err := s.AddProvision(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24 * time.Hour)
	}
	given := func() []subscribe.Provision {
		all, err := s.Provisions()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := given()
	if len(all) != 2 || !all[0].At.Equal(auditDay) {
		t.Fatalf("given out: %+v", all)
	}
	if all[0].At = (time.Time{}); all[0] != want {
		t.Errorf("it was %+v that was given out, and is %+v", want, all[0])
	}
	raw, err := os.ReadFile(s.file.Path())
	if err != nil || bytes.Contains(raw, []byte(want.To)) {
		t.Errorf("it stands in the clear: %v", err)
	}
}
