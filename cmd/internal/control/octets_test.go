package control

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// cut gives some octets, and then an error; nil: the end.
type cut struct {
	io.Reader
	fault error
}

func (c cut) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if errors.Is(err, io.EOF) && c.fault != nil {
		err = c.fault
	}
	return n, err
}

// TestOctets: whoever is sent octets sees whether they are all there, also where nobody
// could say how many they would be.
func TestOctets(t *testing.T) {
	t.Parallel()
	type service struct{ fault error }
	var verbs Verbs[service]
	text := strings.Repeat("octets", 10_000)
	var closed atomic.Int32
	give := NewVerb(&verbs, "give", func(s *service, _ context.Context, size int64) (*Octets, error) {
		return &Octets{Reader: cut{strings.NewReader(text), s.fault}, Size: size, Close: func() error { closed.Add(1); return nil }}, nil
	})
	for name, s := range map[string]*service{"whole": {}, "cut off": {io.ErrClosedPipe}} {
		path := filepath.Join(t.TempDir(), "socket")
		l, err := Listen(path, "")
		if err != nil {
			t.Fatal(err)
		}
		server := verbs.Server(s, 0)
		go func() { _ = server.Serve(l) }()
		for _, size := range []int64{UnknownSize, int64(len(text))} {
			for where, c := range map[string]*Client[service]{"here": {Local: s}, "over the socket": Over[service](path)} {
				o, err := give.Call(t.Context(), c, size)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(o)
				complete := err == nil && string(got) == text && (size == UnknownSize || o.Size == size)
				if err := o.Close(); err != nil {
					t.Error(err)
				}
				if size == UnknownSize && complete != (s.fault == nil) || s.fault == nil && !complete {
					t.Errorf("%s, %s, size %d: %d octets, %v", name, where, size, len(got), err)
				}
			}
		}
		_ = server.Close()
	}
	if closed.Load() == 0 {
		t.Error("nothing was closed")
	}
}
