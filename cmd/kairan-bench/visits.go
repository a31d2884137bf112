package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.jp/kairan/subscribe"
)

// visit is one sign-up at the desk behind the pages, by the wall.
type visit struct {
	Who                     string // an address
	Asked, Answered, Mailed time.Time
}

// makeVisits makes the sign-ups, one every senderSpec.Every, all while the issue goes
// out.
func (s *sender) makeVisits(ctx context.Context) ([]visit, error) {
	visits := make([]visit, s.spec.SignUps)
	tick := time.NewTicker(max(1, s.spec.Every))
	defer tick.Stop()
	var all errgroup.Group
	for n := range visits {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, all.Wait()
		}
		if over, err := s.concluded(); err != nil || over {
			return nil, errors.Join(all.Wait(), err, errors.New("the issue was out before the last sign-up: give more --readers, or less --every"))
		}
		visits[n].Who = fmt.Sprintf("visitor-%d-%s@v%02d.example.org", n, s.spec.Slug, n%50)
		all.Go(func() error { return visits[n].make(ctx, s.desk) })
	}
	return visits, all.Wait()
}

func (v *visit) make(ctx context.Context, desk *subscribe.Desk) error {
	to, err := subscribe.ParseAddress(v.Who)
	if err != nil {
		return err
	}
	v.Asked = time.Now()
	err = desk.AskJoin(ctx, subscribe.Ask{List: listID, Address: to, Lang: subscribe.English, From: netip.IPv6Loopback()})
	v.Answered = time.Now()
	return err
}

// noteMails looks up in the relay's record when each visitor's confirmation came.
func noteMails(visits []visit, record string) error {
	copies, err := readRecord(record)
	if err != nil {
		return err
	}
	came := map[string][]int64{}
	for _, c := range copies {
		came[c.recipient] = append(came[c.recipient], c.at)
	}
	for n := range visits {
		at := came[visits[n].Who]
		if len(at) != 1 {
			return fmt.Errorf("sign-up %d has %d confirmations", n, len(at))
		}
		visits[n].Mailed = time.Unix(0, at[0])
	}
	return nil
}

// waits is how long sign-ups take.
type waits struct {
	SignUps int       `json:"sign_ups"`
	Answer  quantiles `json:"answer_ms"` // until the request is on disk
	Relay   quantiles `json:"relay_ms"`  // until the relay has the confirmation
}

// waitsOf sums up the visits; nil: there were none.
func waitsOf(all []took) *waits {
	var answers, mails []time.Duration
	for _, t := range all {
		for _, v := range t.Sent.Visits {
			answers = append(answers, v.Answered.Sub(v.Asked))
			mails = append(mails, v.Mailed.Sub(v.Asked))
		}
	}
	if answers == nil {
		return nil
	}
	return &waits{len(answers), quantilesOf(answers), quantilesOf(mails)}
}

// quantiles are in milliseconds, by nearest rank.
type quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func quantilesOf(times []time.Duration) quantiles {
	times = slices.Sorted(slices.Values(times))
	at := func(q float64) float64 {
		return micros(times[max(0, int(math.Ceil(q*float64(len(times))))-1)]) / 1000
	}
	return quantiles{at(0.5), at(0.9), at(0.99), at(1)}
}

// row is for a table.
func (q quantiles) row(name string) []any {
	return []any{name, fixed(q.P50, 1), fixed(q.P90, 1), fixed(q.P99, 1), fixed(q.Max, 1)}
}
