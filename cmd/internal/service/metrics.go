package service

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
)

// metric is one number, or one for each of its labels. No label is about a reader.
//
// Who can see the metrics, and type an address into a form, must not learn from them
// whether it is known: a mail goes out to one that is, and none to one that is not. So
// whatever a notice moves is read once an hour, as the log has it; see [hourly]. For the
// same reason nothing is told of our memory, processor time or open files.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	labels     []string
	read       func(s *Service, tell func(value float64, labels ...string)) error
}

// metrics are all that there are.
var metrics = []metric{
	{"kairan_start_timestamp_seconds", "When the service was started.", prometheus.GaugeValue, nil, func(s *Service, tell func(float64, ...string)) error {
		tell(seconds(s.since))
		return nil
	}},
	{"kairan_alarms", "What is wrong at present, by alarm.", prometheus.GaugeValue, []string{"alarm"}, (*Service).tellAlarmCounts},
	{"kairan_http_requests_total", "Requests at the public pages, by pattern and status.", prometheus.CounterValue, []string{"method", "route", "status"}, func(s *Service, tell func(float64, ...string)) error {
		for x, n := range s.requests.sums() {
			tell(float64(n), x.Method, x.Route, strconv.Itoa(x.Status))
		}
		return nil
	}},
	{"kairan_intake_requests", "Requests that wait in the intake.", prometheus.GaugeValue, nil, func(s *Service, tell func(float64, ...string)) error {
		requests, _ := s.Store.Waiting()
		tell(float64(requests))
		return nil
	}},
	{"kairan_issues", "Issues that are scheduled, running, paused or held.", prometheus.GaugeValue, []string{"state"}, (*Service).tellIssues},
	{"kairan_copies_total", "Attempts at copies of issues, by outcome.", prometheus.CounterValue, []string{"outcome"}, func(s *Service, tell func(float64, ...string)) error {
		for outcome, n := range s.engine.Copies() {
			if outcome > 0 {
				tell(float64(n), deliver.Outcome(outcome).String())
			}
		}
		return nil
	}},
	{"kairan_relay_up", "Whether a relay takes mail, as far as is known.", prometheus.GaugeValue, []string{"relay"}, ofRelays(func(r engine.RelayState) float64 {
		return one(r.Why == "")
	})},
	{"kairan_relay_connections", "Connections to a relay while an issue goes out; 0 at other times.", prometheus.GaugeValue, []string{"relay"}, ofRelays(func(r engine.RelayState) float64 {
		return float64(r.Open)
	})},
	{"kairan_relay_messages_per_minute", "How much a relay is given at most; less while an issue goes out and it asked for less.", prometheus.GaugeValue, []string{"relay"}, ofRelays(func(r engine.RelayState) float64 {
		return float64(r.PerMinute)
	})},
	{"kairan_last_done_timestamp_seconds", "When a chore was last done; 0: never.", prometheus.GaugeValue, []string{"chore"}, (*Service).tellChores},
	{"kairan_page_up", "Whether the pages could be reached, when that was last tried.", prometheus.GaugeValue, []string{"url"}, ofVisits(func(v visit) (float64, bool) {
		return one(v.fault == ""), true
	})},
	{"kairan_page_certificate_end_timestamp_seconds", "When the certificate of the pages ends.", prometheus.GaugeValue, []string{"url"}, ofVisits(func(v visit) (float64, bool) {
		return seconds(v.until), !v.until.IsZero()
	})},
	{"kairan_notices_total", "Attempts at confirmations and other notices, by outcome; counted once an hour.", prometheus.CounterValue, []string{"outcome"}, ofHour(func(h *hourly, tell func(float64, ...string)) {
		for outcome, n := range h.notices {
			if outcome > 0 {
				tell(float64(n), deliver.Outcome(outcome).String())
			}
		}
	})},
	{"kairan_outbox_notices", "Notices that wait in the outbox, in tens; counted once an hour.", prometheus.GaugeValue, nil, ofHour(func(h *hourly, tell func(float64, ...string)) {
		tell(float64(h.outbox / 10 * 10))
	})},
	{"kairan_commits_total", "Commits of the database; counted once an hour.", prometheus.CounterValue, nil, ofHour(func(h *hourly, tell func(float64, ...string)) {
		tell(float64(h.commits))
	})},
	{"kairan_commit_seconds_total", "How long these commits took to get to the disk; counted once an hour.", prometheus.CounterValue, nil, ofHour(func(h *hourly, tell func(float64, ...string)) {
		tell(h.took.Seconds())
	})},
	{"kairan_database_bytes", "How large the database file is; measured once an hour.", prometheus.GaugeValue, nil, ofHour(func(h *hourly, tell func(float64, ...string)) {
		tell(float64(h.file))
	})},
	{"kairan_database_used_bytes", "How much of it is in use; measured once an hour.", prometheus.GaugeValue, nil, ofHour(func(h *hourly, tell func(float64, ...string)) {
		tell(float64(h.used))
	})},
}

// hourly is what notices move, as it was at the last full hour since the start.
type hourly struct {
	notices    [deliver.Uncertain + 1]int
	commits    uint64
	took       time.Duration
	outbox     int
	file, used int64
}

// everyHour logs what became of the notices since the last time, and reads what the metrics
// tell by the hour.
func (s *Service) everyHour(context.Context) {
	sums := s.engine.TakeNotices()
	s.log.Info("Notices", "attempts", sums.String())
	s.readHour(sums)
}

// readHour reads what the metrics tell by the hour, with what became of notices meanwhile.
func (s *Service) readHour(sums engine.NoticeSums) {
	h := hourly{commits: s.Store.Commits(), took: s.Store.Took()}
	if before := s.hour.Load(); before != nil {
		h.notices = before.notices
	}
	for outcome, n := range map[deliver.Outcome]int{
		deliver.Accepted: sums.Accepted, deliver.Deferred: sums.Deferred, deliver.Refused: sums.Refused, deliver.Uncertain: sums.Uncertain,
	} {
		h.notices[outcome] += n
	}
	_, h.outbox = s.Store.Waiting()
	h.file, h.used = s.Store.Octets()
	s.hour.Store(&h)
}

func (s *Service) tellAlarmCounts(tell func(float64, ...string)) error {
	n := map[string]int{}
	for _, a := range s.Alarms() {
		n[a.Name]++
	}
	for _, row := range alarmRows {
		tell(float64(n[row.name]), row.name)
	}
	return nil
}

func (s *Service) tellIssues(tell func(float64, ...string)) error {
	live, err := s.Store.Live()
	if err != nil {
		return err
	}
	held, err := s.Store.HeldIssues()
	n := map[deliver.State]int{deliver.Held: len(held)}
	for _, i := range live {
		n[i.State]++
	}
	for _, state := range []deliver.State{deliver.Scheduled, deliver.Running, deliver.Paused, deliver.Held} {
		tell(float64(n[state]), state.String())
	}
	return err
}

func (s *Service) tellChores(tell func(float64, ...string)) error {
	for label, names := range map[string][]string{"backup": {backupChore, handBackup}, "verify": {verified}, "purge": {purgeChore}, "compact": {store.CompactChore}} {
		last, err := s.lastDone(names...)
		if err != nil {
			return err
		}
		tell(seconds(last), label)
	}
	return nil
}

func ofRelays(value func(engine.RelayState) float64) func(*Service, func(float64, ...string)) error {
	return func(s *Service, tell func(float64, ...string)) error {
		for _, r := range s.engine.RelayStates() {
			tell(value(r), r.Name)
		}
		return nil
	}
}

func ofVisits(value func(visit) (v float64, ok bool)) func(*Service, func(float64, ...string)) error {
	return func(s *Service, tell func(float64, ...string)) error {
		for base, v := range s.visits.all() {
			if x, ok := value(v); ok {
				tell(x, base)
			}
		}
		return nil
	}
}

func ofHour(read func(*hourly, func(float64, ...string))) func(*Service, func(float64, ...string)) error {
	return func(s *Service, tell func(float64, ...string)) error {
		if h := s.hour.Load(); h != nil {
			read(h, tell)
		}
		return nil
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seconds are those since 1970; 0 of no instant.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.Unix())
}

// collector reads the table for Prometheus.
type collector struct {
	s     *Service
	descs []*prometheus.Desc
}

func newCollector(s *Service) *collector {
	c := &collector{s: s}
	for _, m := range metrics {
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, m.labels, nil))
	}
	return c
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect implements [prometheus.Collector]. What cannot be read is left out, and logged.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	for n, m := range metrics {
		err := m.read(c.s, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(c.descs[n], m.kind, value, labels...)
		})
		if err != nil {
			c.s.blind(err)
		}
	}
}

// metricsPage answers Prometheus.
func (s *Service) metricsPage() http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(newCollector(s))
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{DisableCompression: true})
}
