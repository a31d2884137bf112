package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"time"
)

// lane is a connection of a load, on which one request is under way.
type lane struct {
	fd  int
	in  []byte
	got int
}

// load asks at an address over so many connections, each at once when it has its answer. pid
// is the process whose time is measured; 0: nobody's is. One thread waits for all connections: what asks takes its
// time from what answers, on the same cores, so it does as little as it can. Every answer
// must be a 200 and as long as the first.
func load(at netip.AddrPort, pid, connections int, during time.Duration, ask func() []byte) (a answered, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return a, err
	}
	defer syscall.Close(poll)
	lanes := map[int32]*lane{}
	defer func() {
		for _, l := range lanes {
			_ = syscall.Close(l.fd)
		}
	}()
	for range connections {
		l, err := dial(at)
		if err != nil {
			return a, err
		}
		lanes[int32(l.fd)] = l
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, l.fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(l.fd)}); err != nil {
			return a, err
		}
		if err := l.write(ask()); err != nil {
			return a, err
		}
	}
	const patience = 10_000 // ms; a server that says nothing for so long is not measured
	events := make([]syscall.EpollEvent, connections)
	cpu := time.Duration(0)
	if pid > 0 {
		if cpu, err = cpuOf(pid); err != nil {
			return a, err
		}
	}
	answers, length, began := 0, 0, time.Now()
	for time.Since(began) < during {
		n, err := syscall.EpollWait(poll, events, patience)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return a, fmt.Errorf("%s has stopped answering: %v", at, err)
		}
		for _, e := range events[:n] {
			l := lanes[e.Fd]
			whole, err := l.read(&length)
			if err != nil {
				return a, err
			}
			if !whole {
				continue
			}
			answers++
			if err := l.write(ask()); err != nil {
				return a, err
			}
		}
	}
	a.PerSecond = float64(answers) / time.Since(began).Seconds()
	if pid == 0 {
		return a, nil
	}
	used, err := cpuOf(pid)
	a.CPU = micros(used-cpu) / float64(answers)
	return a, err
}

func dial(at netip.AddrPort) (*lane, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return &lane{fd: fd, in: make([]byte, 256<<10)}, syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
}

func (l *lane) write(request []byte) error {
	n, err := syscall.Write(l.fd, request)
	if err == nil && n < len(request) {
		err = fmt.Errorf("%d of %d octets written", n, len(request))
	}
	return err
}

// read reads what has come, and says whether it is a whole answer; length is what all have,
// 0 before the first.
func (l *lane) read(length *int) (whole bool, err error) {
	n, err := syscall.Read(l.fd, l.in[l.got:])
	if err != nil || n == 0 {
		return false, fmt.Errorf("the connection was ended after %q: %v", l.in[:min(l.got, 100)], err)
	}
	l.got += n
	if *length == 0 {
		if *length, err = lengthOf(l.in[:l.got]); err != nil || *length == 0 {
			return false, err
		}
	}
	switch {
	case l.got < *length:
		return false, nil
	case l.got > *length || !bytes.HasPrefix(l.in, []byte("HTTP/1.1 200 ")):
		return false, fmt.Errorf("an answer is not as the first was: %q", l.in[:min(l.got, 300)])
	}
	l.got = 0
	return true, nil
}
