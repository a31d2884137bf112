package compose

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// maxRecent is how many issues are kept in memory: few are worked on at one time.
const maxRecent = 8

// recent keeps what was made of the last few issues that were asked for. It is safe
// for concurrent use.
type recent[K comparable, V any] struct {
	mu     sync.Mutex
	made   []entry[K, V] // most recently used last
	making map[K]*flight[V]
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// flight is what is being made. value and err are of whoever waits for done.
type flight[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// get returns what is kept of a key, or makes it, once for all who come meanwhile. They
// wait as long as their context lets them, and others not at all. What could not be made
// is not kept; if it was given up, whoever still waits makes it.
func (r *recent[K, V]) get(ctx context.Context, key K, create func(K) (V, error)) (V, error) {
	for {
		kept, f, mine := r.join(key)
		switch {
		case f == nil:
			return kept, nil
		case mine:
			defer r.land(key, f)
			f.err = errors.New("it has failed") // for the others, should this panic
			f.value, f.err = create(key)
			return f.value, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return kept, ctx.Err()
		}
		if !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
			return f.value, f.err
		}
	}
}

// join finds what is kept of a key, else the flight that makes it, which is mine if
// there was none.
func (r *recent[K, V]) join(key K) (kept V, f *flight[V], mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.find(key); ok {
		return v, nil, false
	}
	if f = r.making[key]; f != nil {
		return kept, f, false
	}
	if r.making == nil {
		r.making = map[K]*flight[V]{}
	}
	f = &flight[V]{done: make(chan struct{})}
	r.making[key] = f
	return kept, f, true
}

func (r *recent[K, V]) land(key K, f *flight[V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.making, key)
	if f.err == nil {
		r.add(key, f.value)
	}
	close(f.done)
}

// kept returns what is kept of a key.
func (r *recent[K, V]) kept(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(key)
}

// keep keeps what was made of a key.
func (r *recent[K, V]) keep(key K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.find(key); !ok {
		r.add(key, v)
	}
}

func (r *recent[K, V]) find(key K) (v V, ok bool) {
	i := slices.IndexFunc(r.made, func(e entry[K, V]) bool { return e.key == key })
	if i < 0 {
		return v, false
	}
	e := r.made[i]
	if i < len(r.made)-1 {
		r.made = append(slices.Delete(r.made, i, i+1), e)
	}
	return e.value, true
}

func (r *recent[K, V]) add(key K, v V) {
	if len(r.made) >= maxRecent {
		r.made = slices.Delete(r.made, 0, 1)
	}
	r.made = append(r.made, entry[K, V]{key, v})
}

// turn is taken by one at a time, as a mutex is, and waited for no longer than a context
// lets. Its zero value is free.
type turn struct {
	made sync.Once
	held chan struct{}
}

func (t *turn) take(ctx context.Context) error {
	t.made.Do(func() { t.held = make(chan struct{}, 1) })
	select {
	case t.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turn) leave() { <-t.held }
