package viewer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	// idleFor is how long nobody may look on before the page ends.
	idleFor = 30 * time.Minute
	// beat is how often a stream says that it is alive.
	beat = 15 * time.Second
)

// ErrIdle is the end of a page on which nobody has looked for long.
var ErrIdle = errors.New("nobody has looked at the preview for half an hour, so it has ended")

// Serve answers until ctx is done, or [ErrIdle].
func (p *Page) Serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(p.listener) }()
	defer server.Close()
	look := time.NewTicker(time.Minute)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case now := <-look.C:
			if p.idle(now) {
				return ErrIdle
			}
		}
	}
}

// see notes that somebody looks.
func (p *Page) see() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = time.Now()
}

// idle says whether nobody has looked for long.
func (p *Page) idle(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams == 0 && now.Sub(p.seen) >= idleFor
}

// events tells a browser of each new view, as server-sent events.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	p.watch(1)
	defer p.watch(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	alive := time.NewTicker(beat)
	defer alive.Stop()
	for told := -1; ; {
		n, changed := p.count()
		line := ":\n\n"
		if n != told {
			told, line = n, fmt.Sprintf("data: %d\n\n", n)
		}
		if _, err := w.Write([]byte(line)); err != nil || flusher.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-alive.C:
		}
	}
}

func (p *Page) watch(more int) {
	p.see()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams += more
}

// count is how many views there were, and what is closed at the next one.
func (p *Page) count() (int, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes, p.changed
}
