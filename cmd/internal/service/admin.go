package service

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
)

// adminServer answers the operator's probes on a listener of its own: /healthz,
// whether to restart it; /readyz, whether to send it visitors; and /readyz/mail,
// whether mail goes out, which a load balancer must not ask, since the pages take
// visitors in without it.
func (s *Service) adminServer(ready <-chan struct{}) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := s.Store.LastCommit(); err != nil {
			http.Error(w, "the database cannot be read", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
		default:
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		if err := s.Store.Starting(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if err := s.Store.JournalFault(); err != nil {
			fmt.Fprintf(w, "ok, but %s\n", err)
			return
		}
		if stopped, why := s.noMail(); stopped {
			// Sign-ups are still taken in, so this is said and no reason to be
			// taken out of service.
			fmt.Fprintf(w, "ok, but %s\n", why)
			return
		}
		if wrong, why := s.scheduler.Clock(); wrong {
			fmt.Fprintf(w, "ok, but no issue starts: the clock is wrong: %s\n", why)
			return
		}
		if some := s.someMail(); some != "" {
			fmt.Fprintf(w, "ok, but %s\n", some)
			return
		}
		if u := s.Store.Unreadable(); u.Sum() > 0 {
			fmt.Fprintf(w, "ok, but damaged and set apart: %s\n", u)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz/mail", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
		default:
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		if stopped, why := s.noMail(); stopped {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
}

// someMail says which mails do not go out, where others do; "": none.
func (s *Service) someMail() string {
	var all []string
	for _, x := range s.engine.Held() {
		all = append(all, fmt.Sprintf("no mail of %s goes out: %s; next try %s", x.List, x.Why, x.Next.Format(time.RFC3339)))
	}
	if f := s.engine.Faults(); f != (engine.Faults{}) {
		all = append(all, fmt.Sprintf("mails could not be made since the start (of issues: %s, of others: %s); look for ComposeFault in the log",
			deliver.Thousands(f.Copies), deliver.Thousands(f.Notices)))
	}
	return strings.Join(all, "; ")
}

// noMail says whether nothing goes out, since the database is a copy or no relay
// takes mail, and why.
func (s *Service) noMail() (stopped bool, why string) {
	if why := s.heldWhy(); why != "" {
		return true, "no mail goes out: " + why
	}
	stopped, why, next := s.engine.Stopped()
	if !stopped {
		return false, ""
	}
	return true, fmt.Sprintf("no mail goes out: %s; next try %s", why, next.Format(time.RFC3339))
}
