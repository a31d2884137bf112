package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"syscall"
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
	status  *os.File
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
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return nil, fmt.Errorf("memory can be measured on Linux only: %w", err)
	}
	debug.FreeOSMemory() // what the making of the issue left is not the sender's
	m := &meter{store: s, status: status, quit: make(chan struct{}), peak: make(chan peak, 1)}
	if m.cpu, err = cpuTime(); err != nil {
		return nil, errors.Join(err, status.Close())
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
	if err := errors.Join(err, p.err, m.status.Close()); err != nil {
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
		n, _ := m.status.ReadAt(buf, 0) // it ends before the buffer does
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

// rssAnon reads the octets of anonymous memory from /proc/PID/status. The
// database is mapped, so its pages are the file's and not counted.
func rssAnon(status []byte) (int64, error) {
	_, rest, ok := bytes.Cut(status, []byte("RssAnon:"))
	words := bytes.Fields(rest)
	if !ok || len(words) < 2 || string(words[1]) != "kB" {
		return 0, errors.New("the kernel does not say how much anonymous memory a process has")
	}
	kb, err := strconv.ParseInt(string(words[0]), 10, 64)
	return kb << 10, err
}

func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
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
