package boltfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// Before bbolt maps the file, every page that it will look at is read and held
// against the format: bbolt itself follows what a page says, and a flipped bit or a
// file cut short is then a fault of memory, a loop without end, or a page that is
// taken for free and written over. What this lets through, bbolt can walk. The errors
// name pages, and no key or value.
//
// The format is bbolt's version 2. A page is: id(8) flags(2) count(2) overflow(4),
// then elements of 16 octets, then the keys and values in their order, one behind
// the other. A leaf's element: flags(4) offset(4) key size(4) value size(4); a
// branch's: offset(4) key size(4) page(8). Numbers are in the machine's order.

const (
	pageHeader  = 16
	pageElement = 16
	bucketHead  = 16 // root page(8) sequence(8), then the page itself if the root is 0
	metaSize    = 64

	flagBranch, flagLeaf, flagFree = 0x01, 0x02, 0x10
	flagBucket                     = 0x01 // of a leaf's element

	boltMagic, boltVersion = 0xED0CDAED, 2
	noFreelist             = ^uint64(0)
	deepest                = 64 // a tree of that depth would not fit any disk
)

var native = binary.NativeEndian

// Shape is what a bucket may hold. What should be a bucket and is none, or the
// other way round, would be read as a bucket that is empty, and its pages would be
// taken for free.
type Shape struct {
	Named map[string]*Shape // its buckets of these names
	Rest  *Shape            // every other element, which is a bucket; nil: which is a value
	// Counted is for a bucket whose keys begin with a number that its sequence gives:
	// of so many octets, big-endian; 0: they do not.
	Counted int
}

// of returns the shape of the element with this key; nil: it is a value.
func (s *Shape) of(key []byte) *Shape {
	if named := s.Named[string(key)]; named != nil {
		return named
	}
	return s.Rest
}

// number is what a key stands for that the sequence gave; 0: it does not say.
func (s *Shape) number(key []byte) (n uint64) {
	if len(key) >= s.Counted {
		for _, b := range key[:s.Counted] {
			n = n<<8 | uint64(b)
		}
	}
	return n
}

// inspectFile reads all pages of the file that are in use.
func inspectFile(path string, shape *Shape) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := inspect(f, info.Size(), shape); err != nil {
		return &Damage{path, err}
	}
	return nil
}

// inspect walks all pages of the file that are in use.
func inspect(r io.ReaderAt, size int64, shape *Shape) error {
	m, err := readMeta(r, size)
	if err != nil {
		return err
	}
	w := &pageWalk{r: r, m: m, seen: make([]uint64, m.end/64+1)}
	w.seen[0] = 3 // the meta pages
	if _, err := w.tree(m.root, keys{}, shape, 0); err != nil {
		return err
	}
	return w.free()
}

// pageWalk is one walk over a file.
type pageWalk struct {
	r    io.ReaderAt
	m    bookMeta
	seen []uint64 // a bit a page
	room [deepest][]byte
}

// bookMeta is what the two first pages say; the newer that is whole counts.
type bookMeta struct {
	pageSize       uint64
	root, freelist uint64
	end            uint64 // the first page that was never used
	txid           uint64
}

// parseMeta reads what follows the page header of a meta page.
func parseMeta(b []byte) (m bookMeta, ok bool) {
	sum := fnv.New64a()
	_, _ = sum.Write(b[:56])
	if native.Uint32(b) != boltMagic || native.Uint32(b[4:]) != boltVersion || native.Uint64(b[56:]) != sum.Sum64() {
		return m, false
	}
	m = bookMeta{
		pageSize: uint64(native.Uint32(b[8:])), root: native.Uint64(b[16:]),
		freelist: native.Uint64(b[32:]), end: native.Uint64(b[40:]), txid: native.Uint64(b[48:]),
	}
	return m, m.pageSize >= 1024 && m.pageSize <= 1<<20 && m.pageSize&(m.pageSize-1) == 0 && m.end >= 3
}

// readMeta finds the meta page that counts. The other one may be torn by a power
// cut: that is what there are two for.
func readMeta(r io.ReaderAt, size int64) (m bookMeta, err error) {
	at := func(offset int64) (bookMeta, bool) {
		b := make([]byte, metaSize)
		if _, err := r.ReadAt(b, offset+pageHeader); err != nil {
			return bookMeta{}, false
		}
		return parseMeta(b)
	}
	m, ok := at(0)
	if ok {
		if other, fine := at(int64(m.pageSize)); fine && other.txid > m.txid {
			m = other
		}
	}
	for second := int64(1024); !ok && second < size && second <= 1<<20; second *= 2 {
		m, ok = at(second)
		ok = ok && int64(m.pageSize) == second
	}
	switch {
	case !ok:
		return m, fmt.Errorf("neither of its two first pages is one of a database")
	case uint64(size)/m.pageSize < m.end:
		return m, fmt.Errorf("it ends after %d octets, and its first pages speak of %d: it was cut short", size, m.end*m.pageSize)
	}
	return m, nil
}

// claim marks pages as in use; no page is used twice, so no tree runs in a circle.
func (w *pageWalk) claim(id, pages uint64) error {
	if id < 2 || pages > w.m.end || id > w.m.end-pages {
		return fmt.Errorf("page %d is named, and there is no such page", id)
	}
	for n := id; n < id+pages; n++ {
		if w.seen[n/64]&(1<<(n%64)) != 0 {
			return fmt.Errorf("page %d is in two places", n)
		}
		w.seen[n/64] |= 1 << (n % 64)
	}
	return nil
}

// page reads a page with what it flows over into.
func (w *pageWalk) page(id uint64, depth int) ([]byte, error) {
	if depth >= deepest {
		return nil, fmt.Errorf("page %d lies too deep", id)
	}
	size := int(w.m.pageSize)
	if w.room[depth] == nil {
		w.room[depth] = make([]byte, size)
	}
	if id >= w.m.end {
		return nil, fmt.Errorf("page %d is named, and there is no such page", id)
	}
	b := w.room[depth][:size]
	if _, err := w.r.ReadAt(b, int64(id)*int64(size)); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	over := uint64(native.Uint32(b[12:]))
	if got := native.Uint64(b); got != id {
		return nil, fmt.Errorf("page %d says that it is page %d", id, got)
	}
	if err := w.claim(id, over+1); err != nil {
		return nil, err
	}
	if over == 0 {
		return b, nil
	}
	whole := make([]byte, size*int(over+1))
	if _, err := w.r.ReadAt(whole, int64(id)*int64(size)); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	w.room[depth] = whole
	return whole, nil
}

// keys is the range that the keys of a page must lie in.
type keys struct {
	from []byte // nil: no bound
	to   []byte // nil: no bound; itself out of it
}

// tree walks the page and all below it, and returns the last key.
func (w *pageWalk) tree(id uint64, in keys, s *Shape, depth int) (last []byte, err error) {
	b, err := w.page(id, depth)
	if err != nil {
		return nil, err
	}
	switch native.Uint16(b[8:]) {
	case flagLeaf:
		return w.leaf(b, id, in, s, depth)
	case flagBranch:
		return w.branch(b, id, in, s, depth)
	}
	return nil, fmt.Errorf("page %d is of no kind that belongs there", id)
}

func (w *pageWalk) branch(b []byte, id uint64, in keys, s *Shape, depth int) (last []byte, err error) {
	e, err := elementsOf(b, id, in, false)
	if err != nil {
		return nil, err
	}
	if e.count == 0 {
		return nil, fmt.Errorf("page %d leads nowhere", id)
	}
	for n := range e.count {
		below := keys{from: e.key(n), to: in.to}
		if n+1 < e.count {
			below.to = e.key(n + 1)
		}
		if last, err = w.tree(native.Uint64(b[pageHeader+n*pageElement+8:]), below, s, depth+1); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (w *pageWalk) leaf(b []byte, id uint64, in keys, s *Shape, depth int) (last []byte, err error) {
	e, err := elementsOf(b, id, in, true)
	if err != nil {
		return nil, err
	}
	for n := range e.count {
		flags, key, value := native.Uint32(b[pageHeader+n*pageElement:]), e.key(n), e.value(n)
		within := s.of(key)
		if flags > flagBucket || (flags == flagBucket) != (within != nil) {
			return nil, fmt.Errorf("page %d has a bucket where none belongs, or none where one does", id)
		}
		if within != nil {
			if err := w.inner(value, id, within, depth+1); err != nil {
				return nil, err
			}
		}
		last = key
	}
	return last, nil
}

// inner walks a bucket within a page, or the tree that its head leads to.
func (w *pageWalk) inner(value []byte, id uint64, s *Shape, depth int) (err error) {
	if len(value) < bucketHead {
		return fmt.Errorf("page %d has a bucket that is cut short", id)
	}
	root, sequence := native.Uint64(value), native.Uint64(value[8:])
	var last []byte
	switch {
	case root != 0 && len(value) > bucketHead:
		return fmt.Errorf("page %d has a bucket in two places", id)
	case root != 0:
		last, err = w.tree(root, keys{}, s, depth)
	case len(value) < bucketHead+pageHeader || native.Uint16(value[bucketHead+8:]) != flagLeaf:
		return fmt.Errorf("page %d has a bucket that is cut short", id)
	default:
		last, err = w.leaf(value[bucketHead:], id, keys{}, s, depth)
	}
	if err != nil {
		return err
	}
	if n := s.number(last); n > sequence {
		return fmt.Errorf("page %d: a bucket counts up to %d, and %d is in it: what is new would overwrite what is there", id, sequence, n)
	}
	return nil
}

// elements are the keys and values of one page, which lie within it.
type elements struct {
	b     []byte
	count int
	leaf  bool
}

// sizes returns where an element's key begins, and how long key and value are.
func (e elements) sizes(n int) (at, key, value uint64) {
	head := pageHeader + n*pageElement
	b := e.b[head:]
	if e.leaf {
		return uint64(head) + uint64(native.Uint32(b[4:])), uint64(native.Uint32(b[8:])), uint64(native.Uint32(b[12:]))
	}
	return uint64(head) + uint64(native.Uint32(b)), uint64(native.Uint32(b[4:])), 0
}

func (e elements) key(n int) []byte {
	at, key, _ := e.sizes(n)
	return e.b[at : at+key]
}

func (e elements) value(n int) []byte {
	at, key, value := e.sizes(n)
	return e.b[at+key : at+key+value]
}

// elementsOf checks that all of them lie within the page, one behind the other,
// and that the keys rise and stay in their range.
func elementsOf(b []byte, id uint64, in keys, leaf bool) (e elements, err error) {
	e = elements{b: b, count: int(native.Uint16(b[10:])), leaf: leaf}
	next := uint64(pageHeader + e.count*pageElement)
	if next > uint64(len(b)) {
		return e, fmt.Errorf("page %d is too small for what it says to hold", id)
	}
	var before []byte
	for n := range e.count {
		at, key, value := e.sizes(n)
		if at != next || key == 0 || key+value > uint64(len(b))-at {
			return e, fmt.Errorf("page %d holds something that does not lie where it should", id)
		}
		next = at + key + value
		k := e.key(n)
		if n > 0 && bytes.Compare(before, k) >= 0 || bytes.Compare(k, in.from) < 0 || in.to != nil && bytes.Compare(k, in.to) >= 0 {
			return e, fmt.Errorf("page %d: its keys are not in their order", id)
		}
		before = k
	}
	return e, nil
}

// free checks the list of free pages, which a file by Kairan does not have: they
// are those that nothing leads to.
func (w *pageWalk) free() error {
	if w.m.freelist == noFreelist {
		return nil
	}
	b, err := w.page(w.m.freelist, 0)
	if err != nil {
		return err
	}
	count, at := uint64(native.Uint16(b[10:])), uint64(pageHeader)
	if count == 0xFFFF {
		count, at = native.Uint64(b[at:]), at+8
	}
	if native.Uint16(b[8:]) != flagFree || count > (uint64(len(b))-at)/8 {
		return fmt.Errorf("page %d is not the list of free pages that it should be", w.m.freelist)
	}
	for n := range count {
		if err := w.claim(native.Uint64(b[at+n*8:]), 1); err != nil {
			return errors.Join(fmt.Errorf("the list of free pages is wrong"), err)
		}
	}
	return nil
}
