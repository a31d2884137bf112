package origin

import (
	"context"
	"errors"
	"maps"
	"net"
	"strings"
)

// zone is a DNS: what stands at "TYPE name", or at "PTR address". The value "down" is
// that of a server that gives no answer.
type zone map[string][]string

func (z zone) at(kind, name string) ([]string, error) {
	values, ok := z[kind+" "+strings.TrimSuffix(name, ".")]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case values[0] == "down":
		return nil, errors.New("read: connection refused")
	}
	return values, nil
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) { return z.at("TXT", name) }

func (z zone) LookupAddr(_ context.Context, addr string) ([]string, error) { return z.at("PTR", addr) }

func (z zone) LookupMX(_ context.Context, name string) (all []*net.MX, err error) {
	hosts, err := z.at("MX", name)
	for _, h := range hosts {
		all = append(all, &net.MX{Host: h, Pref: 10})
	}
	return all, err
}

func (z zone) LookupIPAddr(_ context.Context, name string) (all []net.IPAddr, err error) {
	addrs, err := z.at("A", name)
	for _, a := range addrs {
		all = append(all, net.IPAddr{IP: net.ParseIP(a)})
	}
	return all, err
}

// with is a zone with changes; nil takes away what is there.
func (z zone) with(changes zone) zone {
	out := maps.Clone(z)
	for at, values := range changes {
		if out[at] = values; values == nil {
			delete(out, at)
		}
	}
	return out
}

// offline answers nothing.
type offline struct{ Resolver }

func (offline) LookupTXT(context.Context, string) ([]string, error) {
	return nil, context.DeadlineExceeded
}

func (offline) LookupMX(context.Context, string) ([]*net.MX, error) {
	return nil, context.DeadlineExceeded
}

func (offline) LookupAddr(context.Context, string) ([]string, error) {
	return nil, context.DeadlineExceeded
}

func (offline) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) {
	return nil, context.DeadlineExceeded
}

// counting is a zone that remembers what it was asked.
type counting struct {
	zone
	names []string
}

func (c *counting) LookupTXT(ctx context.Context, name string) ([]string, error) {
	c.names = append(c.names, name)
	return c.zone.LookupTXT(ctx, name)
}

// silent is a server that never answers.
type silent struct{ Resolver }

func (silent) LookupTXT(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
