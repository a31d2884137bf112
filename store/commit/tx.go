package commit

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// ErrOrder is a programming fault: an operation that reads after it has written
// would not see its own writes.
var ErrOrder = errors.New("an operation read after its first write")

// Tx is one operation's view of the transaction that it shares. Writes are staged,
// and made when the operation has ended well.
type Tx struct {
	Bolt *bolt.Tx

	now    time.Time
	writes []func(*bolt.Tx) error
	anyway bool // commit even without a write
	after  []func()
	fault  error
}

// Now is the commit's one timestamp, to the millisecond.
func (t *Tx) Now() time.Time { return t.now }

// Reading is called before each read: its error is [ErrOrder] if there are writes.
func (t *Tx) Reading() error {
	if len(t.writes) > 0 {
		return ErrOrder
	}
	return nil
}

// Stage puts down a write. Its error is the whole transaction's.
func (t *Tx) Stage(write func(*bolt.Tx) error) { t.writes = append(t.writes, write) }

// Anyway has the operation committed even if it writes nothing: how long it takes then
// does not tell whether there was something to change.
func (t *Tx) Anyway() { t.anyway = true }

// Fail refuses the operation, for a method that returns no error. The first error
// counts.
func (t *Tx) Fail(err error) {
	if t.fault == nil {
		t.fault = err
	}
}

// After puts down what runs once the commit is on disk.
func (t *Tx) After(tell func()) { t.after = append(t.after, tell) }

// Write makes the staged writes.
func (t *Tx) Write() (wrote bool, fault error) {
	wrote = t.anyway
	for _, write := range t.writes {
		if err := write(t.Bolt); err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
}

// next readies the view for another operation.
func (t *Tx) next() { t.writes, t.anyway, t.after, t.fault = t.writes[:0], false, nil, nil }
