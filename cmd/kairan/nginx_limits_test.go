package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// TestREADMESaysWhatNginxBounds: what is printed.
func TestREADMESaysWhatNginxBounds(t *testing.T) {
	t.Parallel()
	conf := snippet(t, "nginx")
	one := func(pattern string) string {
		t.Helper()
		all := regexp.MustCompile(pattern).FindAllStringSubmatch(conf, -1)
		if len(all) != 1 {
			t.Fatalf("%s is there %d times", pattern, len(all))
		}
		return all[0][1]
	}
	row := "| one address, by the printed nginx | " + one(`(?s)location / \{\s+limit_conn kairan_at_once (\d+);`) + " requests at once; " + one(`burst=(\d+) nodelay;`) +
		", and then " + one(`rate=(\d+)r/s;`) + " a second; for leaving, " + one(`(?s)location \^~ /leave/ \{\s+limit_conn kairan_at_once (\d+);`) + " at once |"
	if !strings.Contains(page(t, "README.md"), row) {
		t.Errorf("the README does not say\n%s", row)
	}
}

// TestNginxBoundsEachAddress: the printed proxy passes on so much of one address and no
// more; leaving has no rate, since a mailbox provider posts for all its users.
func TestNginxBoundsEachAddress(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 1000), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lists/slow" {
			arrived <- struct{}{}
			<-release
		}
		_, _ = io.WriteString(w, "ok")
	}))
	defer upstream.Close()
	f := startNginx(t, upstream.URL)
	const atOnce = 100
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			if status, _, _ := f.ask(t, http.MethodGet, "https://"+f.https+"/lists/slow", ""); status != 200 {
				t.Errorf("one of %d at once is answered %d", atOnce, status)
			}
		})
	}
	for range atOnce {
		<-arrived
	}
	a := f.answer(t, http.MethodGet, "https://"+f.https+"/", "")
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("one more is answered %d %v", a.StatusCode, a.Header)
	}
	if status, _, text := f.ask(t, http.MethodPost, "https://"+f.https+"/leave/"+leaked, "List-Unsubscribe=One-Click"); status != 200 || text != "ok" {
		t.Errorf("leaving meanwhile is answered %d", status)
	}
	close(release)
	all.Wait()

	counts := map[string]map[int]int{"GET /": {}, "POST /leave/x": {}}
	var mu sync.Mutex
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: f.trust(), MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	for range 16 {
		all.Go(func() {
			for range 150 {
				for what := range counts {
					method, path, _ := strings.Cut(what, " ")
					r, err := http.NewRequestWithContext(t.Context(), method, "https://"+f.https+path, strings.NewReader(""))
					if err != nil {
						t.Error(err)
						return
					}
					answer, err := client.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					mu.Lock()
					counts[what][answer.StatusCode]++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	said := fmt.Sprint(counts)
	if got := counts["GET /"]; got[200] < 400 || got[200]+got[503] != 2400 {
		t.Errorf("a flood of pages is answered %s", said)
	}
	if got := counts["POST /leave/x"]; got[200] != 2400 {
		t.Errorf("a flood of leavings is answered %s", said)
	}
	t.Log(said)
}
