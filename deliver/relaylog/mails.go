package relaylog

import (
	"cmp"
	"time"

	"example.jp/kairan/deliver"
)

// How many messages are known at one time. What is too much goes first in, first out: of a
// copy it is handed on what is known by then; of a message whose Message-ID is forgotten
// so, the log is taken to have none, if more is said of it.
const (
	mostMails    = 1 << 17
	mostNameless = 1 << 16
	mostGone     = 1 << 12
)

// queued is a message in the queue of a relay.
type queued struct {
	source int
	id     string
}

// mail is what is known of a message.
type mail struct {
	id   deliver.MessageID
	own  bool // it may be a copy
	met  time.Time
	word deliver.RelayWord // 0: nothing since its header was read

	status, returns string // of the last delivery that was tried; see [deliver.Heard]
}

// known is a message that is forgotten.
type known struct {
	mail
	source int
}

// nameless is a message of which a line tells that has no Message-ID.
type nameless struct {
	seen, arrived time.Time // first seen; when it came in, if that is known
	word          deliver.RelayWord
}

// mails are the messages of a log that are in a queue.
type mails struct {
	live     map[queued]*mail
	order    ring[ordered]
	nameless map[queued]nameless
	gone     map[queued]deliver.MessageID // lately, to tell what a filter hands back
	goneBy   ring[queued]
}

func newMails() mails {
	return mails{
		live: map[queued]*mail{}, nameless: map[queued]nameless{}, gone: map[queued]deliver.MessageID{},
		order: ring[ordered]{most: mostMails}, goneBy: ring[queued]{most: mostGone},
	}
}

// ordered is a message in the order in which they came; one whose queue id was used again
// is another.
type ordered struct {
	key  queued
	mail *mail
}

// ring holds the last so many.
type ring[T any] struct {
	all  []T
	at   int
	most int
}

// put puts one in, and returns the one that falls out.
func (r *ring[T]) put(x T) (out T, full bool) {
	if len(r.all) < r.most {
		r.all = append(r.all, x)
		return out, false
	}
	out, r.all[r.at] = r.all[r.at], x
	r.at = (r.at + 1) % r.most
	return out, true
}

// meet notes the Message-ID of a queue id. Short queue ids are used again: then the message
// that had it has gone.
func (m *mails) meet(key queued, x mail) (out []known) {
	if n, ok := m.nameless[key]; ok && !x.met.After(n.seen.Add(unordered)) {
		x.word = n.word // its lines came in another order, as logs do that are put together
		delete(m.nameless, key)
	}
	if had := m.live[key]; had != nil {
		out = append(out, known{*had, key.source})
	}
	delete(m.gone, key)
	m.live[key] = &x
	if old, full := m.order.put(ordered{key, &x}); full && m.live[old.key] == old.mail {
		out = append(out, known{*old.mail, old.key.source})
		delete(m.live, old.key)
	}
	return out
}

// unordered is how far lines of one host may stand in another order than they were written.
const unordered = 10 * time.Second

// say notes what becomes of a message.
func (m *mails) say(key queued, word deliver.RelayWord, at, arrived time.Time, s *source) {
	if x := m.live[key]; x != nil {
		x.word = max(x.word, word)
		return
	}
	if _, lately := m.gone[key]; lately {
		return
	}
	n, ok := m.nameless[key]
	if !ok {
		n.seen = at
	}
	n.word = max(n.word, word)
	if !arrived.IsZero() {
		n.arrived = arrived
	}
	if len(m.nameless) >= mostNameless && !ok {
		s.lacks(n)
		return
	}
	m.nameless[key] = n
}

// detail notes of a message, if it may be a copy, what its bounce would say.
func (m *mails) detail(key queued, status, returns string) {
	if x := m.live[key]; x != nil && x.own {
		x.status, x.returns = cmp.Or(status, x.status), cmp.Or(returns, x.returns)
	}
}

// drop forgets a message that was not taken. One whose header came later is another.
func (m *mails) drop(key queued, at time.Time) {
	if x := m.live[key]; x != nil && x.word == 0 && !at.Before(x.met) {
		delete(m.live, key)
	}
}

// removed forgets a message that has left the queue.
func (m *mails) removed(key queued) []known {
	x := m.live[key]
	if x == nil {
		return nil
	}
	delete(m.live, key)
	if old, full := m.goneBy.put(key); full {
		delete(m.gone, old)
	}
	m.gone[key] = x.id
	return []known{{*x, key.source}}
}

// goesOn says whether a message that was handed on is the one that another queue of the
// log has under that id: what a filter hands back, or the next relay took.
func (m *mails) goesOn(key queued, id []byte, sources int) bool {
	x := m.live[key]
	if x == nil || !x.own || len(id) == 0 {
		return false
	}
	for n := range sources {
		next := queued{n, string(id)}
		if y := m.live[next]; y != nil && y.own && y.id == x.id && next != key {
			return true
		}
		if y, ok := m.gone[next]; ok && y == x.id && next != key {
			return true
		}
	}
	return false
}

// rest are the messages that are in the queue at the end of the log.
func (m *mails) rest(sources []*source) (out []known) {
	for key, x := range m.live {
		out = append(out, known{*x, key.source})
	}
	for key, n := range m.nameless {
		sources[key.source].lacks(n)
	}
	return out
}
