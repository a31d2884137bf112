package control

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"
	"sync"
)

// Peer is who is at the other end of the socket, as the kernel says.
type Peer struct {
	Name string // of the account
	UID  int    // -1: this system does not say
	GIDs []int  // of its groups, wherever those are administered
}

type peerKey struct{}

// PeerOf is the account that asks for a verb: the one at the other end of the socket, or
// that of this program if a command opened the service itself.
func PeerOf(ctx context.Context) Peer {
	if p, ok := ctx.Value(peerKey{}).(func() Peer); ok {
		return p()
	}
	return ownPeer()
}

// Actor is the name of the account that asks for a verb, for a timeline or the log.
func Actor(ctx context.Context) string { return PeerOf(ctx).Name }

// WithActor is a context in which this program asks under another name.
func WithActor(ctx context.Context, name string) context.Context {
	p := ownPeer()
	p.Name = name
	return WithPeer(ctx, p)
}

// WithPeer is a context in which somebody else asks.
func WithPeer(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, func() Peer { return p })
}

// peer finds who is at the other end of a connection.
func (k *nameKeeper) peer(ctx context.Context, c net.Conn) context.Context {
	p := Peer{Name: "unknown", UID: -1}
	if uc, ok := c.(*net.UnixConn); ok {
		if raw, err := uc.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				if uid, gids, ok := peerIDs(int(fd)); ok {
					p = Peer{"", uid, gids}
				}
			})
		}
	}
	if p.Name != "" {
		return WithPeer(ctx, p)
	}
	// A directory may take its time, for which no other connection is to wait.
	return context.WithValue(ctx, peerKey{}, sync.OnceValue(func() Peer {
		p.Name = k.nameOf(ctx, p.UID)
		return p
	}))
}

// ownPeer is the account that runs this program.
func ownPeer() Peer {
	p := Peer{UID: os.Getuid()}
	p.GIDs, _ = os.Getgroups()
	p.GIDs = append(p.GIDs, os.Getgid())
	if u, err := user.Current(); err == nil {
		p.Name = u.Username
	} else {
		p.Name = unnamed + strconv.Itoa(p.UID)
	}
	return p
}
