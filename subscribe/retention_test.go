package subscribe

import "testing"

// TestUnreadable: whatever lies about longest says until when something may be read.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    Retention
		want Days
	}{
		{Retention{FreePages: 7, Backups: 35, Migrated: 7}, 42},
		{Retention{FreePages: 1, Backups: 2, Migrated: 35}, 35},
	} {
		if got := c.r.Unreadable(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.r, got, c.want)
		}
	}
}
