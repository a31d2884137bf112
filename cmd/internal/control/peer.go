package control

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"
)

type actorKey struct{}

// Actor is the name of the account that asks for a verb, for a timeline or the log.
func Actor(ctx context.Context) string {
	if name, ok := ctx.Value(actorKey{}).(string); ok {
		return name
	}
	return ownName() // the command that opened the service itself
}

// WithActor is a context in which somebody else asks.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// peer names who is at the other end of the socket, as the kernel says.
func peer(ctx context.Context, c net.Conn) context.Context {
	name := "unknown"
	if uc, ok := c.(*net.UnixConn); ok {
		if raw, err := uc.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				if uid, ok := peerUID(int(fd)); ok {
					name = userName(uid)
				}
			})
		}
	}
	return WithActor(ctx, name)
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// ownName is the name of the account that runs this program.
func ownName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return userName(os.Getuid())
}
