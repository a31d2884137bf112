package service

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestProbesOfAFullDisk: where nothing can be written nobody is sent to us, and it is said
// that no mail goes out.
func TestProbesOfAFullDisk(t *testing.T) {
	t.Parallel()
	ready := make(chan struct{})
	close(ready)
	for size, want := range map[int64]int{64 << 10: http.StatusServiceUnavailable, 64 << 20: http.StatusOK} {
		cfg := configured(t, func(source string) string { return source })
		cfg.MaxSize = size // less than the file has when it is made
		s, err := Open(cfg, "a test", time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		h := s.adminServer(ready)
		for path, says := range map[string]string{"/readyz": "nobody can leave: ", "/readyz/mail": "no mail goes out: "} {
			w := httptest.NewRecorder()
			h.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if body := w.Body.String(); w.Code != want || strings.HasPrefix(body, says) != (want != http.StatusOK) {
				t.Errorf("%s of %d octets: %d, %s", path, size, w.Code, body)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
