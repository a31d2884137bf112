package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// house are the relays of one issue, each a process of its own that records what it takes.
type house struct {
	dir    string
	relays []*relayProcess
}

// startHouse starts a relay of each kind, whose records lie in dir.
func startHouse(dir string, specs []relaySpec, stderr io.Writer) (h *house, err error) {
	h = &house{dir: dir}
	for n, spec := range specs {
		spec.Record = h.record(n)
		p, err := startRelay(spec, stderr)
		if err != nil {
			return nil, errors.Join(err, h.end())
		}
		h.relays = append(h.relays, p)
	}
	return h, nil
}

func (h *house) record(n int) string { return filepath.Join(h.dir, fmt.Sprintf("record-%d", n)) }

// farm are the relays as a sender knows them.
func (h *house) farm(connections int, shares []int) (all []farmRelay) {
	for n, p := range h.relays {
		all = append(all, farmRelay{p.Port, connections, shares[n]})
	}
	return all
}

// idle waits until no connection is open to any, and sums up what they have seen.
func (h *house) idle(ctx context.Context) (sum counters, err error) {
	for _, p := range h.relays {
		c, err := p.idle(ctx)
		if err != nil {
			return sum, err
		}
		sum.Messages += c.Messages
		sum.Unanswered += c.Unanswered
	}
	return sum, nil
}

// copies are what each relay has taken, and all of that in the order in which it was.
// Connections are told apart in all, since each relay counts its own.
func (h *house) copies() (each [][]copyTaken, all []copyTaken, err error) {
	for n := range h.relays {
		mine, err := readRecord(h.record(n))
		if err != nil {
			return nil, nil, err
		}
		each = append(each, mine)
		for _, c := range mine {
			c.conn += int64(n) << 32
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b copyTaken) int { return cmp.Compare(a.at, b.at) })
	return each, all, nil
}

func (h *house) end() (err error) {
	for _, p := range h.relays {
		err = errors.Join(err, p.end())
	}
	return err
}
