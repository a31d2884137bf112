package service

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// adminServer answers the operator's probes on a listener of its own: /healthz,
// whether to restart it; /readyz, whether to send it visitors, and the state of each
// alarm; and /readyz/mail, whether mail goes out, which a load balancer must not ask,
// since the pages take visitors in without it. /metrics is for Prometheus.
func (s *Service) adminServer(ready <-chan struct{}) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := s.Store.LastCommit(); err != nil {
			http.Error(w, "the database cannot be read", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", probe(ready, s.readiness))
	mux.HandleFunc("GET /readyz/mail", probe(ready, func() (string, bool) {
		why := s.noMail()
		return cmp.Or(why, "ok"), why == ""
	}))
	mux.Handle("GET /metrics", s.metricsPage())
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
}

// probe answers 503 until ready is closed, and while look says so.
func probe(ready <-chan struct{}, look func() (text string, ok bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, ok := "starting", false
		select {
		case <-ready:
			text, ok = look()
		default:
		}
		if !ok {
			http.Error(w, text, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, text)
	}
}

// readiness says whether to send us visitors: not only while nobody can leave. Who cannot
// sign up is told so by the page. Below stands the state of each alarm.
func (s *Service) readiness() (text string, ok bool) {
	alarms := s.Alarms()
	text = "ok"
	switch why := s.Store.LeavingFault(); {
	case why != nil:
		text = "nobody can leave: " + why.Error()
	case len(alarms) > 0:
		ok, text = true, "ok, but there is something to see to"
	default:
		ok = true
	}
	var lines strings.Builder
	lines.WriteString(text + "\n")
	for _, row := range alarmRows {
		well := true
		for _, a := range alarms {
			if a.Name == row.name {
				well = false
				fmt.Fprintf(&lines, "%s: %s, since %s; %s\n", a.Name, firstLine(a.Why), a.Since.Format(time.RFC3339), a.Hint)
			}
		}
		if well {
			lines.WriteString(row.name + ": ok\n")
		}
	}
	return strings.TrimSuffix(lines.String(), "\n"), ok
}

// noMail says why nothing goes out, since the database is a copy, nothing can be written
// into it, or no relay takes mail; "": it does.
func (s *Service) noMail() string {
	if why := s.heldWhy(); why != "" {
		return "no mail goes out: " + why
	}
	if why := s.Store.LeavingFault(); why != nil { // a copy is claimed before it goes out
		return "no mail goes out: " + why.Error()
	}
	stopped, why, next := s.engine.Stopped()
	if !stopped {
		return ""
	}
	return fmt.Sprintf("no mail goes out: %s; next try %s", why, next.Format(time.RFC3339))
}
