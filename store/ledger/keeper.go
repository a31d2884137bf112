package ledger

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// Keeper keeps the ledgers of runs, and checks what it reads of them.
type Keeper struct{ guard guard.Guard }

// New returns a keeper.
func New(keys *seal.Keyring) Keeper { return Keeper{guard.New(keys)} }

// Changed is the error of a bitmap or a ledger that is not as it was written here.
// Whatever follows from it would be mail to who does not want it, or none for who does.
type Changed struct{ What string }

func (c *Changed) Error() string {
	return c.What + " is not as it was written: a fault, or somebody by hand, has changed it"
}

func changedActive(listID string, chunk uint32) error {
	return &Changed{fmt.Sprintf("the bitmap of who gets mail of the list %s (entries %d to %d)", listID, chunk*layout.ChunkBits, (chunk+1)*layout.ChunkBits-1)}
}

func changedBooks(name deliver.IssueName, what string) error {
	return &Changed{fmt.Sprintf("the ledger of the issue %s (%s)", name, what)}
}

// value reads a value of a run; nil if there is none.
func value(run guard.Bucket, name deliver.IssueName, key []byte) ([]byte, error) {
	v, err := run.Get(key)
	if err != nil {
		return nil, changedBooks(name, string(key))
	}
	return v, nil
}

// PutState notes the state of an issue where every claim reads it.
func (k Keeper) PutState(b *bolt.Tx, i *deliver.Issue) error {
	return k.guard.Run(b, i.Name).Put(layout.State, []byte{byte(i.State)})
}

// State is the state as every claim reads it; 0, in which nobody is claimed, if it is not
// as it was written.
func (k Keeper) State(b *bolt.Tx, name deliver.IssueName) deliver.State {
	return stateOf(k.guard.Run(b, name), nil)
}

func stateOf(run guard.Bucket, seen *guard.Seen) deliver.State {
	if state, err := run.GetSeen(layout.State, seen); err == nil && len(state) == 1 {
		return deliver.State(state[0])
	}
	return 0
}

// Excuse notes that nothing of a run is held against its readers.
func (k Keeper) Excuse(b *bolt.Tx, name deliver.IssueName) error {
	return k.guard.Run(b, name).Put(layout.Excused, nil)
}

// Excused says whether nothing of a run is held against its readers; it is so as well
// where nobody knows.
func (k Keeper) Excused(b *bolt.Tx, name deliver.IssueName) bool {
	return k.guard.Run(b, name).Has(layout.Excused)
}

// GoOn notes that a run whose refusals were taken back goes on.
func (k Keeper) GoOn(b *bolt.Tx, name deliver.IssueName) error {
	return k.guard.Run(b, name).Delete(layout.TakenBack)
}

// IsOver says whether a run has its final books.
func (k Keeper) IsOver(b *bolt.Tx, name deliver.IssueName) (bool, error) {
	final, err := value(k.guard.Run(b, name), name, layout.FinalBalance)
	return final != nil, err
}
