package origin

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
)

// Resolver asks the DNS. A [net.Resolver] is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// dns asks each question once. Its errors are of two kinds, which the libraries tell
// apart as well: nothing is there, or nobody could say.
type dns struct {
	from  Resolver
	texts memo[[]string]
	mails memo[[]*net.MX]
	hosts memo[[]net.IPAddr]
	names memo[[]string]
}

// patience is how long one question waits, so that one server which is down leaves time
// for the others.
const patience = 4 * time.Second

// memo is what was answered. It is asked by several goroutines, of the library that
// verifies signatures, and waits for one answer at a time.
type memo[T any] struct {
	mu sync.Mutex
	of map[string]answer[T]
}

type answer[T any] struct {
	value T
	err   error
}

func (m *memo[T]) ask(ctx context.Context, about string, look func(context.Context, string) (T, error)) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.of[about]; ok {
		return a.value, a.err
	}
	if m.of == nil {
		m.of = map[string]answer[T]{}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, err := look(ctx, about)
	m.of[about] = answer[T]{value, plainly(about, err)}
	return value, m.of[about].err
}

// plainly is an error that says whether there is nothing (RFC 1035 §4.1.1, RFC 2308 §2),
// or nobody could say.
func plainly(about string, err error) error {
	if err == nil {
		return nil
	}
	if absent(err) {
		return &net.DNSError{Err: "there is none", Name: about, IsNotFound: true}
	}
	return &net.DNSError{Err: "could not be looked up", Name: about, IsTemporary: true}
}

// errUnknown says that nobody could say.
var errUnknown = errors.New("could not be looked up")

// absent reports an answer that says that there is nothing.
func absent(err error) bool {
	e, is := errors.AsType[*net.DNSError](err)
	return is && e.IsNotFound
}

// whole is a name as it is asked for: a final dot keeps the resolver of this machine
// from trying it below the domains that it searches.
func whole(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

func (d *dns) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return d.texts.ask(ctx, whole(name), d.from.LookupTXT)
}

func (d *dns) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return d.mails.ask(ctx, whole(name), d.from.LookupMX)
}

func (d *dns) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return d.hosts.ask(ctx, whole(host), d.from.LookupIPAddr)
}

func (d *dns) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return d.names.ask(ctx, addr, d.from.LookupAddr)
}

// exists says whether a name has anything that mail has to do with. The answers of a
// [Resolver] do not tell an empty name from none (RFC 8020), and that comes near enough.
func (d *dns) exists(ctx context.Context, name string) (bool, error) {
	_, mx := d.LookupMX(ctx, name)
	_, ip := d.LookupIPAddr(ctx, name)
	_, txt := d.LookupTXT(ctx, name)
	unknown := error(nil)
	for _, err := range []error{mx, ip, txt} {
		if err == nil {
			return true, nil
		}
		if !absent(err) {
			unknown = err
		}
	}
	return false, unknown
}
