package powercut

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Recorder is a mounted directory. What works in it must be another process: whoever maps a
// file of a mount that it serves itself can wait for itself without end.
type Recorder struct {
	server *fuse.Server

	mu    sync.Mutex // held while an operation is done, so that there is one order
	n     int        // operations that were asked for
	all   []Operation
	ids   map[fs.StableAttr]uint64
	held  []*os.File // all that were made
	watch func(n int, op Operation) syscall.Errno
}

// Mount hands the directory at, which is empty, through to back. It fails where this process
// may not mount. watch is told of each operation before it is done, and which one it is, from
// 1; what it returns, if not 0, the operation fails with.
func Mount(back, at string, watch func(n int, op Operation) syscall.Errno) (*Recorder, error) {
	r := &Recorder{ids: map[fs.StableAttr]uint64{}, watch: watch}
	var st syscall.Stat_t
	if err := syscall.Stat(back, &st); err != nil {
		return nil, err
	}
	root := &fs.LoopbackRoot{Path: back, Dev: st.Dev}
	top := &node{LoopbackNode: fs.LoopbackNode{RootData: root}, r: r}
	root.RootNode = top
	second := time.Second
	server, err := fs.Mount(at, top, &fs.Options{
		AttrTimeout: &second, EntryTimeout: &second,
		MountOptions: fuse.MountOptions{
			DirectMountStrict: true, FsName: back, Name: "powercut", DisableXAttrs: true,
			// Nobody else writes what is below. Else the kernel forgets a page when the time of
			// the file has changed, even while a write of it is on its way here, and whoever has
			// mapped the file reads the page of before, again and again.
			ExplicitDataCacheControl: true,
		},
	})
	r.server = server
	return r, err
}

// Operations are all that were done until now.
func (r *Recorder) Operations() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.all)
}

// Unmount ends the mount. Nothing may be open in it.
func (r *Recorder) Unmount() error {
	err := r.server.Unmount()
	for _, f := range r.held {
		err = errors.Join(err, f.Close())
	}
	return err
}

// do does an operation, or fails it, and records it.
func (r *Recorder) do(op Operation, do func() syscall.Errno) syscall.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	no := r.watch(r.n, op)
	if no == 0 {
		no = do()
	} else if op.Kind == Sync {
		r.all = append(r.all, Operation{Kind: SyncFailed, Node: op.Node})
	}
	if no == 0 {
		r.all = append(r.all, op)
	}
	return no
}

// id is called with r.mu held.
func (r *Recorder) id(n *fs.Inode) uint64 {
	if n.IsRoot() {
		return Root
	}
	a := n.StableAttr()
	if r.ids[a] == 0 {
		r.ids[a] = Root + 1 + uint64(len(r.ids))
	}
	return r.ids[a]
}

// hold keeps a file open that was made, until the end. Else the disk below gives the number
// of one that is gone to the next, and the kernel what it remembers of the one as the
// other's octets: pages of a database that a compaction has replaced.
func (r *Recorder) hold(path string) syscall.Errno {
	f, err := os.Open(path)
	if err != nil {
		return fs.ToErrno(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(r.held, f)
	return 0
}

// of is the number of a node.
func (r *Recorder) of(n *fs.Inode) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.id(n)
}

type node struct {
	fs.LoopbackNode
	r *Recorder
}

// WrapChild makes a node of what is met in a directory.
func (n *node) WrapChild(context.Context, fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{LoopbackNode: fs.LoopbackNode{RootData: n.RootData}, r: n.r}
}

// make makes a name, of which the number is known only afterwards.
func (n *node) make(name string, dir bool, do func() (*fs.Inode, syscall.Errno)) (*fs.Inode, syscall.Errno) {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	n.r.n++
	l := Link{n.r.id(n.EmbeddedInode()), name, 0, dir}
	if no := n.r.watch(n.r.n, Operation{Kind: Name, Names: []Link{l}}); no != 0 {
		return nil, no
	}
	made, no := do()
	if no == 0 {
		l.Node = n.r.id(made)
		n.r.all = append(n.r.all, Operation{Kind: Name, Names: []Link{l}})
	}
	return made, no
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (made *fs.Inode, fh fs.FileHandle, fuseFlags uint32, no syscall.Errno) {
	made, no = n.make(name, false, func() (*fs.Inode, syscall.Errno) {
		made, fh, fuseFlags, no = n.LoopbackNode.Create(ctx, name, flags, mode, out)
		return made, no
	})
	if no == 0 {
		no = n.r.hold(filepath.Join(n.RootData.Path, n.Path(n.Root()), name))
	}
	return made, handed(fh), fuseFlags | fuse.FOPEN_KEEP_CACHE, no
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(name, true, func() (*fs.Inode, syscall.Errno) { return n.LoopbackNode.Mkdir(ctx, name, mode, out) })
}

func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(name, false, func() (*fs.Inode, syscall.Errno) { return n.LoopbackNode.Link(ctx, target, name, out) })
}

func (n *node) Symlink(context.Context, string, string, *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return nil, syscall.ENOTSUP
}

func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	return n.r.do(Operation{Kind: Name, Names: []Link{{In: n.r.of(n.EmbeddedInode()), Name: name}}}, func() syscall.Errno { return n.LoopbackNode.Unlink(ctx, name) })
}

func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	return n.r.do(Operation{Kind: Name, Names: []Link{{In: n.r.of(n.EmbeddedInode()), Name: name}}}, func() syscall.Errno { return n.LoopbackNode.Rmdir(ctx, name) })
}

func (n *node) Rename(ctx context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	moved := n.GetChild(name)
	if moved == nil || flags != 0 {
		return syscall.ENOTSUP
	}
	names := []Link{
		{In: n.r.of(n.EmbeddedInode()), Name: name},
		{n.r.of(to.EmbeddedInode()), newName, n.r.of(moved), moved.IsDir()},
	}
	return n.r.do(Operation{Kind: Name, Names: names}, func() syscall.Errno { return n.LoopbackNode.Rename(ctx, name, to, newName, flags) })
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	set := func() syscall.Errno { return n.LoopbackNode.Setattr(ctx, f, in, out) }
	if size, is := in.GetSize(); is {
		return n.r.do(Operation{Kind: Truncate, Node: n.r.of(n.EmbeddedInode()), Off: int64(size)}, set)
	}
	return set()
}

func (n *node) Write(ctx context.Context, f fs.FileHandle, data []byte, off int64) (written uint32, no syscall.Errno) {
	no = n.r.do(Operation{Kind: Write, Node: n.r.of(n.EmbeddedInode()), Off: off, Data: slices.Clone(data)}, func() syscall.Errno {
		written, no = f.(fs.FileWriter).Write(ctx, data, off)
		return no
	})
	return written, no
}

// Fsync is of files; the back needs none.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return n.r.do(Operation{Kind: Sync, Node: n.r.of(n.EmbeddedInode())}, func() syscall.Errno { return 0 })
}

func (n *node) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOTSUP // so that the kernel reads and writes
}

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if flags&syscall.O_TRUNC != 0 {
		return nil, 0, syscall.EINVAL // the kernel asks for that apart
	}
	f, fuseFlags, no := n.LoopbackNode.Open(ctx, flags)
	return handed(f), fuseFlags | fuse.FOPEN_KEEP_CACHE, no
}

// handle is a file that is open, of which the kernel writes nothing by itself.
type handle struct{ *fs.LoopbackFile }

func handed(f fs.FileHandle) fs.FileHandle {
	if of, is := f.(*fs.LoopbackFile); is {
		return handle{of}
	}
	return f
}

func (handle) PassthroughFd() (int, bool) { return 0, false }

func (n *node) OpendirHandle(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	f, fuseFlags, no := n.LoopbackNode.OpendirHandle(ctx, flags)
	if no != 0 {
		return nil, 0, no
	}
	return &dirHandle{f, n}, fuseFlags, 0
}

// dirHandle is a directory that is open.
type dirHandle struct {
	of fs.FileHandle
	n  *node
}

func (h *dirHandle) Readdirent(ctx context.Context) (*fuse.DirEntry, syscall.Errno) {
	return h.of.(fs.FileReaddirenter).Readdirent(ctx)
}

func (h *dirHandle) Seekdir(ctx context.Context, off uint64) syscall.Errno {
	return h.of.(fs.FileSeekdirer).Seekdir(ctx, off)
}

func (h *dirHandle) Releasedir(ctx context.Context, flags uint32) {
	h.of.(fs.FileReleasedirer).Releasedir(ctx, flags)
}

func (h *dirHandle) Fsyncdir(ctx context.Context, flags uint32) syscall.Errno {
	return h.n.Fsync(ctx, h, flags)
}
