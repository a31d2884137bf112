package store

import (
	"container/heap"
	"sync"
	"time"
)

// dueQueue orders numbers by the time at which they are due, in memory.
type dueQueue struct {
	mu sync.Mutex
	h  dueHeap
}

type dueItem struct {
	at time.Time
	n  uint64
}

func (q *dueQueue) push(at time.Time, n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	heap.Push(&q.h, dueItem{at, n})
}

// pop takes the number that is due first, if it is due at now.
func (q *dueQueue) pop(now time.Time) (uint64, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.h) == 0 || q.h[0].at.After(now) {
		return 0, false
	}
	return heap.Pop(&q.h).(dueItem).n, true
}

// size is how many numbers are in it.
func (q *dueQueue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.h)
}

// hurry makes the numbers due at that time that are in the queue.
func (q *dueQueue) hurry(numbers map[uint64]bool, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.h {
		if numbers[q.h[i].n] {
			q.h[i].at = at
		}
	}
	heap.Init(&q.h)
}

type dueHeap []dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueItem)) }
func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
