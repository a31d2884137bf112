package compose

import (
	"slices"
	"sync"
)

// maxRecent is how many issues are kept in memory: few are worked on at one time.
const maxRecent = 8

// recent keeps what was made of the last few issues that were asked for. It is safe
// for concurrent use.
type recent[K comparable, V any] struct {
	mu   sync.Mutex
	made []entry[K, V] // most recently used last
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// get returns what is kept of a key, or makes it; whoever comes meanwhile waits.
// What could not be made is not kept.
func (r *recent[K, V]) get(key K, create func(K) (V, error)) (V, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.IndexFunc(r.made, func(e entry[K, V]) bool { return e.key == key }); i >= 0 {
		e := r.made[i]
		if i < len(r.made)-1 {
			r.made = append(slices.Delete(r.made, i, i+1), e)
		}
		return e.value, nil
	}
	v, err := create(key)
	if err != nil {
		return v, err
	}
	if len(r.made) >= maxRecent {
		r.made = slices.Delete(r.made, 0, 1)
	}
	r.made = append(r.made, entry[K, V]{key, v})
	return v, nil
}
