package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"sync"
	"testing"
)

// sitting is somebody before a terminal, on which a program runs.
type sitting struct {
	program *exec.Cmd
	person  *os.File
	mu      sync.Mutex
	shown   []byte        // all that was shown
	read    int           // of it, what was looked at
	ended   chan struct{} // when nothing more is shown
}

// sitDown starts a program on a terminal.
func sitDown(c *exec.Cmd, columns int) (*sitting, error) {
	person, err := startOnTerminal(c, columns)
	if err != nil {
		return nil, err
	}
	s := &sitting{program: c, person: person, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		b := make([]byte, 4096)
		for {
			n, err := person.Read(b) // EIO, when the program has ended
			s.mu.Lock()
			s.shown = append(s.shown, b[:n]...)
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s, nil
}

// sees waits until something is shown behind what was seen before.
func (s *sitting) sees(what string) error {
	re, err := regexp.Compile("(?m)" + what)
	if err != nil {
		return err
	}
	found := await(func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		at := re.FindIndex(s.shown[s.read:])
		if at != nil {
			s.read += at[1]
		}
		return at != nil
	})
	if !found {
		return fmt.Errorf("the terminal does not show %s, but\n%s", what, s.text())
	}
	return nil
}

// types types, as it stands; a line ends with "\n", and "\x03" is Ctrl-C.
func (s *sitting) types(text string) error {
	_, err := s.person.WriteString(text)
	return err
}

// text is all that was shown.
func (s *sitting) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.shown)
}

// TestWaiting: who waits at a terminal sees that something is done, and elsewhere nothing is
// written.
func TestWaiting(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("terminals are tried on Linux only")
	}
	person, terminal, err := openTerminal(usualWidth)
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer terminal.Close()
	a := &app{std: streams{err: terminal}}
	end := a.waiting(t.Context())
	shown, err := bufio.NewReader(person).ReadString('s')
	if end(); err != nil || shown != "\r… 1 s" {
		t.Errorf("%q, %v", shown, err)
	}
	var b bytes.Buffer
	a.std.err = &b
	a.waiting(t.Context())()
	if b.Len() > 0 {
		t.Errorf("%q", &b)
	}
}

// leave waits for the end of the program, and returns all that was shown.
func (s *sitting) leave() (string, error) {
	<-s.ended
	err := s.program.Wait()
	_ = s.person.Close()
	return s.text(), err
}
