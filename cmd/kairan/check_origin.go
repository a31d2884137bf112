package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/origin"
)

// dnsTimeout is how long `check` waits for the DNS in all. Without a network it says
// what it would have looked at, and goes on.
const dnsTimeout = 15 * time.Second

// checkOrigin looks at the records by which mail of the lists shows where it comes from.
// Names of the sample are looked up only at a server that was named: nobody's are meant.
func (c *checkup) checkOrigin(ctx context.Context, cfg *config.Config, server string) {
	house := houseOf(cfg)
	if server == "" {
		house = withoutSamples(house)
	}
	if left := len(cfg.Order) - len(house.Senders); left > 0 {
		c.do("dns", func() (string, error) {
			return "", errSkipped(deliver.Count(left, "list") + " with names of the sample, which are looked up nowhere; with your own this says which records to publish")
		})
	}
	if len(house.Senders) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	c.verdicts(house.Records(ctx, resolver(server)))
}

// checkMessage judges a copy that came back. Nothing else is checked.
func (a *app) checkMessage(ctx context.Context, file, server string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	m, err := a.readMessage(file)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	c := checkup{app: a}
	c.verdicts(houseOf(cfg).Judge(ctx, resolver(server), m))
	return c.result()
}

func (a *app) readMessage(file string) (*origin.Message, error) {
	in := a.std.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		defer f.Close()
		in = f
	}
	m, err := origin.Read(in)
	if errors.Is(err, origin.ErrTooLarge) || errors.Is(err, origin.ErrNoMessage) {
		return nil, exit.Usagef("%s: %w", nameOfInput(file), err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOfInput(file), err)
	}
	return m, nil
}

func nameOfInput(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

// verdicts prints what was found, as checks.
func (c *checkup) verdicts(all []origin.Verdict) {
	for _, v := range all {
		c.do(v.What, func() (string, error) {
			said := v.Text
			if v.Write != "" {
				said += "\n  " + v.Write
			}
			switch v.State {
			case origin.Fine:
				return said, nil
			case origin.Unknown:
				return "", errSkipped(said)
			case origin.Doubtful:
				return "", errWarned(said)
			default:
				return "", errors.New(said)
			}
		})
	}
}

// houseOf is everything that sends, as far as it is seen from outside.
func houseOf(cfg *config.Config) (h origin.House) {
	for _, id := range cfg.Order {
		l := cfg.Lists[id]
		h.Senders = append(h.Senders, origin.Sender{List: id, From: l.From, ReturnPath: l.ReturnPath})
	}
	for _, r := range cfg.Relays() {
		h.Relays = append(h.Relays, origin.Relay{Host: r.Host, Hello: r.Hello, Keys: r.Keys})
	}
	return h
}

// withoutSamples is a house without what nobody has replaced yet.
func withoutSamples(h origin.House) (out origin.House) {
	for _, s := range h.Senders {
		if !forExamples(s.From.Domain()) && !forExamples(s.ReturnPath.Domain()) {
			out.Senders = append(out.Senders, s)
		}
	}
	for _, r := range h.Relays {
		if !forExamples(r.Host) && !forExamples(r.Hello) {
			out.Relays = append(out.Relays, r)
		}
	}
	return out
}

// resolver asks a DNS server, host:port or a host; "": those of this machine.
func resolver(server string) *net.Resolver {
	if server == "" {
		return &net.Resolver{}
	}
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), "53")
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server)
	}}
}
