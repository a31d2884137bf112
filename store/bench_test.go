package store

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// shared runs b.N operations from n goroutines.
func shared(b *testing.B, n int, do func(worker, i int)) {
	var next atomic.Int64
	var worker atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	crowd(n, func() bool {
		w := int(worker.Add(1)) - 1
		for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
			do(w, i)
		}
		return false
	})
}

func BenchmarkSettleAndClaim(b *testing.B) {
	for _, n := range []int{8, 32} {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			s := open(b, Options{Dir: b.TempDir(), Keys: newKeys()})
			seedReaders(b, s, "japanifornia", b.N)
			r := startIssue(b, s, named("japanifornia", "autumn"))
			last := make([]*deliver.Settlement, n)
			shared(b, n, func(w, _ int) {
				x, err := r.Reserve(time.Now())
				if err == nil {
					err = r.SettleAndClaim(context.Background(), last[w], x, nil)
				}
				if err != nil {
					b.Error(err)
					return
				}
				last[w] = &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}
			})
		})
	}
}

// BenchmarkAsk is what the answer of the public form waits for, each request from
// another network.
func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{1, 32} {
		for name, from := range map[string]func(i int) netip.Addr{
			"IPv4": func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}) },
			"IPv6": func(i int) netip.Addr {
				return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i), 0, byte(i >> 16)})
			},
		} {
			b.Run(fmt.Sprintf("%s/at-once=%d", name, n), func(b *testing.B) {
				desk := &subscribe.Desk{
					Store: open(b, Options{Dir: b.TempDir(), Keys: newKeys()}), Lists: subscribe.Lists{"news": {ID: "news"}},
					Limits: subscribe.Limits{Intake: 1 << 30, PerHour: 1 << 30, PerNetworkHour: 1 << 30},
				}
				to := sample("news", "reader@example.jp").Address
				shared(b, n, func(_, i int) {
					if err := desk.AskJoin(context.Background(), subscribe.Ask{List: "news", Address: to, From: from(i)}); err != nil {
						b.Error(err)
					}
				})
			})
		}
	}
}

func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprintf("at-once=%d", n), func(b *testing.B) {
			s := open(b, Options{Dir: b.TempDir(), Keys: newKeys()})
			shared(b, n, func(_, i int) {
				if _, err := joinOne(context.Background(), s, fmt.Sprintf("reader%d@example.jp", i)); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

func BenchmarkLeave(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprintf("at-once=%d", n), func(b *testing.B) {
			s := open(b, Options{Dir: b.TempDir(), Keys: newKeys()})
			ids := seedReaders(b, s, "japanifornia", b.N)
			shared(b, n, func(_, i int) {
				if err := leaveOne(context.Background(), s, ids[i]); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

func BenchmarkBalance(b *testing.B) {
	s := open(b, Options{Dir: b.TempDir(), Keys: newKeys()})
	var page []*subscribe.Subscriber
	for i := range 100_000 {
		page = append(page, sample("japanifornia", fmt.Sprintf("reader%d@example.jp", i)))
	}
	if err := s.Seed(b.Context(), page); err != nil {
		b.Fatal(err)
	}
	startIssue(b, s, named("japanifornia", "autumn"))
	b.ReportAllocs()
	for b.Loop() {
		if x, err := s.Balance(named("japanifornia", "autumn")); err != nil || !x.Balances() {
			b.Fatal(x, err)
		}
	}
}
