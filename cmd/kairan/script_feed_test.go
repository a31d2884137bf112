package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// servedSite is a web site with a feed.
type servedSite struct {
	mu     sync.Mutex
	body   string
	status int
}

// ServeHTTP answers every request alike.
func (s *servedSite) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(s.body))
}

func (s *story) siteCmd(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) < 1 || len(args) > 2, "site FILE [STATUS]")
	if s.site == nil {
		s.site = new(servedSite)
		server := httptest.NewServer(s.site)
		s.t.Cleanup(server.Close)
		ts.Setenv("FEED", server.URL+"/news.rdf")
	}
	s.site.mu.Lock()
	defer s.site.mu.Unlock()
	s.site.body, s.site.status = ts.ReadFile(args[0]), http.StatusOK
	if len(args) == 2 {
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		s.site.status = status
	}
}
