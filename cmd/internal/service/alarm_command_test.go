package service

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestAlarmCommand has the alarm in its environment and on its input, and nothing else of
// ours; one that fails or hangs is an error, with what it said.
func TestAlarmCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	t.Setenv("NOTIFY_SOCKET", "/run/systemd/notify")
	x := told{Alarm{
		Name: "relay", Of: "mail.example.jp", Why: "no mail\n goes out; `touch x`", Hint: "see to it", Since: time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC),
	}, begins}
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		script, want, wrote string
		patience            time.Duration
	}{
		{`(cat; env | grep -e KAIRAN -e NOTIFY | sort) > "$1"`, "", strings.Join([]string{
			"begins: relay: no mail goes out; `touch x`, since 2026-11-27T03:00:00Z; see to it",
			"KAIRAN_ALARM=relay", "KAIRAN_ALARM_HINT=see to it", "KAIRAN_ALARM_NEWS=begins", "KAIRAN_ALARM_OF=mail.example.jp",
			"KAIRAN_ALARM_SINCE=2026-11-27T03:00:00Z", "KAIRAN_ALARM_WHY=no mail goes out; `touch x`", "",
		}, "\n"), time.Minute},
		{"echo 'no route to host' >&2; exit 7", "exit status 7: no route to host", "", time.Minute},
		{"head -c 100000 /dev/zero; exit 1", "exit status 1", "", time.Minute},
		{"exec sleep 60", "it took longer than 1s, and was ended", "", time.Second},
		{"sleep 60 & exit 0", "", "", time.Minute},
	} {
		_ = os.Remove(out)
		err := runAlarm(t.Context(), []string{"/bin/sh", "-c", c.script, "tell", out}, x, c.patience)
		if c.want == "" != (err == nil) || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v, want %q", c.script, err, c.want)
		}
		if wrote, _ := os.ReadFile(out); string(wrote) != c.wrote {
			t.Errorf("%s wrote %s, want %s", c.script, wrote, c.wrote)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := runAlarm(stopped, []string{"/bin/sh", "-c", "true"}, x, time.Minute); err == nil {
		t.Error("it is begun while the service stops")
	}
}
