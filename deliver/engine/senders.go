package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// senders are the lists whose sender a relay refuses, at MAIL or at RCPT. Nothing is locked
// while there are none.
type senders struct {
	every time.Duration // a held one is tried at least so often
	n     atomic.Int32  // how many are held

	mu    sync.Mutex
	held  map[string]*hold
	taken map[string]bool // lists whose sender was taken since the first list was held
	ended map[string]ended
}

// ended is the hold of a list that is over. Where the next follows soon it goes on
// from there, so that a sender who is taken and refused in turns fills no timeline.
type ended struct {
	wait time.Duration
	at   time.Time
}

// hold is one list that waits.
type hold struct {
	why    string
	wait   time.Duration
	next   time.Time              // when it is tried
	parked []deliver.QueuedNotice // its notices
}

func newSenders(every time.Duration) *senders {
	return &senders{every: every, held: map[string]*hold{}, taken: map[string]bool{}, ended: map[string]ended{}}
}

func (s *senders) anyHeld() bool { return s.n.Load() > 0 }

// waits says whether a list is held and not to be tried yet.
func (s *senders) waits(list string, now time.Time) bool {
	if !s.anyHeld() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[list]
	return h != nil && now.Before(h.next)
}

// try lets a message of a list through: any if it is not held, and if it is, one
// when its time has come, as a trial. If nothing comes of it another follows
// later. A notice that is not let through is parked, and stays reserved.
func (s *senders) try(list string, notice *deliver.QueuedNotice, now time.Time) (ok, trial bool) {
	if !s.anyHeld() {
		return true, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[list]
	if h == nil || h.begin(now) {
		return true, h != nil
	}
	if notice != nil {
		h.parked = append(h.parked, *notice)
	}
	return false, true
}

// begin says whether a trial may begin, and puts off the next.
func (h *hold) begin(now time.Time) bool {
	if now.Before(h.next) {
		return false
	}
	h.next = now.Add(h.wait)
	return true
}

// unpark is a notice of a list whose time to be tried has come; nil: there is none.
func (s *senders) unpark(now time.Time) *deliver.QueuedNotice {
	if !s.anyHeld() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		if len(h.parked) > 0 && h.begin(now) {
			return h.pop()
		}
	}
	return nil
}

// parking are the lists that wait and have notices parked, which another relay may
// be given.
func (s *senders) parking(now time.Time) (lists []string) {
	if !s.anyHeld() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for list, h := range s.held {
		if len(h.parked) > 0 && now.Before(h.next) {
			lists = append(lists, list)
		}
	}
	return lists
}

// lend gives away a notice that is parked for a list; nil: there is none any more.
func (s *senders) lend(list string) *deliver.QueuedNotice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[list].pop()
}

func (h *hold) pop() *deliver.QueuedNotice {
	if h == nil || len(h.parked) == 0 {
		return nil
	}
	o := h.parked[0]
	h.parked = h.parked[1:]
	return &o
}

// refuse holds a list, or lets it wait longer after a trial. first: it was not
// held before; every: no sender has been taken since the first of at least two was
// refused, so that it is not the sender.
func (s *senders) refuse(list, why string, trial bool, now time.Time) (first, every bool, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[list]
	if first = h == nil; first {
		h = &hold{wait: min(time.Second, s.every)}
		if last, ok := s.ended[list]; ok && now.Sub(last.at) < s.every {
			h.wait = min(2*last.wait, s.every)
		}
		s.held[list] = h
		s.n.Store(int32(len(s.held)))
		h.next = now.Add(h.wait)
	} else if trial {
		h.wait = min(2*h.wait, s.every)
		h.next = now.Add(h.wait)
	}
	h.why = why
	delete(s.taken, list)
	return first, len(s.held) > 1 && len(s.taken) == 0, h.next
}

// take notes that a list's sender was taken. Only a trial ends its hold, since
// others may have begun before it. What was parked is returned.
func (s *senders) take(list string, trial bool, now time.Time) (over bool, parked []deliver.QueuedNotice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[list]
	switch {
	case len(s.held) == 0:
		return false, nil
	case h == nil:
		s.taken[list] = true
		return false, nil
	case !trial:
		return false, nil
	}
	s.ended[list] = ended{h.wait, now}
	delete(s.held, list)
	s.taken[list] = true
	if s.n.Store(int32(len(s.held))); len(s.held) == 0 {
		clear(s.taken)
	}
	return true, h.parked
}

// clear forgets every hold, and returns what was parked.
func (s *senders) clear() (parked []deliver.QueuedNotice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parked = s.releaseLocked()
	clear(s.held)
	clear(s.taken)
	s.n.Store(0)
	return parked
}

// release takes out all notices that are parked; the lists stay held.
func (s *senders) release() []deliver.QueuedNotice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.releaseLocked()
}

func (s *senders) releaseLocked() (parked []deliver.QueuedNotice) {
	for _, h := range s.held {
		parked = append(parked, h.parked...)
		h.parked = nil
	}
	return parked
}

// of says why a list is held and when it is tried; "": it is not held.
func (s *senders) of(list string) (why string, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.held[list]; h != nil {
		return h.why, h.next
	}
	return "", time.Time{}
}

// lastTaken is when the hold of a list last ended; zero: it was never held.
func (s *senders) lastTaken(list string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[list].at
}

// lists are those that are held.
func (s *senders) lists() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for list := range s.held {
		all = append(all, list)
	}
	return all
}
