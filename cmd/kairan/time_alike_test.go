package main

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// A difference of time counts if it is both sure and large: other work on this machine
// shifts single answers, and whole runs a little.
const (
	timedPairs = 120 // questions about each of two
	sureZ      = 5.0 // of the rank test, in standard deviations
	timedTries = 3   // it is there only if it is there each time
)

// largeRatio is of the medians. The race detector makes work dear that takes next to no time
// otherwise; what is left out altogether shows all the same.
func largeRatio() float64 {
	if composetest.Race {
		return 3
	}
	return 1.3
}

// TestAnswersTakeTheSameTime asks in turns about somebody who is on the list and about
// somebody who is not, and compares the times by their ranks (Mann and Whitney).
func TestAnswersTakeTheSameTime(t *testing.T) {
	for _, x := range []struct {
		what string
		ask  question
		a, b standing
	}{
		{"the sign-up form", question{method: http.MethodPost, path: pathOf("/lists/" + townList), form: typedAddress}, "subscribed", "unknown"},
		{"the sign-up form, of who is blocked", question{method: http.MethodPost, path: pathOf("/lists/" + townList), form: typedAddress}, "blocked", "unknown"},
		{"the correction form", question{method: http.MethodPost, path: pathOf("/correct"), form: typedAddress}, "subscribed", "unknown"},
		{"a leave link", question{method: http.MethodPost, path: linkOf(subscribe.ToLeave, "/leave/")}, "subscribed", "left"},
		{"a correction link", question{method: http.MethodPost, path: linkOf(subscribe.ToCorrect, "/correct/"), form: formOf(url.Values{"organisation": {"Matsu"}})}, "subscribed", "left"},
		{"a confirm link", question{method: http.MethodPost, path: linkOf(subscribe.ToConfirm, "/confirm/"), form: formOf(url.Values{"name": {"Ume"}, "prefecture": {"13"}})}, "subscribed", "unknown"},
		{"a block link", question{method: http.MethodPost, path: linkOf(subscribe.ToBlock, "/block/")}, "subscribed", "blocked"},
	} {
		t.Run(x.what, func(t *testing.T) {
			var said string
			for range timedTries {
				z, ratio := x.ask.timed(t, x.a, x.b)
				if math.Abs(z) < sureZ || max(ratio, 1/ratio) < largeRatio() {
					return
				}
				said = time.Duration(ratio * float64(time.Millisecond)).String()
				t.Logf("z %.1f, ratio %.2f", z, ratio)
			}
			t.Errorf("who is %s is answered in %s of what 1 ms is for who is %s, %d times in a row", x.a, said, x.b, timedTries)
		})
	}
}

func pathOf(path string) func(*town, *towner) (string, string) {
	return func(*town, *towner) (string, string) { return path, "" }
}

func linkOf(p subscribe.Purpose, page string) func(*town, *towner) (string, string) {
	return func(w *town, o *towner) (string, string) {
		tok, err := w.mint(w.tokens, p, o, townList, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		return page + tok, tok
	}
}

func typedAddress(o *towner) url.Values {
	return url.Values{"email": {o.address}, "list": {townList}}
}

func formOf(form url.Values) func(*towner) url.Values {
	return func(*towner) url.Values { return form }
}

// timed is how far the times of a and of b are apart, and the ratio of their medians.
func (q question) timed(t *testing.T, a, b standing) (z, ratio float64) {
	w := newTownOf(t, map[standing]int{a: timedPairs, b: timedPairs}, "limits.requests_per_hour", "1000000", "limits.requests_per_network_per_hour", "1000000")
	type timing struct {
		of   standing
		took time.Duration
	}
	var all []timing
	for n := range timedPairs {
		pair := []standing{a, b}
		if n%2 == 1 {
			slices.Reverse(pair)
		}
		for _, of := range pair {
			o := w.take(of)
			began := time.Now()
			w.put(q, o)
			all = append(all, timing{of, time.Since(began)})
		}
	}
	slices.SortFunc(all, func(x, y timing) int { return cmp.Compare(x.took, y.took) })
	ranks, medians := 0.0, map[standing][]time.Duration{}
	for n, x := range all {
		if x.of == a {
			ranks += float64(n + 1)
		}
		medians[x.of] = append(medians[x.of], x.took)
	}
	const n = float64(timedPairs)
	z = (ranks - n*(2*n+1)/2) / math.Sqrt(n*n*(2*n+1)/12)
	return z, float64(medians[a][timedPairs/2]) / float64(medians[b][timedPairs/2])
}
