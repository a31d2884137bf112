package layout

import (
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
)

// The whole layout of the file. Numbers in keys are big-endian, so that bbolt's
// order is theirs. What is marked with + stands in the clear and decides who gets mail:
// behind it follows its tag of 16 octets (package guard).
//
//	meta     schema, commit (time of the last one), keys (check values), declared;
//	         generation (name, number of commits), copy, hold, journal (how far it
//	         was seen), ended (lists that must leave it), done/CHORE, audit (the last
//	         deed that was forgotten): made when first needed; + auditend (the last
//	         deed)
//	intake   n(8)                      -> sealed request
//	outbox   n(8)                      -> sealed notice
//	tallies  hash(16)                  -> until(8), counts
//	gate     hash(16)                  -> the same of the tallies that every request needs, apart
//	                                      from those of readers, so that a commit finds them on few
//	                                      pages; made when first needed
//	audit    n(8)                      -> sealed deed, chained to the one before; made when first needed
//	months   list 0 month 0 what       -> count for statistics; made when first needed
//	given    n(8)                      -> sealed record of what was given out (statistics, exports); made when first needed
//	blocks   hash(16)                  -> + mark of a mailbox: blocked, or when that was lifted
//	progress number(4) chunk(4)        -> + claimed bitmap, accepted bitmap of a run;
//	                                      not within the run, since every commit of
//	                                      one writes it and each page above it
//	lists/LIST/entries    seq(4)       -> sealed subscriber
//	          /ids        id(16)       -> + seq(4)
//	          /addresses  hash(16)     -> + seq(4)    active entries; and those that could
//	                                      not be read when they ended, and stand
//	                                      for their mark
//	          /mailboxes  hash(16) seq(4) -> + nothing; active and suspended entries,
//	                                      under all spellings of their mailbox
//	          /marks      hash(16)     -> + mark
//	          /active     chunk(4)     -> + bitmap of 4,096 entries
//	          /strikes    seq(4)       -> + failed copies since the last accepted one; made when first needed
//	          /pending    seq(4) slug  -> + a failed copy of a run that is not judged yet; likewise
//	          /suspended  seq(4)       -> + since(8); likewise
//	          /ended      slug         -> + since(8); the list has ended with this issue; likewise
//	          /issues     slug         -> sealed issue
//	          /files      slug 0 n(4)  -> a sealed file of an issue, in their order; made when
//	                                      first needed
//	          /feed       book         -> sealed: which entries of its feed are no news; made when first
//	                                      needed
//	          /backnumbers slug        -> sealed head of what anybody may read; made when first
//	                                      needed
//	          /backtexts  slug         -> sealed text of the same; likewise
//	          /runs/SLUG  compiled (sealed); + state, number, ever, final, taken, excused, again,
//	                      asof, back, failed, classes
//	                /audience  chunk(4) -> + bitmap
//	                /heard     chunk(4) -> + what the relay's log said of whose copy, a bitmap for
//	                                      each word; made when first needed
//	                /copies    seq(4)   -> + what is not plain acceptance

// The buckets at the top.
var (
	Meta     = []byte("meta")
	Intake   = []byte("intake")
	Outbox   = []byte("outbox")
	Tallies  = []byte("tallies")
	Gate     = []byte("gate")
	Blocks   = []byte("blocks")
	Lists    = []byte("lists")
	Progress = []byte("progress")
	Audit    = []byte("audit")
	Months   = []byte("months")
	Given    = []byte("given")
)

// The buckets of a list.
var (
	Entries   = []byte("entries")
	IDs       = []byte("ids")
	Addresses = []byte("addresses")
	Mailboxes = []byte("mailboxes")
	Marks     = []byte("marks")
	Active    = []byte("active")
	Strikes   = []byte("strikes")
	Suspended = []byte("suspended")
	Pending   = []byte("pending")
	Bounced   = []byte("bounced")
	Ended     = []byte("ended")
	Issues    = []byte("issues")
	Files     = []byte("files")
	BackHeads = []byte("backnumbers")
	BackTexts = []byte("backtexts")
	Feed      = []byte("feed")
	Runs      = []byte("runs")
)

// The buckets of a run.
var (
	Audience = []byte("audience")
	Copies   = []byte("copies")
	Heard    = []byte("heard")
)

// TopBuckets, ListBuckets and RunBuckets are there from the start; without one of
// them a file is damaged.
var (
	TopBuckets  = [][]byte{Meta, Intake, Outbox, Tallies, Blocks, Progress, Lists}
	ListBuckets = [][]byte{Entries, IDs, Addresses, Mailboxes, Marks, Active, Issues, Runs}
	RunBuckets  = [][]byte{Audience, Copies}
)

// The keys of meta.
var (
	Schema      = []byte("schema")
	LastCommit  = []byte("commit")
	KeyCheck    = []byte("keys")
	Declared    = []byte("declared")
	Generation  = []byte("generation")
	IsCopy      = []byte("copy")
	Hold        = []byte("hold")
	JournalSeen = []byte("journal")
	EndedLists  = []byte("ended")
	DataKey     = []byte("data")     // check value of the key under which all of it is sealed
	AuditAnchor = []byte("audit")    // number(8) and chain(32) of the last deed that was forgotten
	AuditEnd    = []byte("auditend") // + the same of the last deed that was written
	Done        = []byte("done/")    // and the name of a chore: when it was last done
	Erasing     = []byte("erasing/") // and the id of a list: its certificate as far as it is known
	Erased      = []byte("erased/")  // and the id of a list, 0, when(8): its certificate
)

// The keys of a run.
var (
	State         = []byte("state") // the issue's, in clear, for every claim to read; an opening holds it against the sealed issue
	Number        = []byte("number")
	Compiled      = []byte("compiled")
	UncertainEver = []byte("ever")
	FinalBalance  = []byte("final")
	TakenBack     = []byte("taken")   // its refusals were taken back, and it has not gone on since
	Excused       = []byte("excused") // it has ended, and nothing of it is held against its readers
	HeardAsOf     = []byte("asof")    // when(8) the last line was written of the logs in which it was heard of
	Again         = []byte("again")   // + to whom it goes once more, or went last; made when first needed
	Back          = []byte("back")    // how many of its copies came back, of each kind
	Failed        = []byte("failed")  // it has ended: how many of its copies failed, by class
	BackClasses   = []byte("classes") // how many came back, by class
)

// ListIDs are the ids of all lists in the file.
func ListIDs(b *bolt.Tx) (ids []string) {
	_ = b.Bucket(Lists).ForEachBucket(func(id []byte) error { ids = append(ids, string(id)); return nil })
	return ids
}

// List returns a bucket of a list; nil if it is not there.
func List(b *bolt.Tx, id string, name []byte) *bolt.Bucket {
	l := b.Bucket(Lists).Bucket([]byte(id))
	if l == nil {
		return nil
	}
	return l.Bucket(name)
}

// Run returns the bucket of an issue's run; nil if it has not started.
func Run(b *bolt.Tx, name deliver.IssueName) *bolt.Bucket {
	runs := List(b, name.List, Runs)
	if runs == nil {
		return nil
	}
	return runs.Bucket([]byte(name.Slug))
}

// EnsureList returns a list's bucket, with [ListBuckets] in it.
func EnsureList(b *bolt.Tx, listID string) (*bolt.Bucket, error) {
	if l := b.Bucket(Lists).Bucket([]byte(listID)); l != nil {
		return l, nil
	}
	l, err := b.Bucket(Lists).CreateBucket([]byte(listID))
	if err != nil {
		return nil, err
	}
	for _, name := range ListBuckets {
		if _, err := l.CreateBucket(name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Put writes into a bucket of a list that the first schema did not have.
func Put(b *bolt.Tx, listID string, name, k, v []byte) error {
	if err := Ensure(b, listID, name); err != nil {
		return err
	}
	return List(b, listID, name).Put(k, v)
}

// Ensure makes a bucket of a list that the first schema did not have, before it is first
// written to.
func Ensure(b *bolt.Tx, listID string, name []byte) error {
	l, err := EnsureList(b, listID)
	if err != nil {
		return err
	}
	_, err = l.CreateBucketIfNotExists(name)
	return err
}

// Get is the bucket's own Get; nil in a bucket that is not there.
func Get(b *bolt.Bucket, k []byte) []byte {
	if b == nil {
		return nil
	}
	return b.Get(k)
}

// Each is the bucket's own ForEach; it does nothing in a bucket that is not there.
func Each(b *bolt.Bucket, do func(k, v []byte) error) error {
	if b == nil {
		return nil
	}
	return b.ForEach(do)
}

// DeleteAll deletes keys that were gathered before: nothing may be deleted under a
// cursor.
func DeleteAll(b *bolt.Bucket, keys [][]byte) error {
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
