package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe/web"
)

// serviceSpec is one issue that goes out while the public site is open.
type serviceSpec struct {
	Sender      senderSpec
	BackupEvery time.Duration // from the start of one backup to that of the next; 0: at once, negative: none
	Claims      string        // a file that takes a line for each claim; "": none
}

// served is what a service was like while the issue went out.
type served struct {
	Began, Ended  time.Time // of the issue, by the wall
	Backups       []span
	Before, After int64 // octets of the database
	AnonPeak      int64 // octets of anonymous memory of the whole process, while the issue went out
}

// span is from one instant to another, by the wall.
type span struct{ From, To time.Time }

func (s span) overlaps(x span) bool { return s.From.Before(x.To) && x.From.Before(s.To) }

// runService is a sender with the public site, as `kairan serve` has them in one
// process. When the issue is out it goes on with notices, until SIGTERM.
func runService(ctx context.Context, spec serviceSpec, std streams) (err error) {
	w, h, leave, err := moveIn(spec.Sender)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	if err := h.schedule(ctx, w, spec.Sender); err != nil {
		return err
	}
	claims, err := h.noteClaims(spec.Claims)
	if err != nil {
		return err
	}
	port, shut, err := h.openSite(w)
	if err != nil {
		return errors.Join(err, claims.close())
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	workers, work := errgroup.WithContext(work)
	workers.Go(func() error { return h.engine.Run(work) })
	workers.Go(func() error { return h.intake.Run(work) })
	err = h.issueOut(ctx, w, spec, port, json.NewEncoder(std.out))
	if err == nil {
		<-ctx.Done()
	}
	err = errors.Join(err, shut())
	stop()
	return errors.Join(err, workers.Wait(), claims.close())
}

// issueOut sends the issue, and says when it begins and what it was like.
func (h *house) issueOut(ctx context.Context, w *world, spec serviceSpec, port int, say *json.Encoder) error {
	meter, err := startMeter(h.store)
	if err != nil {
		return err
	}
	h.scheduler.Tick(ctx)
	s := served{Began: h.calendar.began}
	if s.Before, err = w.databaseBytes(); err != nil {
		return err
	}
	if err := say.Encode(heard{Event: running, Port: port}); err != nil {
		return err
	}
	backups, done := context.WithCancel(ctx)
	defer done()
	var copying errgroup.Group
	if spec.BackupEvery >= 0 {
		copying.Go(func() (err error) {
			s.Backups, err = h.backups(backups, w, spec.BackupEvery)
			return err
		})
	}
	err = h.conduct(ctx, spec.Sender.Slug)
	s.Ended = time.Now()
	done()
	took, fault := meter.stop()
	if err := errors.Join(err, fault); err != nil {
		return err
	}
	s.AnonPeak = took.AnonPeak
	if err := errors.Join(err, copying.Wait()); err != nil || ctx.Err() != nil {
		return err
	}
	if s.After, err = w.databaseBytes(); err != nil {
		return err
	}
	books, err := h.store.Balance(issueName(spec.Sender.Slug))
	if err != nil {
		return err
	}
	return say.Encode(heard{Event: ended, Books: books, Served: &s})
}

// backups makes backups as the control socket does, until ctx ends, and returns
// when they were made.
func (h *house) backups(ctx context.Context, w *world, every time.Duration) (made []span, err error) {
	for ctx.Err() == nil {
		began := time.Now()
		f, err := os.CreateTemp(filepath.Join(w.dir, "data"), "backup-*")
		if err != nil {
			return made, err
		}
		err = h.store.Backup(ctx, f)
		if err := errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
			return made, err
		}
		made = append(made, span{began, time.Now()})
		select {
		case <-ctx.Done():
		case <-time.After(every - time.Since(began)):
		}
	}
	return made, nil
}

// openSite opens the public pages on loopback.
func (h *house) openSite(w *world) (port int, shut func() error, err error) {
	site, err := web.New(web.Site{
		Desk: h.desk, Links: h.tokens, Lists: w.lists, Order: []string{listID}, Templates: h.templates,
	})
	if err != nil {
		return 0, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- site.Listener(l) }()
	shut = func() error {
		err := site.ShutdownWithTimeout(5 * time.Second)
		if fault := <-ended; !errors.Is(fault, net.ErrClosed) {
			err = errors.Join(err, fault)
		}
		return err
	}
	return l.Addr().(*net.TCPAddr).Port, shut, nil
}

// claims is the record of when readers were claimed.
type claims struct {
	mu  sync.Mutex
	f   *os.File
	out *bufio.Writer
}

// claimed is one line of it, in Unix nanoseconds: the claim was asked for, and
// it was on disk.
type claimed struct{ asked, done int64 }

// noteClaims has each claim of a first attempt noted.
func (h *house) noteClaims(path string) (*claims, error) {
	if path == "" {
		return &claims{}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	c := &claims{f: f, out: bufio.NewWriterSize(f, 1<<16)}
	runs := h.scheduler.Runs
	h.scheduler.Runs = func(name deliver.IssueName) (deliver.Ledger, error) {
		r, err := runs(name)
		return notedRun{r, c}, err
	}
	return c, nil
}

func (c *claims) close() error {
	if c.f == nil {
		return nil
	}
	return errors.Join(c.out.Flush(), c.f.Close())
}

// notedRun notes what is claimed.
type notedRun struct {
	deliver.Ledger
	claims *claims
}

// SettleAndClaim implements [deliver.Ledger].
func (r notedRun) SettleAndClaim(ctx context.Context, settle *deliver.Settlement, claim *deliver.Reader, meanwhile func()) error {
	asked := time.Now()
	err := r.Ledger.SettleAndClaim(ctx, settle, claim, meanwhile)
	if err != nil || claim == nil || claim.Again {
		return err
	}
	done := time.Now()
	r.claims.mu.Lock()
	defer r.claims.mu.Unlock()
	_, _ = fmt.Fprintf(r.claims.out, "%d %d %s\n", asked.UnixNano(), done.UnixNano(), claim.Address.Envelope()) // a full disk shows at the end
	return nil
}

// readClaims reads such a record, by recipient.
func readClaims(path string) (map[string]claimed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]claimed{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c claimed
		var to string
		if _, err := fmt.Sscanf(lines.Text(), "%d %d %s", &c.asked, &c.done, &to); err != nil {
			return nil, fmt.Errorf("line %d of the record of claims cannot be read: %w", len(out)+1, err)
		}
		if _, twice := out[to]; twice {
			return nil, fmt.Errorf("line %d: a reader was claimed twice", len(out)+1)
		}
		out[to] = c
	}
	return out, nil
}
