package main

import (
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// programMain is main with a clock that a test can move. Beside the file of the clock, the
// file `files` bounds how many files it may open, and one called `counts` becomes a socket
// that tells what it holds. Feeds may be on this computer, and Tab waits on a busy one.
func programMain() {
	if beside := filepath.Dir(os.Getenv(clockEnv)); beside != "." {
		fewFiles(filepath.Join(beside, "files"))
		countOn(filepath.Join(beside, "counts"))
	}
	os.Exit(runWithSignals(append([]string{"kairan"}, os.Args[1:]...), shifted(os.Getenv(clockEnv)), leeway{reach: netip.Addr.IsLoopback, tab: patience}))
}

// shifted is a clock by the offset in a file, which is read every few milliseconds.
func shifted(clock string) func() time.Time {
	var mu sync.Mutex
	var read time.Time
	var offset time.Duration
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if now.Sub(read) >= look/4 {
			b, _ := os.ReadFile(clock)
			offset, _ = time.ParseDuration(string(b)) // no file, no offset
			read = now
		}
		return now.Add(offset)
	}
}

// held is what the program holds: goroutines, octets in use after a collection, files.
type held struct{ Goroutines, Heap, Files int }

// countOn tells it to whoever connects, if the file is there in whose place the socket goes.
func countOn(name string) {
	if os.Remove(name) != nil {
		return
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		panic(err)
	}
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			for range 3 { // a pool lives through two
				runtime.GC()
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			files, _ := os.ReadDir("/proc/self/fd")
			_ = json.NewEncoder(c).Encode(held{runtime.NumGoroutine(), int(m.HeapInuse), len(files)})
			_ = c.Close()
		}
	}()
}
