package service

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe/web"
)

// metricLabels are those that a metric may have. Whoever adds one says here why it tells
// nothing of a reader.
var metricLabels = map[string]string{
	"alarm":   "a name of the table",
	"method":  "three, and other",
	"route":   "a pattern of the program's own, and other",
	"status":  "of HTTP",
	"state":   "of an issue",
	"outcome": "of an attempt",
	"relay":   "as the configuration has it",
	"chore":   "of the night",
	"url":     "an office's own, as the configuration has it",
}

// TestMetrics: the table can be read, each name is as Prometheus wants it, each label is
// one that is said to be harmless, and what notices move waits for the hour.
func TestMetrics(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	cfg, err := config.Parse(filepath.Join(dir, "k.toml"), config.DemoSource(dir, "http://localhost:1", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1", 2525))
	if err := errors.Join(err, seal.Generate(now).Write(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	s, err := Open(cfg, "a test", func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.readHour(engine.NoticeSums{})
	s.requests.saw(web.Seen{Method: "POST", Route: "/correct", Status: 200})
	s.visits.note("https://magazine.example.jp", visit{fault: "it is not there", failed: 2, until: now})
	s.lookOut()
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(newCollector(s))
	if problems, err := testutil.GatherAndLint(all); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, f := range families {
		seen = append(seen, f.GetName())
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if metricLabels[l.GetName()] == "" || strings.Contains(l.GetValue(), "@") {
					t.Errorf("%s has a label %s=%q", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
	for _, m := range metrics {
		if !slices.Contains(seen, m.name) && !strings.Contains(m.name, "relay") { // there are none before the engine runs
			t.Errorf("%s is not told; %v", m.name, seen)
		}
	}
	page := func() string {
		w := httptest.NewRecorder()
		s.metricsPage().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		return w.Body.String()
	}
	before := page()
	for _, want := range []string{
		`kairan_http_requests_total{method="POST",route="/correct",status="200"} 1`, `kairan_alarms{alarm="pages"} 1`, `kairan_alarms{alarm="relay"} 0`,
		`kairan_page_up{url="https://magazine.example.jp"} 0`, `kairan_notices_total{outcome="accepted"} 0`,
	} {
		if !strings.Contains(before, want+"\n") {
			t.Errorf("there is no %s in\n%s", want, before)
		}
	}
	for range 3 {
		if err := s.Store.NoteDone(t.Context(), "anything", now); err != nil {
			t.Fatal(err)
		}
	}
	if after := page(); after != before {
		t.Error("a commit is told before the hour is over")
	}
	s.readHour(engine.NoticeSums{Accepted: 2})
	s.readHour(engine.NoticeSums{Accepted: 3, Refused: 1})
	for _, want := range []string{`kairan_notices_total{outcome="accepted"} 5`, `kairan_notices_total{outcome="refused"} 1`, "kairan_commits_total 3"} {
		if after := page(); !strings.Contains(after, want+"\n") {
			t.Errorf("there is no %s in\n%s", want, after)
		}
	}
}
