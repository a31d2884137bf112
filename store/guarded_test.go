package store

import (
	"bytes"
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
)

var (
	changes    = goflag.Int("changes", 60, "how many databases TestChangedByHand changes")
	changeSeed = goflag.Uint64("change-seed", 0, "which changes; 0: others each time")
)

// protection is how what stands in a bucket is kept from being changed unseen.
type protection string

const (
	sealed   protection = "sealed for its place"
	tagged   protection = "tagged for its place"
	harmless protection = "decides nothing about who gets mail"
)

// protections has a row for each bucket of the layout.
var protections = map[string]protection{
	"entries": sealed, "issues": sealed, "files": sealed, "backnumbers": sealed, "backtexts": sealed, "intake": sealed, "outbox": sealed, "audit": sealed, "given": sealed, "feed": sealed,
	"blocks": tagged, "marks": tagged, "ids": tagged, "addresses": tagged, "mailboxes": tagged, "suspended": tagged,
	"active": tagged, "audience": tagged, "progress": tagged, "copies": tagged, "heard": tagged, "strikes": tagged, "pending": tagged, "bounced": tagged, "runs": tagged, "ended": tagged,
	"meta":    harmless, // what is wrong there refuses the start, or holds
	"tallies": harmless, // of the ceilings
	"gate":    harmless, // likewise
	"months":  harmless, // of the statistics
	"lists":   harmless, // has buckets only
}

// TestEveryBucketSaysHowItIsProtected: whoever adds a bucket must say so here, and give it a
// tag if it decides who gets mail.
func TestEveryBucketSaysHowItIsProtected(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("layout/layout.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, block := range regexp.MustCompile(`(?s)// The buckets .*?\n\)`).FindAllString(string(source), -1) {
		for _, m := range regexp.MustCompile(`= \[\]byte\("(.*)"\)`).FindAllStringSubmatch(block, -1) {
			if seen[m[1]] = true; protections[m[1]] == "" {
				t.Errorf("nobody says how what is in the bucket %s is protected", m[1])
			}
		}
	}
	for name := range protections {
		if !seen[name] {
			t.Errorf("the layout has no bucket %s", name)
		}
	}
}

// leaf is a value somewhere in a database.
type leaf struct {
	path       []string // of buckets
	key, value []byte
}

// bucket is the name of the one that decides how a value is protected.
func (l leaf) bucket() string {
	if last := l.path[len(l.path)-1]; len(l.path) != 4 { // not that of a run itself
		return last
	}
	return "runs"
}

func (l leaf) protection() protection {
	if l.bucket() == "runs" && string(l.key) == string(layout.Compiled) {
		return sealed
	}
	return protections[l.bucket()]
}

func (l leaf) String() string { return fmt.Sprintf("%s: %q", strings.Join(l.path, "/"), l.key) }

// in is the bucket of a leaf.
func (l leaf) in(b *bolt.Tx) *bolt.Bucket {
	at := b.Bucket([]byte(l.path[0]))
	for _, name := range l.path[1:] {
		at = at.Bucket([]byte(name))
	}
	return at
}

// guarded is the same as the program reads it.
func (l leaf) guarded(b *bolt.Tx, g guard.Guard) guard.Bucket {
	switch len(l.path) {
	case 1:
		return g.Top(b, []byte(l.path[0]))
	case 3:
		return g.List(b, l.path[1], []byte(l.path[2]))
	case 4:
		return g.Run(b, named(l.path[1], l.path[3]))
	}
	return g.Run(b, named(l.path[1], l.path[3])).In([]byte(l.path[4]))
}

// leavesOf are all values of a file.
func leavesOf(t *testing.T, file string) (all []leaf) {
	t.Helper()
	peek(t, file, func(b *bolt.Tx) {
		var walk func(*bolt.Bucket, []string)
		walk = func(in *bolt.Bucket, path []string) {
			_ = in.ForEach(func(k, v []byte) error {
				if v == nil {
					walk(in.Bucket(k), append(slices.Clone(path), string(k)))
				} else {
					all = append(all, leaf{path, bytes.Clone(k), bytes.Clone(v)})
				}
				return nil
			})
		}
		_ = b.ForEach(func(name []byte, in *bolt.Bucket) error { walk(in, []string{string(name)}); return nil })
	})
	return all
}

// TestEveryBitIsChecked flips every bit of every value that has a tag, and moves each to
// the place of every other one: none is believed.
func TestEveryBitIsChecked(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	all := leavesOf(t, filepath.Join(g.dir, fileName))
	met, bits, moves := map[string]bool{}, 0, 0
	peek(t, filepath.Join(g.dir, fileName), func(b *bolt.Tx) {
		ring := guard.New(g.keys)
		for _, l := range all {
			met[l.bucket()] = true
			if l.protection() == "" {
				t.Errorf("%s: nobody says how it is protected", l)
			}
			if l.protection() != tagged {
				continue
			}
			in := l.guarded(b, ring)
			if _, err := in.Check(l.key, l.value); err != nil {
				t.Fatalf("%s is not believed as it was written: %v", l, err)
			}
			bad := bytes.Clone(l.value)
			for bit := range len(bad) * 8 {
				bad[bit/8] ^= 1 << (bit % 8)
				if _, err := in.Check(l.key, bad); err == nil {
					t.Errorf("%s is believed with bit %d flipped", l, bit)
				}
				bad[bit/8] ^= 1 << (bit % 8)
				bits++
			}
			for _, from := range all {
				if from.String() == l.String() || from.protection() != tagged {
					continue
				}
				if _, err := in.Check(l.key, from.value); err == nil {
					t.Errorf("%s is believed in the place of %s", from, l)
				}
				moves++
			}
		}
	})
	for name := range protections {
		if !met[name] && !slices.Contains([]string{"lists", "months", "given", "audit", "ended"}, name) {
			t.Errorf("the sample has nothing in %s", name)
		}
	}
	t.Logf("%d bits, %d moves", bits, moves)
}

// change changes a database in one of the ways in which somebody might by hand, and says
// what should be seen of it.
func change(t *testing.T, file string, all []leaf, dice *rand.Rand) (what string, l leaf) {
	t.Helper()
	var names []string // so that a bucket with many values is not changed more often
	for _, l := range all {
		if !slices.Contains(names, l.bucket()) && l.protection() != harmless && l.bucket() != "audit" {
			names = append(names, l.bucket())
		}
	}
	name := names[dice.IntN(len(names))]
	var of []leaf
	for _, l := range all {
		if l.bucket() == name {
			of = append(of, l)
		}
	}
	l = of[dice.IntN(len(of))]
	db, err := bolt.Open(file, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(b *bolt.Tx) error {
		in := l.in(b)
		switch kind := dice.IntN(4); {
		case kind == 0 && len(of) > 1:
			other := of[dice.IntN(len(of))]
			for other.String() == l.String() {
				other = of[dice.IntN(len(of))]
			}
			what = "swapped with " + other.String()
			return errors.Join(in.Put(l.key, other.value), other.in(b).Put(other.key, l.value))
		case kind == 1 && l.bucket() != "runs": // whose keys are words
			bit := dice.IntN(len(l.key) * 8)
			what = fmt.Sprintf("bit %d of its key", bit)
			key := bytes.Clone(l.key)
			key[bit/8] ^= 1 << (bit % 8)
			return errors.Join(in.Delete(l.key), in.Put(key, l.value))
		}
		bit := dice.IntN(len(l.value) * 8)
		what = fmt.Sprintf("bit %d of %d octets", bit, len(l.value))
		v := bytes.Clone(l.value)
		v[bit/8] ^= 1 << (bit % 8)
		return in.Put(l.key, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	return what, l
}

// TestChangedByHand changes one thing in a database that decides who gets mail, at random.
// Each time the opening refuses, and names what is wrong, or it is named and not believed:
// who has left or blocked gets nothing, nobody gets two, who wants it gets it unless it was
// their own record, and everybody can leave.
func TestChangedByHand(t *testing.T) {
	t.Parallel()
	seed := *changeSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-changes %d -change-seed %d", *changes, seed)
	g := newGallery(t)
	all := leavesOf(t, filepath.Join(g.dir, fileName))
	ways := map[string]int{}
	for n := range *changes {
		dice := rand.New(rand.NewPCG(seed, uint64(n)))
		dir := filepath.Join(t.TempDir(), "data")
		file := g.copyTo(t, dir)
		what, l := change(t, file, all, dice)
		way, err := g.judge(t, dir, l)
		if err != nil {
			t.Errorf("change %d: %s, %s (%s): %v", n, l, what, way, err)
		}
		ways[way]++
	}
	t.Logf("%v", ways)
}

// judge opens a changed database, and does everything with it.
func (g *gallery) judge(t *testing.T, dir string, l leaf) (way string, err error) {
	t.Helper()
	s, err := Open(Options{Dir: dir, Keys: g.keys})
	var damage *Damage
	if errors.As(err, &damage) {
		return "refused", nil
	}
	if err != nil {
		return "refused", fmt.Errorf("it is refused, and not as damaged: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	named, err := s.Examine(t.Context())
	if err != nil {
		return "opened", err
	}
	way = "opened"
	if named.Sum() > 0 {
		way = "named"
	} else if l.protection() == tagged || l.bucket() != "runs" && l.bucket() != "files" {
		return way, errors.New("nobody says that anything is wrong")
	}
	return way, errors.Join(g.oldLinks(t, s), g.runningIssue(s), g.newIssue(t, s, l), g.all(t, s))
}

// accepted settles a copy as handed over.
func accepted(x deliver.Reader) *deliver.Settlement {
	return &deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Accepted}}
}

// TestProgressOfAnotherRun: who was claimed in a run that goes on is not moved to one that
// is over, where nobody would look, and claimed once more.
func TestProgressOfAnotherRun(t *testing.T) {
	t.Parallel()
	g, moved := newGallery(t), 0
	all := leavesOf(t, filepath.Join(g.dir, fileName))
	for _, l := range all {
		for _, number := range all {
			if l.bucket() != string(layout.Progress) || number.bucket() != string(layout.Runs) || !bytes.Equal(number.key, layout.Number) || bytes.Equal(l.key[:4], number.value[:4]) {
				continue
			}
			moved++
			dir := filepath.Join(t.TempDir(), "data")
			db, err := bolt.Open(g.copyTo(t, dir), 0o600, &bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(b *bolt.Tx) error {
				return errors.Join(l.in(b).Delete(l.key), l.in(b).Put(append(bytes.Clone(number.value[:4]), l.key[4:]...), l.value))
			})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err = Open(Options{Dir: dir, Keys: g.keys}); !errors.As(err, new(*Damage)) {
				t.Errorf("%s moved to the run %x: %v", l, number.value[:4], err)
			}
		}
	}
	if moved == 0 {
		t.Error("nothing was moved")
	}
}
