package boltfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// delta finds what has changed between two transactions of one file. bbolt never
// changes a page in place, and the pages of a transaction that is open are not used
// again: what lies on the same page in both is the same, and is not read. So it takes
// as long as there are changes, however large the file is.
type delta struct {
	r        io.ReaderAt
	pageSize int
	was      pageSet // all pages of the older transaction
	kept     pageSet // of those, what the newer one leads to
	to       *compactor
}

// pageSet has a bit for each page.
type pageSet []uint64

func (s pageSet) has(id uint64) bool { return id/64 < uint64(len(s)) && s[id/64]&(1<<(id%64)) != 0 }

func (s pageSet) add(id uint64) { s[id/64] |= 1 << (id % 64) }

// place is where a bucket's tree begins: at a page, or within its parent's.
type place struct {
	root     uint64 // 0: inline
	inline   []byte // a page; nil: nothing is in it
	sequence uint64
}

// rootOf is where all of a transaction begins.
func rootOf(b *bolt.Tx) place { return place{root: uint64(b.Cursor().Bucket().Root())} }

// placeOf reads the head of a bucket.
func placeOf(value []byte) (p place, err error) {
	if len(value) < bucketHead {
		return p, fmt.Errorf("a bucket is cut short")
	}
	p = place{root: native.Uint64(value), sequence: native.Uint64(value[8:])}
	if p.root == 0 {
		p.inline = value[bucketHead:]
	}
	return p, nil
}

// pagesOf returns all pages of a transaction, each held against the format.
func pagesOf(r io.ReaderAt, b *bolt.Tx, shape *Shape) (pageSet, error) {
	size := uint64(b.DB().Info().PageSize)
	m := bookMeta{pageSize: size, root: rootOf(b).root, end: uint64(b.Size()) / size}
	w := &pageWalk{r: r, m: m, seen: make([]uint64, m.end/64+1)}
	w.seen[0] = 3
	_, err := w.tree(m.root, keys{}, shape, 0)
	return w.seen, err
}

// apply brings the copy of one transaction up to a newer one.
func (c *compactor) apply(src *os.File, was, now *bolt.Tx, shape *Shape) error {
	pages, err := pagesOf(src, was, shape)
	if err != nil {
		return &Damage{src.Name(), err}
	}
	return c.applyTo(src, pages, was, now)
}

func (c *compactor) applyTo(src *os.File, pages pageSet, was, now *bolt.Tx) error {
	d := &delta{r: src, pageSize: was.DB().Info().PageSize, was: pages, kept: make(pageSet, len(pages)), to: c}
	return d.bucket(nil, rootOf(was), rootOf(now))
}

// bucket brings a bucket of the copy from one state to the other.
func (d *delta) bucket(path [][]byte, was, now place) error {
	changed, err := d.leaves(now, nil, func(id uint64) bool {
		if d.was.has(id) {
			d.kept.add(id)
			return true
		}
		return false
	})
	if err != nil {
		return err
	}
	before, err := d.leaves(was, nil, d.kept.has)
	if err != nil {
		return err
	}
	if was.sequence != now.sequence {
		if err := d.to.number(path, now.sequence); err != nil {
			return err
		}
	}
	return d.merge(path, d.read(was, before), d.read(now, changed))
}

// leaves gathers the pages of a tree that hold keys, but for what skip says.
func (d *delta) leaves(of place, ids []uint64, skip func(uint64) bool) ([]uint64, error) {
	if of.root == 0 || skip(of.root) {
		return ids, nil
	}
	b, err := d.page(of.root)
	if err != nil {
		return nil, err
	}
	switch e := (elements{b: b, count: int(native.Uint16(b[10:]))}); native.Uint16(b[8:]) {
	case flagLeaf:
		return append(ids, of.root), nil
	case flagBranch:
		for n := range e.count {
			if ids, err = d.leaves(place{root: native.Uint64(b[pageHeader+n*pageElement+8:])}, ids, skip); err != nil {
				return nil, err
			}
		}
		return ids, nil
	}
	return nil, fmt.Errorf("page %d is of no kind that belongs there", of.root)
}

// page reads a page with what it flows over into.
func (d *delta) page(id uint64) ([]byte, error) {
	b := make([]byte, d.pageSize)
	if _, err := d.r.ReadAt(b, int64(id)*int64(d.pageSize)); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	if got := native.Uint64(b); got != id {
		return nil, fmt.Errorf("page %d says that it is page %d", id, got)
	}
	if over := int(native.Uint32(b[12:])); over > 0 {
		b = make([]byte, d.pageSize*(over+1))
		if _, err := d.r.ReadAt(b, int64(id)*int64(d.pageSize)); err != nil {
			return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
		}
	}
	return b, nil
}

// reading goes through the keys of some pages, one page at a time in memory.
type reading struct {
	d     *delta
	pages []uint64
	at    elements
	n     int
}

func (d *delta) read(of place, pages []uint64) *reading {
	r := &reading{d: d, pages: pages}
	if of.root == 0 && len(of.inline) >= pageHeader {
		r.at = elements{b: of.inline, count: int(native.Uint16(of.inline[10:])), leaf: true}
	}
	return r
}

// item is a key with its value, or with the head of a bucket.
type item struct {
	key, value []byte // no key: there are no more
	bucket     bool
}

func (r *reading) next() (e item, err error) {
	for r.n == r.at.count {
		if len(r.pages) == 0 {
			return item{}, nil
		}
		b, err := r.d.page(r.pages[0])
		if err != nil {
			return e, err
		}
		r.at, r.n, r.pages = elements{b: b, count: int(native.Uint16(b[10:])), leaf: true}, 0, r.pages[1:]
	}
	n := r.n
	r.n++
	return item{r.at.key(n), r.at.value(n), native.Uint32(r.at.b[pageHeader+n*pageElement:]) == flagBucket}, nil
}

// merge goes through what a bucket held and holds, in the order of keys.
func (d *delta) merge(path [][]byte, was, now *reading) error {
	a, err := was.next()
	if err != nil {
		return err
	}
	b, err := now.next()
	for err == nil && (a.key != nil || b.key != nil) {
		order := bytes.Compare(a.key, b.key)
		if a.key == nil || b.key == nil {
			order = -order // what has ended comes last
		}
		switch {
		case order < 0:
			err = d.to.remove(path, a)
		case order > 0:
			err = d.put(path, item{}, b)
		default:
			err = d.put(path, a, b)
		}
		if err == nil && order <= 0 {
			a, err = was.next()
		}
		if err == nil && order >= 0 {
			b, err = now.next()
		}
	}
	return err
}

// put makes in the copy what was one element, or none, another.
func (d *delta) put(path [][]byte, was, now item) error {
	if was.key != nil && was.bucket != now.bucket {
		if err := d.to.remove(path, was); err != nil {
			return err
		}
		was = item{}
	}
	if bytes.Equal(was.value, now.value) && was.key != nil {
		return nil
	}
	if !now.bucket {
		return d.to.put(path, now.key, now.value)
	}
	var from place
	to, err := placeOf(now.value)
	if err == nil && was.key != nil {
		from, err = placeOf(was.value)
	}
	if err != nil {
		return err
	}
	path = append(slices.Clone(path), now.key)
	if was.key == nil {
		if _, err := d.to.make(path); err != nil {
			return err
		}
	}
	return d.bucket(path, from, to)
}
