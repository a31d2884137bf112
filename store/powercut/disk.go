package powercut

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Kind is what an operation does.
type Kind uint8

// The kinds of operations.
const (
	Write      Kind = iota + 1 // Data at Off of Node
	Truncate                   // Node to Off octets
	Sync                       // Node, a file or a directory
	SyncFailed                 // likewise: what was not on the disk by then, the kernel has forgotten (fsync(2), NOTES)
	Name                       // each of Names, together
)

// Operation is what reached the disk's driver.
type Operation struct {
	Kind  Kind
	Node  uint64 // a file or directory, by a number that no other one gets
	Off   int64
	Data  []byte
	Names []Link
}

// Link is a name in a directory: from now on that of Node; 0: of nothing.
type Link struct {
	In   uint64
	Name string
	Node uint64
	Dir  bool // Node is a directory
}

// Root is the directory that everything is in.
const Root = 1

// Disk is what is sure to be on the disk, and what may be.
type Disk struct {
	dice  *rand.Rand
	files map[uint64]*file
	names map[uint64]map[string]Link // that are sure
	open  []Operation                // names that are not yet
}

type file struct {
	sure []byte
	open []Operation // writes and truncations since the last sync
}

// NewDisk is empty. What is on it by chance is drawn by dice.
func NewDisk(dice *rand.Rand) *Disk {
	return &Disk{dice: dice, files: map[uint64]*file{}, names: map[uint64]map[string]Link{}}
}

// Add does one more operation.
func (d *Disk) Add(op Operation) {
	switch op.Kind {
	case Write, Truncate:
		f := d.file(op.Node)
		f.open = append(f.open, op)
	case Name:
		d.open = append(d.open, op)
	case Sync:
		d.sync(op.Node, func(all []Operation) []Operation { return all })
	case SyncFailed:
		d.sync(op.Node, d.draw)
	}
}

// sync makes sure what keep leaves of what was not sure of a file or directory.
func (d *Disk) sync(node uint64, keep func([]Operation) []Operation) {
	f := d.file(node)
	for _, x := range keep(f.open) {
		f.sure = x.onto(f.sure)
	}
	f.open = nil
	var names []Operation
	d.open = slices.DeleteFunc(d.open, func(x Operation) bool {
		covered := slices.ContainsFunc(x.Names, func(l Link) bool { return l.In == node })
		if covered {
			names = append(names, x)
		}
		return covered
	})
	for _, x := range keep(names) {
		put(d.names, x.Names)
	}
}

func (d *Disk) file(n uint64) *file {
	if d.files[n] == nil {
		d.files[n] = &file{}
	}
	return d.files[n]
}

func put(names map[uint64]map[string]Link, links []Link) {
	for _, l := range links {
		if names[l.In] == nil {
			names[l.In] = map[string]Link{}
		}
		if names[l.In][l.Name] = l; l.Node == 0 {
			delete(names[l.In], l.Name)
		}
	}
}

// onto does a write or a truncation to a content, which it may change.
func (op Operation) onto(text []byte) []byte {
	end := op.Off + int64(len(op.Data))
	if grow := end - int64(len(text)); grow > 0 {
		text = append(text, make([]byte, grow)...)
	}
	if op.Kind == Truncate {
		return text[:op.Off]
	}
	copy(text[op.Off:], op.Data)
	return text
}

// sectors are the sizes within which a disk tears nothing, in octets.
var sectors = []int64{512, 4096}

// Tree is what is in a directory: the contents of files by their paths, and nil for the
// directories in it.
type Tree map[string][]byte

// Cut is what the disk may hold after a power cut now.
func (d *Disk) Cut() Tree {
	names := map[uint64]map[string]Link{}
	for in, all := range d.names {
		names[in] = maps.Clone(all)
	}
	for _, x := range d.draw(d.open) {
		put(names, x.Names)
	}
	tree := Tree{}
	d.walk(names, Root, ".", tree)
	return tree
}

func (d *Disk) walk(names map[uint64]map[string]Link, n uint64, at string, into Tree) {
	into[at] = nil
	for _, name := range slices.Sorted(maps.Keys(names[n])) {
		l, path := names[n][name], filepath.Join(at, name)
		if l.Dir {
			d.walk(names, l.Node, path, into)
			continue
		}
		into[path] = append([]byte{}, d.cut(d.file(l.Node))...)
	}
}

// Write makes the tree in dir, which it makes, too.
func (t Tree) Write(dir string) error {
	for _, path := range slices.Sorted(maps.Keys(t)) { // a directory before what is in it
		var err error
		if at := filepath.Join(dir, path); t[path] == nil {
			err = os.Mkdir(at, 0o700)
		} else {
			err = os.WriteFile(at, t[path], 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut is what a file may hold.
func (d *Disk) cut(f *file) []byte {
	text, sector := slices.Clone(f.sure), sectors[d.dice.IntN(len(sectors))]
	var parts []Operation
	for _, op := range f.open {
		parts = append(parts, op.torn(sector)...)
	}
	parts = d.draw(parts)
	if d.dice.IntN(2) == 0 {
		d.dice.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
	}
	for _, p := range parts {
		text = p.onto(text)
	}
	return text
}

// torn are the parts of a write which may be on the disk each without the others.
func (op Operation) torn(sector int64) (parts []Operation) {
	if op.Kind != Write {
		return []Operation{op}
	}
	for data, at := op.Data, op.Off; len(data) > 0; {
		n := min(int64(len(data)), sector-at%sector)
		parts = append(parts, Operation{Kind: Write, Node: op.Node, Off: at, Data: data[:n]})
		data, at = data[n:], at+n
	}
	return parts
}

// draw keeps some of all in their order: none, all, the first ones, or each with some chance.
func (d *Disk) draw(all []Operation) []Operation {
	switch d.dice.IntN(5) {
	case 0:
		return nil
	case 1:
		return slices.Clone(all)
	case 2:
		return slices.Clone(all[:d.dice.IntN(len(all)+1)])
	}
	chance := cmp.Or(d.dice.Float64(), 0.5)
	return slices.DeleteFunc(slices.Clone(all), func(Operation) bool { return d.dice.Float64() > chance })
}
