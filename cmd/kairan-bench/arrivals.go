package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// arrivals are visitors who come at their times to sign up and to leave, in turn, whether or
// not those before have their answers: who must wait makes nobody come later, and so is not
// left out.
type arrivals struct {
	every  time.Duration // between two visitors
	client *http.Client
	links  []string // by which they leave
	joined int
}

// arrived is how long they waited for their answers, from when they were to come.
type arrived struct {
	SignUps  int       `json:"sign_ups"`
	Leavings int       `json:"leavings"`
	SignUp   quantiles `json:"sign_up_ms"`
	Leave    quantiles `json:"leave_ms"`
}

// newArrivals are so many sign-ups a second, and as many leavings by these links.
func newArrivals(perSecond int, links []string) *arrivals {
	return &arrivals{
		every: time.Second / time.Duration(2*perSecond), links: links,
		client: &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}},
	}
}

// come has them come until ctx ends, and waits for the last answer.
func (a *arrivals) come(ctx context.Context, site string) (arrived, error) {
	defer a.client.CloseIdleConnections()
	var mu sync.Mutex
	var waited [2][]time.Duration
	var all errgroup.Group
	began, unhindered := time.Now(), context.WithoutCancel(ctx)
	for n := 0; ; n++ {
		due := began.Add(time.Duration(n) * a.every)
		if pause(ctx, time.Until(due)) != nil {
			break
		}
		path, form := a.next(n)
		if path == "" {
			break
		}
		all.Go(func() error {
			err := a.visit(unhindered, site, path, form)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			waited[n%2] = append(waited[n%2], took)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return arrived{}, err
	}
	if len(waited[1]) == 0 {
		return arrived{}, errors.New("there was no time for visitors: give more --readers")
	}
	return arrived{len(waited[0]), len(waited[1]), quantilesOf(waited[0]), quantilesOf(waited[1])}, nil
}

// next is what the n-th visitor sends; "": nobody is left who could leave.
func (a *arrivals) next(n int) (path, form string) {
	if n%2 == 0 {
		a.joined++
		return "/lists/" + listID, fmt.Sprintf("lang=en&email=visitor-%d%%40v%02d.example.org&website=", a.joined, a.joined%50)
	}
	if len(a.links) == 0 {
		return "", ""
	}
	path, a.links = a.links[0], a.links[1:]
	return path, "List-Unsubscribe=One-Click"
}

// visit sends a form, and waits for the whole answer.
func (a *arrivals) visit(ctx context.Context, site, path, form string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+site+path, strings.NewReader(form))
	if err != nil {
		return err
	}
	r.Host = "magazine.office.example.jp"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := a.client.Do(r)
	if err != nil {
		return fmt.Errorf("a visitor got no answer: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("a visitor was answered %s", res.Status)
	}
	return nil
}
