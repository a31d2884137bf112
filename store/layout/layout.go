package store

import (
	"encoding/binary"
	"strings"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/subscribe"
)

// The whole layout of the file. Numbers in keys are big-endian, so that bbolt's
// order is theirs.
//
//	meta     schema, commit (time of the last one), keys (check values), declared;
//	         generation (name, number of commits), copy, hold, journal (how far it
//	         was seen), ended (lists that must leave it): made when first needed
//	intake   n(8)                      -> sealed slip
//	outbox   n(8)                      -> sealed notice
//	tallies  hash(16)                  -> until(8), counts
//	blocks   hash(16)                  -> mark of a mailbox: blocked, or when that was lifted
//	progress number(4) chunk(4)        -> claimed bitmap, accepted bitmap of a run, checksum(4);
//	                                      not within the run, since every commit of
//	                                      one writes it and each page above it
//	lists/LIST/entries    seq(4)       -> sealed subscriber
//	          /ids        id(16)       -> seq(4)
//	          /addresses  hash(16)     -> seq(4)      active entries; and those that could
//	                                      not be read when they ended, see formerly
//	          /mailboxes  hash(16) seq(4) -> nothing; active and suspended entries,
//	                                      under all spellings of their mailbox
//	          /marks      hash(16)     -> mark
//	          /active     chunk(4)     -> bitmap of 4,096 entries
//	          /strikes    seq(4)       -> failed copies since the last accepted one; made when first needed
//	          /pending    seq(4) slug  -> a failed copy of a run that is not judged yet; likewise
//	          /suspended  seq(4)       -> since(8); likewise
//	          /issues     slug         -> sealed issue
//	          /runs/SLUG  state, number, compiled (sealed), ever, final, taken, excused
//	                /audience  chunk(4) -> bitmap
//	                /copies    seq(4)   -> what is not plain acceptance
var (
	bMeta     = []byte("meta")
	bIntake   = []byte("intake")
	bOutbox   = []byte("outbox")
	bTallies  = []byte("tallies")
	bBlocks   = []byte("blocks")
	bLists    = []byte("lists")
	bProgress = []byte("progress")

	bEntries   = []byte("entries")
	bIDs       = []byte("ids")
	bAddresses = []byte("addresses")
	bMailboxes = []byte("mailboxes")
	bMarks     = []byte("marks")
	bActive    = []byte("active")
	bStrikes   = []byte("strikes")
	bSuspended = []byte("suspended")
	bPending   = []byte("pending")
	bIssues    = []byte("issues")
	bRuns      = []byte("runs")

	bAudience = []byte("audience")
	bCopies   = []byte("copies")

	kSchema   = []byte("schema")
	kCommit   = []byte("commit")
	kKeys     = []byte("keys")
	kDeclared = []byte("declared")

	kGeneration = []byte("generation")
	kCopy       = []byte("copy")
	kHold       = []byte("hold")
	kJournal    = []byte("journal")
	kEnded      = []byte("ended")

	kState    = []byte("state")
	kNumber   = []byte("number")
	kCompiled = []byte("compiled")
	kEver     = []byte("ever")
	kFinal    = []byte("final")
	kTaken    = []byte("taken")   // its refusals were taken back, and it has not gone on since
	kExcused  = []byte("excused") // it has ended, and nothing of it is held against its readers
)

var (
	topBuckets  = [][]byte{bMeta, bIntake, bOutbox, bTallies, bBlocks, bProgress, bLists}
	listBuckets = [][]byte{bEntries, bIDs, bAddresses, bMailboxes, bMarks, bActive, bIssues, bRuns}
	runBuckets  = [][]byte{bAudience, bCopies}
)

// Labels of sealed records: each kind under its own derived key.
const (
	lEntry    = "entry v1"
	lIssue    = "issue v1"
	lCompiled = "compiled v1"
	lSlip     = "slip v1"
	lNotice   = "notice v1"
)

// bound is the additional data of a sealed record: where it stands, so that a
// record moved elsewhere does not open (RULES I-01).
func bound(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

func appendEntryBound(dst []byte, list string, seq subscribe.Seq) []byte {
	return binary.BigEndian.AppendUint32(append(append(dst, list...), 0), uint32(seq))
}

func entryBound(list string, seq subscribe.Seq) []byte { return appendEntryBound(nil, list, seq) }

func key4(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func key8(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func seqKey(s subscribe.Seq) []byte { return key4(uint32(s)) }

// chunkBits is how many entries one bitmap value covers: 512 octets a bitmap,
// so that claimed and accepted together are 1 KiB.
const (
	chunkBits  = 4096
	chunkBytes = chunkBits / 8
)

func chunkOf(s subscribe.Seq) (chunk uint32, bit int) {
	return uint32(s) / chunkBits, int(uint32(s) % chunkBits)
}

func hasBit(b []byte, bit int) bool { return len(b) > bit/8 && b[bit/8]&(1<<(bit%8)) != 0 }

func setBit(b []byte, bit int, on bool) {
	if on {
		b[bit/8] |= 1 << (bit % 8)
	} else {
		b[bit/8] &^= 1 << (bit % 8)
	}
}

// list returns a bucket of a list, or nil if the list has none yet.
func list(b *bolt.Tx, id string, name []byte) *bolt.Bucket {
	l := b.Bucket(bLists).Bucket([]byte(id))
	if l == nil {
		return nil
	}
	return l.Bucket(name)
}

// run returns the bucket of an issue's run, or nil if it has not started.
func run(b *bolt.Tx, listID, slug string) *bolt.Bucket {
	runs := list(b, listID, bRuns)
	if runs == nil {
		return nil
	}
	return runs.Bucket([]byte(slug))
}

func get(b *bolt.Bucket, k []byte) []byte {
	if b == nil {
		return nil
	}
	return b.Get(k)
}
