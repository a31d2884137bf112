package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// siege is the real program among clients that mean no good. Somebody else goes on using
// the pages all the time.
type siege struct {
	*town
	leave string // a path
	tries int
	stop  func()

	mu      sync.Mutex // of what has become of the visits
	asked   int
	slowest time.Duration
	wrong   []string
}

// bearable is how long an honest visitor waits for a page, while two cores are busy with
// the attack and with all other tests.
func bearable() time.Duration {
	if composetest.Race {
		return 30 * time.Second
	}
	return 10 * time.Second
}

// besiege starts a service whose counts can be asked, with an honest visitor at it.
// files is how many it may open; "": as many as anybody. Where they are few the visitor tries
// again, as people do, if the connection is ended.
func besiege(t *testing.T, files string) *siege {
	t.Helper()
	w := foundTown(t, uint64(time.Now().UnixNano()), "limits.requests_per_network_per_hour", "100000", "limits.requests_per_hour", "1000000", "limits.intake", "100000")
	who, err := w.settle("subscribed")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := w.mint(w.tokens, subscribe.ToLeave, who, townList, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"counts": "", "files": files} {
		if name == "files" && files == "" {
			continue
		}
		if err := os.WriteFile(w.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
	s := &siege{town: w, leave: "/leave/" + tok, tries: 1}
	if files != "" {
		s.tries = 5
	}
	s.visit()
	return s
}

// held asks the program what it holds.
func (s *siege) held() (h held) {
	s.t.Helper()
	c, err := net.Dial("unix", s.file("counts"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := json.NewDecoder(c).Decode(&h); err != nil {
		s.t.Fatal(err)
	}
	return h
}

// visit looks at pages, signs up and leaves, over new connections and over one that is kept.
func (s *siege) visit() {
	var all sync.WaitGroup
	done := make(chan struct{})
	s.stop = func() { close(done); all.Wait() }
	for _, kept := range []bool{false, true} {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: !kept}, Timeout: patience}
		all.Go(func() {
			defer client.CloseIdleConnections()
			for n := 0; ; n++ {
				for _, x := range []struct{ path, form string }{
					{"/lists/" + otherList, ""},
					{"/lists/" + otherList, fmt.Sprintf("email=visitor%%40v%d-%v.example", n, kept)},
					{s.leave, ""},
					{s.leave, "List-Unsubscribe=One-Click"},
				} {
					began := time.Now()
					fault := "never tried"
					for try := 0; try < s.tries && fault != ""; try++ {
						fault = fetch(client, "http://"+s.public+x.path, x.form)
					}
					took := time.Since(began)
					s.mu.Lock()
					s.slowest = max(s.slowest, took)
					if s.asked++; fault != "" {
						s.wrong = append(s.wrong, fmt.Sprintf("%.12s %q: %s after %s", x.path, x.form, fault, took))
					}
					s.mu.Unlock()
				}
				select {
				case <-done:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
}

// fetch gets a page, or posts a form to it, and says what is wrong with the answer.
func fetch(client *http.Client, at, form string) string {
	method := http.MethodGet
	if form != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, at, strings.NewReader(form))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err.Error()
	}
	if r.StatusCode != http.StatusOK {
		return r.Status
	}
	return ""
}

// calm ends the visits, which must have gone well, and waits until the program holds no more
// than before.
func (s *siege) calm(before held) {
	s.t.Helper()
	s.stop()
	s.t.Logf("%d visits, the slowest answered after %s", s.asked, s.slowest.Round(time.Millisecond))
	for _, w := range s.wrong[:min(5, len(s.wrong))] {
		s.t.Error(w)
	}
	if s.slowest > bearable() {
		s.t.Errorf("a visitor waited for %s", s.slowest)
	}
	var after held
	calm := func() bool {
		after = s.held()
		return after.Goroutines <= before.Goroutines+4 && after.Files <= before.Files+2 && after.Heap <= before.Heap+6<<20
	}
	calmed := await(calm)
	if !calmed { // idle goroutines are kept for as long as that
		calmed = await(calm)
	}
	if !calmed {
		s.t.Errorf("before it held %+v, and now %+v", before, after)
	}
	s.t.Logf("afterwards: %+v", after)
}

// slow are the ways of holding a connection for as long as one can: what is sent at once,
// and what then goes out an octet at a time.
var slow = []struct {
	name, first string
	drip        string // over and over
	asks        bool   // it has asked, and reads no answer, or asks no more: others end it
}{
	{"says nothing", "", "", false},
	{"a head, an octet at a time", "GET / HTTP/1.1\r\nHost: x.example\r\nX-Slow: ", "a", false},
	{"a form, an octet at a time", "POST /lists/japanifornia HTTP/1.1\r\nHost: x.example\r\nContent-Length: 16000\r\n\r\nemail=", "a", false},
	{"a leaving, an octet at a time", "POST /leave/x HTTP/1.1\r\nHost: x.example\r\nContent-Length: 260000\r\n\r\n", "a", false},
	{"chunks, one at a time", "POST /lists/japanifornia HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", false},
	{"waits to be told to continue", "POST /correct HTTP/1.1\r\nHost: x.example\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n", "", false},
	{"reads no answer", strings.Repeat("GET /lists/japanifornia HTTP/1.1\r\nHost: x.example\r\n\r\n", 50), "", true},
	{"asks once, and hangs on", "GET / HTTP/1.1\r\nHost: x.example\r\n\r\n", "", true},
}

// hold holds a connection in one of these ways, until the service ends it or done is closed.
// It returns how long that took; 0: it was not ended.
func hold(address string, how int, done <-chan struct{}) time.Duration {
	x, began := slow[how], time.Now()
	c, err := net.Dial("tcp", address)
	if err != nil {
		return time.Since(began)
	}
	defer c.Close()
	ended := make(chan struct{})
	if !x.asks {
		go func() { _, _ = io.Copy(io.Discard, c); close(ended) }()
	}
	_, err = io.WriteString(c, x.first)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		select {
		case <-ended:
			return time.Since(began)
		case <-done:
			return 0
		case <-tick.C:
			_, err = io.WriteString(c, x.drip)
		}
	}
	return time.Since(began)
}

// readWithin is how long a request may take, from its first octet; see web.
const readWithin = 10 * time.Second

// TestSlowClients: more than may be open hold a connection each, in every way there is. Who
// asks in between is answered, none of them is held for long, and nothing remains of them.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	s := besiege(t, "")
	before := s.held()
	done := make(chan struct{})
	var all sync.WaitGroup
	var mu sync.Mutex
	longest, asking := make([]time.Duration, len(slow)), 0
	for i := range 160 * len(slow) {
		how := i % len(slow)
		if !slow[how].asks {
			asking++
		}
		all.Go(func() {
			took := hold(s.public, how, done)
			mu.Lock()
			defer mu.Unlock()
			longest[how] = max(longest[how], took)
			if took != 0 && !slow[how].asks {
				asking--
			}
		})
	}
	left := func() int {
		mu.Lock()
		defer mu.Unlock()
		return asking
	}
	// Hundreds of them come, and are ended, one after the other: patience is between two.
	for before := -1; left() > 0 && left() != before; {
		before = left()
		await(func() bool { return left() < before })
	}
	close(done)
	all.Wait()
	if asking > 0 {
		t.Errorf("%d are still held", asking)
	}
	s.calm(before)
	for how, took := range longest {
		t.Logf("%-32s held for %s at the longest", slow[how].name, took.Round(100*time.Millisecond))
		if !slow[how].asks && took > readWithin+bearable() {
			t.Errorf("%s: held for %s", slow[how].name, took)
		}
	}
	if !strings.Contains(s.server.text(), "msg=ConnectionsFull") {
		t.Error("nobody was told that all connections are in use")
	}
}

// TestFilesRunOut: a machine that has no files left for another connection goes on serving.
func TestFilesRunOut(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows bounds no files")
	}
	s := besiege(t, "150")
	before := s.held()
	done := make(chan struct{})
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() { hold(s.public, i%len(slow), done) })
	}
	if !await(func() bool { return strings.Contains(s.server.text(), "too many open files") }) {
		t.Error("the files never ran out")
	}
	visits := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.asked
	}
	if so := visits(); !await(func() bool { return visits() > so+40 }) {
		t.Error("nobody is served any more")
	}
	close(done)
	all.Wait()
	s.calm(before)
}
