package service

import (
	"errors"
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
	mux.HandleFunc("GET /readyz", probe(ready, func() (but string, err error) { return s.caveat(), s.Store.RoomToStart() }))
	mux.HandleFunc("GET /readyz/mail", probe(ready, func() (but string, err error) {
		if why := s.noMail(); why != "" {
			return "", errors.New(why)
		}
		return "", nil
	}))
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
}

// probe answers 503 until ready is closed, and while there is a fault; otherwise
// "ok", with what there is to say all the same.
func probe(ready <-chan struct{}, look func() (but string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
		default:
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		switch but, err := look(); {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case but != "":
			fmt.Fprintf(w, "ok, but %s\n", but)
		default:
			fmt.Fprintln(w, "ok")
		}
	}
}

// caveat is what is amiss and no reason to be taken out of service, since sign-ups
// are still taken in; "": nothing.
func (s *Service) caveat() string {
	if err := s.Store.JournalFault(); err != nil {
		return err.Error()
	}
	if why := s.noMail(); why != "" {
		return why
	}
	if wrong, why := s.scheduler.Clock(); wrong {
		return "no issue starts: the clock is wrong: " + why
	}
	if some := s.someMail(); some != "" {
		return some
	}
	if u := s.Store.Unreadable(); u.Sum() > 0 {
		return "damaged and set apart: " + u.String()
	}
	if doubts := s.backupDoubts.Load(); doubts != nil {
		return *doubts
	}
	return ""
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

// noMail says why nothing goes out, since the database is a copy or no relay takes
// mail; "": it does.
func (s *Service) noMail() string {
	if why := s.heldWhy(); why != "" {
		return "no mail goes out: " + why
	}
	stopped, why, next := s.engine.Stopped()
	if !stopped {
		return ""
	}
	return fmt.Sprintf("no mail goes out: %s; next try %s", why, next.Format(time.RFC3339))
}
