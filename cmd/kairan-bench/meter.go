package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"example.jp/kairan/store"
)

// meter measures this process while it sends.
type meter struct {
	store   *store.Store
	began   time.Time
	cpu     time.Duration
	mallocs uint64
	commits uint64
	statm   *os.File
	quit    chan struct{}
	peak    chan peak
}

type peak struct {
	anon int64
	err  error
}

// sampleEvery is how often memory is looked at.
const sampleEvery = 20 * time.Millisecond

func startMeter(s *store.Store) (*meter, error) {
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil, fmt.Errorf("memory can be measured on Linux only: %w", err)
	}
	debug.FreeOSMemory() // what the making of the issue left is not the sender's
	m := &meter{store: s, statm: statm, quit: make(chan struct{}), peak: make(chan peak, 1)}
	if m.cpu, err = cpuTime(); err != nil {
		return nil, errors.Join(err, statm.Close())
	}
	m.commits, m.mallocs, m.began = s.Commits(), mallocs(), time.Now()
	go func() { m.peak <- m.sample() }()
	return m, nil
}

// stop ends the measuring.
func (m *meter) stop() (*sent, error) {
	elapsed := time.Since(m.began)
	cpu, err := cpuTime()
	allocs := mallocs() - m.mallocs
	close(m.quit)
	p := <-m.peak
	if err := errors.Join(err, p.err, m.statm.Close()); err != nil {
		return nil, err
	}
	return &sent{
		Elapsed: elapsed, CPU: cpu - m.cpu, Allocs: allocs, AnonPeak: p.anon, Commits: m.store.Commits() - m.commits, GCPercent: gcPercent(),
	}, nil
}

func (m *meter) sample() (p peak) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	buf := make([]byte, 4096)
	for {
		n, _ := m.statm.ReadAt(buf, 0) // it ends before the buffer does
		anon, err := rssAnon(buf[:n])
		if err != nil {
			return peak{err: err}
		}
		p.anon = max(p.anon, anon)
		select {
		case <-m.quit:
			return p
		case <-tick.C:
		}
	}
}

// rssAnon reads the octets of anonymous memory from /proc/PID/statm: what is
// resident less what is shared. (To read /proc/PID/status takes 0.4 ms, which
// showed in the CPU of a message.) The database is mapped, so its pages are the
// file's and not counted.
func rssAnon(statm []byte) (int64, error) {
	var size, resident, shared int64
	if _, err := fmt.Sscan(string(statm), &size, &resident, &shared); err != nil {
		return 0, fmt.Errorf("the kernel does not say how much anonymous memory a process has: %w", err)
	}
	return (resident - shared) * int64(os.Getpagesize()), nil
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// gcPercent is the GOGC in force: memory and CPU can only be read with it.
func gcPercent() uint64 {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
