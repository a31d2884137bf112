package main

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMetricsDoNotTell: whoever types an address into the form for corrections twenty times,
// and sees the metrics and the log, does not learn whether it is known. The worlds are the
// same; only who is asked about differs.
func TestMetricsDoNotTell(t *testing.T) {
	t.Parallel()
	wantAlike(t, afterCorrections(t, "unknown"), afterCorrections(t, "subscribed"))
}

// isTime are numbers that only say when, or how long.
var isTime = regexp.MustCompile(`(?m)^(kairan_[a-z_]*(?:_timestamp_seconds|_seconds_total)(?:\{.*\})?) .*$`)

func afterCorrections(t *testing.T, about standing) (all []said) {
	w := foundTown(t, 1)
	owners := map[standing]*towner{}
	for _, at := range []standing{"subscribed", "unknown"} {
		who, err := w.settle(at)
		if err != nil {
			t.Fatal(err)
		}
		owners[at] = who
	}
	w.open()
	who := owners[about]
	for range 20 {
		q := question{method: http.MethodPost, path: pathOf("/correct"), form: formOf(url.Values{"email": {who.address}, "list": {townList}})}
		w.put(q, who)
	}
	w.settled()
	if n := w.sink.CountTo(who.address); n > 0 != (about == "subscribed") {
		t.Fatalf("%s has got %d mails, so that nothing is tried", about, n)
	}
	a, err := w.ask(http.MethodGet, "http://"+w.admin+"/metrics", nil, "")
	if err != nil || !strings.Contains(a.body, `kairan_http_requests_total{method="POST",route="/correct",status="200"} 20`) {
		t.Fatalf("%v\n%s", err, a.body)
	}
	all = append(all, said{"the metrics", strings.Split(isTime.ReplaceAllString(a.body, "$1 WHEN"), "\n")})
	p := w.server
	if err := w.halt(os.Interrupt); err != nil {
		t.Error(err)
	}
	// What becomes of notices is summed up by the hour, and once more at the end.
	lines := slices.DeleteFunc(w.plain(p.text()), func(l string) bool { return strings.Contains(l, "msg=Notices ") })
	slices.Sort(lines) // some things happen at one time
	return append(all, said{"the log", lines})
}
