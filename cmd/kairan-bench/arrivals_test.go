package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestArrivals: visitors come at their times although nobody before them has an answer, and
// how long they waited counts from then.
func TestArrivals(t *testing.T) {
	t.Parallel()
	const crowd = 20
	links := make([]string, 1000)
	for n := range links {
		links[n] = "/leave/token"
	}
	a := newArrivals(100, links)
	var came, left atomic.Int64
	all := make(chan struct{})
	answer := sync.OnceFunc(func() { close(all) })
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/leave/token" {
			left.Add(1)
		}
		if came.Add(1) == crowd {
			answer()
		}
		<-all // nobody has an answer before all of them have come
	}))
	defer site.Close()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	go func() {
		select {
		case <-all:
		case <-ctx.Done():
			t.Error("visitors wait for each other")
			answer()
		}
		stop()
	}()
	got, err := a.come(ctx, strings.TrimPrefix(site.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if n := got.SignUps + got.Leavings; n < crowd || int64(n) != came.Load() || int64(got.Leavings) != left.Load() || len(links)-len(a.links) != got.Leavings {
		t.Errorf("%+v; %d came, %d left", got, came.Load(), left.Load())
	}
	if first := millis((crowd - 2) * a.every); got.SignUp.Max < first || got.Leave.Max < first {
		t.Errorf("%+v: the first was to be answered after %.0f ms", got, first)
	}
}

func TestArrivalsRefused(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.NotFoundHandler())
	defer site.Close()
	if _, err := newArrivals(1000, []string{"/leave/token"}).come(t.Context(), strings.TrimPrefix(site.URL, "http://")); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("%v", err)
	}
}
