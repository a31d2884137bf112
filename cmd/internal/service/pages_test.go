package service

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/templates"
)

// TestVisits: pages that are not ours, or not there, are an alarm at the second look, and
// a certificate is one before it ends; each hour one page is fetched, and no other.
func TestVisits(t *testing.T) {
	t.Parallel()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	style, path := set.Stylesheet()
	asked := 0
	answer := func(w http.ResponseWriter) { _, _ = w.Write(style) }
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != path || r.Method != http.MethodGet {
			t.Errorf("%s %s is asked for", r.Method, r.URL)
		}
		answer(w)
	}))
	defer server.Close()
	certificate := server.Certificate()
	now := certificate.NotBefore.Add(time.Hour)
	s := &Service{Config: &config.Config{Alarms: config.Alarms{Pages: []string{server.URL}}}, templates: set, now: func() time.Time { return now }, roots: x509.NewCertPool()}
	s.roots.AddCert(certificate)
	look := func(after time.Duration, asks int, want string) {
		t.Helper()
		now, asked = now.Add(after), 0
		s.visitPages(t.Context())
		said := ""
		for _, look := range []func(time.Time, found) error{s.lookAtPages, s.lookAtCertificates} {
			if err := look(now, func(_, why string, _ ...string) { said += why }); err != nil {
				t.Error(err)
			}
		}
		if asked != asks || want == "" != (said == "") || !strings.Contains(said, want) {
			t.Errorf("%s: asked %d times, want %d; said %q, want %q", now, asked, asks, said, want)
		}
	}
	look(0, 1, "")
	look(59*time.Minute, 0, "")
	look(time.Minute, 1, "")
	answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	look(time.Hour, 1, "")
	look(time.Minute, 1, "the answer is 502")
	answer = func(w http.ResponseWriter) { http.Error(w, "welcome to nginx", http.StatusOK) }
	look(time.Minute, 1, "another program answers there")
	answer = func(w http.ResponseWriter) { w.Header().Set("Location", "/"); w.WriteHeader(http.StatusFound) }
	look(time.Minute, 1, "the answer is 302")
	answer = func(w http.ResponseWriter) { _, _ = w.Write(style) }
	look(time.Minute, 1, "")
	now = certificate.NotAfter.Add(-15 * 24 * time.Hour)
	look(0, 1, "")
	look(25*time.Hour, 1, "ends on")
	now = certificate.NotAfter
	look(time.Minute, 0, "")
	look(time.Minute, 0, "certificate has expired")
	server.Close()
	look(time.Minute, 0, "refused")
}

// TestCertificatesOfShortLives are not warned of while they are young.
func TestCertificatesOfShortLives(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]float64{398: 14, 90: 14, 45: 11.25, 6: 1.5} {
		v := visit{from: time.Unix(0, 0), until: time.Unix(int64(days)*86400, 0)}
		if got := v.early().Hours() / 24; got != want {
			t.Errorf("%d days: %v before the end, want %v", days, got, want)
		}
	}
}
