package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const floodConns = 32

// floodSize is how many sign-ups attack one address, and then as many addresses.
var floodSize = flag.Int("flood", 1000, "sign-ups of each flood")

// flood is a story without a script: the real program under attack.
type flood struct {
	*story
	client *http.Client
}

func newFlood(t *testing.T, limits map[string]string) *flood {
	t.Helper()
	s := newStory(t, t.TempDir())
	t.Cleanup(s.end)
	if err := s.startRelay(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(s.sink.Addr())
	if err != nil {
		t.Fatal(err)
	}
	set := s.settings(port)
	delete(set, "limits.requests_per_network_per_hour")
	maps.Copy(set, limits)
	if err := s.configure(set, sampleLists()); err != nil {
		t.Fatal(err)
	}
	if s.server, err = s.start(); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: floodConns}
	t.Cleanup(transport.CloseIdleConnections)
	return &flood{s, &http.Client{Transport: transport, Timeout: patience}}
}

// attack posts n sign-ups at once and counts the answers by status. from says
// which address is typed in which network.
func (f *flood) attack(n int, from func(i int) (address, network string)) map[int]int {
	var wg sync.WaitGroup
	var next atomic.Int64
	var mu sync.Mutex
	answers := map[int]int{}
	for range floodConns {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				status := f.ask(from(i))
				mu.Lock()
				answers[status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return answers
}

// ask posts one sign-up and returns the status, 0 if there was no answer.
func (f *flood) ask(address, network string) int {
	form := url.Values{"email": {address}}.Encode()
	req, err := http.NewRequest(http.MethodPost, "http://"+f.public+"/lists/japanifornia", strings.NewReader(form))
	if err != nil {
		f.t.Error(err)
		return 0
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Real-IP", network)
	r, err := f.client.Do(req)
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

// honest is somebody else who signs up now, from a network of their own, and
// must get the mail.
func (f *flood) honest(t *testing.T, address, network string) {
	t.Helper()
	if status := f.ask(address, network); status != http.StatusOK {
		t.Errorf("%s: the honest sign-up is answered %d", t.Name(), status)
	}
	// Thousands of mails may stand before it: patience is between two of them.
	for came, before := false, -1; !came; {
		if before == f.sink.Count() {
			t.Errorf("%s: the honest sign-up got %d mails", t.Name(), f.sink.CountTo(address))
			return
		}
		before = f.sink.Count()
		came = await(func() bool { return f.sink.CountTo(address) == 1 })
	}
}

// settle waits until no mail has come for a while, and returns how many came.
func (f *flood) settle() int {
	for {
		n := f.sink.Count()
		time.Sleep(settled)
		if f.sink.Count() == n {
			return n
		}
	}
}

// The stated ceilings under a thousand sign-ups each against one address and against
// a thousand (.ci/long: ten thousand), from all networks of one line, and under a
// flood from everywhere.
func TestFloodOfSignUps(t *testing.T) {
	t.Parallel()
	const lines, perLine, perHour = 40, 2 * 200, 4000 // one line, an IPv6 /56, may do what two networks may
	f := newFlood(t, map[string]string{"limits.requests_per_hour": fmt.Sprint(perHour)})
	inNetwork := func(kind, i int) string { return fmt.Sprintf("2001:db8:%x:%x::1", kind, i%lines) }
	told := func(what string, answers map[int]int) {
		if answers[http.StatusOK] != perLine || answers[http.StatusTooManyRequests] != *floodSize-perLine {
			t.Errorf("%s: the answers are %v; want %d taken, and the network told of all others", what, answers, perLine)
		}
	}

	const victim = "victim@example.jp"
	told("one address", f.attack(*floodSize, func(i int) (string, string) { return victim, inNetwork(1, i) }))
	f.honest(t, "honest-1@example.jp", "192.0.2.1")
	if n := f.settle(); n != 2 || f.sink.CountTo(victim) != 1 {
		t.Errorf("one address: %d mails went out, %d to the victim; want 1, and the honest one's", n, f.sink.CountTo(victim))
	}

	before := f.sink.Count()
	told("many addresses", f.attack(*floodSize, func(i int) (string, string) { return fmt.Sprintf("victim-%d@example.jp", i), inNetwork(2, i) }))
	f.honest(t, "honest-2@example.jp", "198.51.100.1")
	if n := f.settle() - before; n < 10 || n > 25 {
		t.Errorf("many addresses of one domain: %d mails went out at once, want the few of its pace", n)
	}

	// From everywhere at once the installation's ceiling holds: the same 503 for
	// everybody, one alarm, until the window lets them in.
	rest := perHour - 2*(perLine+1)
	answers := f.attack(rest+100, func(i int) (string, string) {
		return fmt.Sprintf("victim-%d@d%d.example", i, i), fmt.Sprintf("10.%d.%d.1", i>>8, i&255)
	})
	if answers[http.StatusOK] != rest || answers[http.StatusServiceUnavailable] != 100 {
		t.Errorf("everywhere: the answers are %v; want %d taken within the hour", answers, rest)
	}
	if status := f.ask("honest-3@example.jp", "203.0.113.1"); status != http.StatusServiceUnavailable {
		t.Errorf("everywhere: over the ceiling an honest sign-up is answered %d, want 503 like all others", status)
	}
	if n := strings.Count(f.server.text(), "msg=CeilingReached"); n != 1 {
		t.Errorf("everywhere: the alarm rang %d times", n)
	}
	if err := f.advance(66 * time.Minute); err != nil {
		t.Fatal(err)
	}
	f.honest(t, "honest-3@example.jp", "203.0.113.1")
}

// The intake is bounded, also when all other ceilings are out of reach: the
// server is killed in mid-flood, and what then waits is counted. When the flood
// is over, an honest sign-up gets through.
func TestFloodFindsTheIntakeBounded(t *testing.T) {
	t.Parallel()
	const intake = 50
	f := newFlood(t, map[string]string{
		"limits.intake": fmt.Sprint(intake), "limits.requests_per_hour": "1000000", "limits.requests_per_network_per_hour": "1000000",
	})
	server := f.server
	answers := f.attack(40*intake, func(i int) (string, string) {
		if i == 30*intake {
			_ = server.cmd.Process.Kill()
		}
		return fmt.Sprintf("victim-%d@example.jp", i), "192.0.2.1"
	})
	if answers[http.StatusServiceUnavailable] == 0 || answers[http.StatusOK] == 0 || answers[0] == 0 {
		t.Errorf("the answers are %v; want some taken, some refused, and none after the kill", answers)
	}
	if err := f.halt(os.Kill); err != nil {
		t.Fatal(err)
	}
	_, db, err := f.openStore()
	if err != nil {
		t.Fatal(err)
	}
	requests, err := db.WaitingRequests(context.Background(), 100*intake)
	if err != nil || len(requests) > intake {
		t.Errorf("%d requests wait (%v), want at most %d", len(requests), err, intake)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if f.server, err = f.start(); err != nil {
		t.Fatal(err)
	}
	f.settle()
	f.honest(t, "honest@example.jp", "198.51.100.1")
}
