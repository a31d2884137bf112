package deliver

import (
	"sync"
	"time"
)

// bucket is the rate at which the relay is given messages: tokens drop in
// evenly, at most one second's worth waits. It begins empty, so that a restart
// gives no burst beyond the rate.
type bucket struct {
	mu        sync.Mutex
	perMinute int // 0: no limit
	tokens    float64
	last      time.Time
}

// take takes a token, if there is one.
func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.perMinute <= 0 {
		return true
	}
	b.fill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// owe takes a token that may not have dropped in yet: notices do not wait.
func (b *bucket) owe(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.perMinute > 0 {
		b.fill(now)
		b.tokens--
	}
}

// giveBack returns a token that was not used.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens++
}

func (b *bucket) fill(now time.Time) {
	if b.last.IsZero() || now.Before(b.last) {
		b.last = now
	}
	perSecond := float64(b.perMinute) / 60
	b.tokens = min(b.tokens+now.Sub(b.last).Seconds()*perSecond, max(perSecond, 1))
	b.last = now
}
