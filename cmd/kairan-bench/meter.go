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
	looked  time.Time // when the memory was last looked at
	peak    int64     // most octets of memory that were seen
}

// lookEvery is how often memory is looked at.
const lookEvery = 20 * time.Millisecond

func startMeter(s *store.Store) (*meter, error) {
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil, fmt.Errorf("memory can be measured on Linux only: %w", err)
	}
	debug.FreeOSMemory() // what the making of the issue left is not the sender's
	cpu, err := cpuTime()
	if err != nil {
		return nil, errors.Join(err, statm.Close())
	}
	return &meter{store: s, statm: statm, cpu: cpu, commits: s.Commits(), mallocs: mallocs(), began: time.Now()}, nil
}

// look measures memory now and then; it is to be called often.
func (m *meter) look() error {
	if time.Since(m.looked) < lookEvery {
		return nil
	}
	buf := make([]byte, 4096)
	n, _ := m.statm.ReadAt(buf, 0) // it ends before the buffer does
	now, err := readMemory(buf[:n])
	m.peak, m.looked = max(m.peak, now.anon), time.Now()
	return err
}

// stop ends the measuring.
func (m *meter) stop() (*sent, error) {
	elapsed := time.Since(m.began)
	cpu, err := cpuTime()
	return &sent{
		Elapsed: elapsed, CPU: cpu - m.cpu, Allocs: mallocs() - m.mallocs, AnonPeak: m.peak, Commits: m.store.Commits() - m.commits, GCPercent: gcPercent(),
	}, errors.Join(err, m.statm.Close())
}

// memory is what a process has resident, in octets: what is its own alone, and that with
// what it shares, above all the pages of the database, which the kernel takes back when
// something else wants them.
type memory struct{ anon, whole int64 }

// readMemory reads /proc/PID/statm: anonymous is what is resident less what is shared. (To
// read /proc/PID/status takes 0.4 ms, which showed in the CPU of a message.)
func readMemory(statm []byte) (memory, error) {
	var size, resident, shared int64
	if _, err := fmt.Sscan(string(statm), &size, &resident, &shared); err != nil {
		return memory{}, fmt.Errorf("the kernel does not say how much memory a process has: %w", err)
	}
	page := int64(os.Getpagesize())
	return memory{(resident - shared) * page, resident * page}, nil
}

// watchMemory looks at the memory of a process until it is asked for the most.
func watchMemory(pid int) (most func() memory) {
	end, peak := make(chan struct{}), make(chan memory)
	go func() {
		var most memory
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			if statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid)); err == nil {
				if n, err := readMemory(statm); err == nil {
					most = memory{max(most.anon, n.anon), max(most.whole, n.whole)}
				}
			}
			select {
			case <-tick.C:
			case <-end:
				peak <- most
				return
			}
		}
	}()
	return func() memory { close(end); return <-peak }
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

// fsyncTime is the median of what a small write and its fsync take in dir.
func fsyncTime(dir string) (microseconds float64, err error) {
	f, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var times []time.Duration
	for range 33 {
		began := time.Now()
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
	}
	return medianOf(times, micros), nil
}
