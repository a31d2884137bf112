package store

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/people"
)

// txn is one operation's view of the transaction that it shares, with what the
// operations of one transaction have in common.
type txn struct {
	*commit.Tx
	s *Store

	waiting  int   // requests in the intake as of the operations before
	flying   []int // claims that are not settled yet, likewise, by the relay over which they go
	open     map[*Run]*openBooks
	hashed   people.TallyHashes
	tallies  map[[16]byte]counted
	counting []counting       // staged by this operation
	left     []journal.Line   // what ends in this commit, for the journal
	standing journal.Standing // as of this commit
	alike    bool             // one of the operations takes its time whatever it changes

	measured bool
	space    int64 // see lacks
}

// update hands do to the committer and waits until its commit is on disk.
func (s *Store) update(ctx context.Context, do func(*txn) error) error {
	return s.committer.Do(ctx, do)
}

// write is update for what has nothing to check.
func (s *Store) write(ctx context.Context, write func(*bolt.Tx) error) error {
	return s.update(ctx, func(t *txn) error { t.Stage(write); return nil })
}

// view reads in a transaction of its own.
func view[T any](s *Store, read func(*bolt.Tx) (T, error)) (out T, err error) {
	err = s.file.View(func(b *bolt.Tx) error { out, err = read(b); return err })
	return out, err
}

// owner is what the committer needs of the store.
func (s *Store) owner() commit.Owner[*txn] {
	return commit.Owner[*txn]{
		File: s.file, Now: s.opt.Now, SyncDelay: s.opt.SyncDelay,
		Begin: s.begin, Flush: (*txn).flush, Note: (*txn).note, Committed: (*txn).committed,
	}
}

func (s *Store) begin(tx *commit.Tx) *txn {
	s.spare = append(s.spare[:0], s.flying...)
	return &txn{
		Tx: tx, s: s, flying: s.spare, waiting: s.waiting,
		hashed: people.TallyHashes{}, tallies: map[[16]byte]counted{},
	}
}

// flush readies the transaction for an operation that is no claim, or for its end.
func (t *txn) flush() error {
	t.counting = t.counting[:0]
	return t.closeBooks()
}

// note counts the commit, writes its tallies, and begins to write what ends in it into the
// journal.
func (t *txn) note() (wait func(), err error) {
	if err := t.putTallies(); err != nil {
		return nil, err
	}
	if t.standing, err = noteCommit(t.Bolt, t.Now()); err != nil {
		return nil, err
	}
	var written func() error
	switch {
	case len(t.left) > 0:
		var last uint64
		last, written = t.s.journal.Add(t.left)
		err = t.s.noteJournal(t.Bolt, last)
	case t.alike:
		written = t.s.journal.Feign()
	default:
		return func() {}, nil
	}
	return func() {
		if err := written(); err != nil { // what has ended has ended all the same
			t.s.journal.Report(err)
		}
	}, err
}

// Anyway has the operation committed even if it writes nothing, and the journal written
// to even if nobody has left: its time tells nothing.
func (t *txn) Anyway() {
	t.Tx.Anyway()
	t.alike = true
}

// committed takes over what the transaction counted. For each claim that is open an
// operation comes soon, which settles it: those are the company to expect.
func (t *txn) committed() (company []int) {
	s, now := t.s, t.standing
	s.standing.Store(&now)
	select {
	case s.toNote <- struct{}{}:
	default:
	}
	s.waiting, s.flying, s.spare = t.waiting, t.flying, s.flying
	s.queued.Store(int64(s.waiting))
	return s.flying
}

// fly counts claims that go over a relay, or, below zero, are settled. What an earlier
// process has claimed is settled, too.
func (t *txn) fly(relay uint8, claims int) {
	for len(t.flying) <= int(relay) {
		t.flying = append(t.flying, 0)
	}
	t.flying[relay] = max(t.flying[relay]+claims, 0)
}
