package subscribe

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// memory is a Store and a RequestQueue in maps. It holds its callers to the contract: it
// runs every operation twice, of which the first is undone, and fails a test
// whose operation reads after it has written.
type memory struct {
	t   *testing.T
	mu  sync.Mutex
	now func() time.Time

	entries  map[string][]Subscriber // by list, in the order of Seq
	marks    map[markKey]Mark
	tallies  map[TallyKey]Tally
	requests []Request
	owed     []Notice
	requestN uint64
	full     bool  // there is no room for one more entry
	once     bool  // run every operation once, to be quicker
	commits  int   // that changed anything
	synced   int   // commits, of which some changed nothing
	fault    error // what the disk says
}

type markKey struct{ list, identity string }

var (
	_ Store        = (*memory)(nil)
	_ RequestQueue = (*memory)(nil)
)

func newMemory(t *testing.T, now func() time.Time) *memory {
	return &memory{t: t, now: now, entries: map[string][]Subscriber{}, marks: map[markKey]Mark{}, tallies: map[TallyKey]Tally{}}
}

func (m *memory) Update(ctx context.Context, op func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &memoryTx{memory: m, at: m.now()}
	if m.once {
		if err := op(tx); err != nil {
			return err
		}
		for _, write := range tx.writes {
			write()
		}
		return nil
	}
	first := op(&memoryTx{memory: m, at: m.now()})
	if err := op(tx); err != nil || first != nil {
		if (err == nil) != (first == nil) {
			m.t.Errorf("run again, an operation said %v instead of %v", err, first)
		}
		return err
	}
	if m.fault != nil {
		return m.fault
	}
	for _, write := range tx.writes {
		write()
	}
	if tx.anyway || len(tx.writes) > 0 {
		m.synced++
	}
	if len(tx.writes) > 0 {
		m.commits++
	}
	return nil
}

func (m *memory) WaitingRequests(_ context.Context, most int) ([]Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		return nil, m.fault
	}
	return append([]Request(nil), m.requests[:min(most, len(m.requests))]...), nil
}

// memoryTx collects what an operation writes.
type memoryTx struct {
	*memory
	at     time.Time
	writes []func()
	anyway bool
}

var _ Tx = (*memoryTx)(nil)

func (tx *memoryTx) reading() {
	if len(tx.writes) > 0 {
		tx.t.Error("an operation reads after its first write")
	}
}

func (tx *memoryTx) write(f func()) { tx.writes = append(tx.writes, f) }

func (tx *memoryTx) Now() time.Time { return tx.at }

func (tx *memoryTx) Anyway() { tx.anyway = true }

func (tx *memoryTx) RoomToJoin() error {
	if tx.full {
		return ErrBusy
	}
	return nil
}

func (tx *memoryTx) ByAddress(list string, a Address) (*Subscriber, error) {
	return tx.find(list, func(s Subscriber) bool { return s.State == Active && s.Address.Identity() == a.Identity() })
}

func (tx *memoryTx) ByID(list string, id ID) (*Subscriber, error) {
	return tx.find(list, func(s Subscriber) bool { return s.ID == id })
}

func (tx *memoryTx) ByMailbox(list string, a Address) (all []*Subscriber, err error) {
	tx.reading()
	for _, s := range tx.entries[list] {
		if s.State != Ended && s.Address.Mailbox() == a.Mailbox() {
			s.Fields = maps.Clone(s.Fields)
			all = append(all, &s)
		}
	}
	return all, nil
}

func (tx *memoryTx) OwnID(list string, a Address) ID {
	sum := sha256.Sum256([]byte(list + "\x00" + a.Identity()))
	return ID(sum[:16])
}

// find returns a copy of the newest entry that fits.
func (tx *memoryTx) find(list string, fits func(Subscriber) bool) (*Subscriber, error) {
	tx.reading()
	for i := len(tx.entries[list]) - 1; i >= 0; i-- {
		if s := tx.entries[list][i]; fits(s) {
			s.Fields = maps.Clone(s.Fields)
			return &s, nil
		}
	}
	return nil, nil
}

func (tx *memoryTx) Put(s *Subscriber) {
	kept := *s
	tx.write(func() {
		if kept.Seq == 0 {
			kept.Seq = Seq(len(tx.entries[kept.List]) + 1)
			tx.entries[kept.List] = append(tx.entries[kept.List], kept)
			return
		}
		tx.entries[kept.List][kept.Seq-1] = kept
	})
}

func (tx *memoryTx) Mark(list string, a Address) (*Mark, error) {
	tx.reading()
	if m, ok := tx.marks[markOf(list, a)]; ok {
		return &m, nil
	}
	return nil, nil
}

func (tx *memoryTx) SetMark(list string, a Address, m Mark) {
	if a.IsZero() {
		tx.t.Error("a mark is set on no address")
	}
	tx.write(func() { tx.marks[markOf(list, a)] = m })
}

// markOf: the installation's marks are of the mailbox.
func markOf(list string, a Address) markKey {
	if list == "" {
		return markKey{"", a.Mailbox()}
	}
	return markKey{list, a.Identity()}
}

func (tx *memoryTx) Tally(k TallyKey) (Tally, error) {
	tx.reading()
	t := tx.tallies[k]
	if !tx.at.Before(t.Until) {
		return Tally{}, nil
	}
	t.Times, t.Slots = slices.Clone(t.Times), slices.Clone(t.Slots)
	return t, nil
}

func (tx *memoryTx) SetTally(k TallyKey, t Tally) {
	tx.write(func() {
		if t.Until.IsZero() {
			delete(tx.tallies, k)
			return
		}
		tx.tallies[k] = t
	})
}

func (tx *memoryTx) Waiting() int {
	tx.reading()
	return len(tx.requests)
}

func (tx *memoryTx) PutRequest(s Request) {
	tx.write(func() {
		tx.requestN++
		s.N = tx.requestN
		tx.requests = append(tx.requests, s)
	})
}

func (tx *memoryTx) DropRequest(n uint64) {
	tx.write(func() {
		for i, s := range tx.requests {
			if s.N == n {
				copy(tx.requests[1:i+1], tx.requests[:i]) // one of the oldest, as a rule
				tx.requests = tx.requests[1:]
				return
			}
		}
		tx.t.Error("a request is dropped that is not there")
	})
}

func (tx *memoryTx) Owe(n Notice) { tx.write(func() { tx.owed = append(tx.owed, n) }) }

var errDisk = errors.New("the disk is full")

// dry runs do without keeping what it writes.
func (m *memory) dry(do func() error) error {
	kept := m.fault
	m.fault = errDisk
	defer func() { m.fault = kept }()
	if err := do(); !errors.Is(err, errDisk) {
		return err
	}
	return nil
}
