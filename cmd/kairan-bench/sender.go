package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/deliver/smtp"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// senderSpec is one issue to be sent, or to be gone on with after a crash.
type senderSpec struct {
	Dir            string
	Slug           string
	Port           int // of the relay, on loopback
	Connections    int
	Farm           []farmRelay   // relays that share the load, in its place
	NoPause        bool          // it is a fault if the run is paused; else nothing pauses it
	SyncDelay      time.Duration // of each fsync
	UncertainAfter time.Duration // as engine.Policy has it; 0: the store's default
	Retry          deliver.Retry
	ProbeEvery     time.Duration
	CPUProfile     string // a file; "": none
	AllocProfile   string
	SignUps        int           // made meanwhile
	Every          time.Duration // between two of them
}

func (s senderSpec) issue() deliver.IssueName { return deliver.IssueName{List: listID, Slug: s.Slug} }

// said is what a sender says of itself.
type said struct {
	Event event
	Books deliver.Balance
	Sent  *sent `json:",omitempty"`
}

type event string

// The events of a sender: its store is open, mail may go out, the issue has been
// concluded.
const (
	opened  event = "opened"
	running event = "running"
	ended   event = "ended"
)

// sent is what it took to send an issue.
type sent struct {
	Elapsed       time.Duration // from the start of the run until its books are closed
	Start         time.Duration // of the commit that starts the issue
	CPU           time.Duration
	Allocs        uint64
	AnonPeak      int64 // octets
	Commits       uint64
	DatabaseBytes int64
	GCPercent     uint64
	Visits        []visit
}

// newSlug names a run so that it can be made beside those of earlier calls.
func newSlug() string { return "run-" + strconv.FormatInt(time.Now().UnixNano(), 36) }

// checkClosed refuses books that are not those of an issue that has gone out.
func checkClosed(b deliver.Balance, readers int) error {
	if !b.Balances() || b.Audience != readers || b.Settled() != b.Audience {
		return fmt.Errorf("the books are not closed: %s", b)
	}
	return nil
}

// runSender sends an issue. SIGTERM ends it in order, and the next call with the
// same slug goes on where it stopped. With sign-ups it goes on with their mail when
// the issue is out, until its input ends.
func runSender(ctx context.Context, spec senderSpec, std streams) (err error) {
	s, err := newSender(spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	say := func(e event, sent *sent) error {
		books, err := s.store.Balance(spec.issue())
		if err != nil {
			return err
		}
		return json.NewEncoder(std.out).Encode(said{e, books, sent})
	}
	if err := say(opened, nil); err != nil {
		return err
	}
	if err := s.schedule(ctx); ctx.Err() != nil {
		return nil // the next call goes on with it
	} else if err != nil {
		return err
	}
	return s.send(ctx, say, std.in)
}

// sender is what `kairan serve` sends with, wired as there.
type sender struct {
	spec      senderSpec
	world     *world
	store     *store.Store
	log       *os.File
	engine    *engine.Engine
	scheduler *engine.Scheduler
	calendar  *timedCalendar
	desk      *subscribe.Desk
	intake    *subscribe.Intake
	paused    watch
}

// farmRelay is one of several that share the load.
type farmRelay struct{ Port, Connections, Share int }

// relays are those that the issue goes out over.
func (s senderSpec) relays() (all []engine.Relay, err error) {
	farm := s.Farm
	if farm == nil {
		farm = []farmRelay{{s.Port, s.Connections, 1}}
	}
	for n, r := range farm {
		t, err := smtp.New(smtp.Relay{Host: "127.0.0.1", Port: r.Port, TLS: smtp.None, Hello: "bench.example.jp"})
		if err != nil {
			return nil, err
		}
		all = append(all, engine.Relay{Name: "relay-" + strconv.Itoa(n), Transport: t, Connections: r.Connections, Beside: true, Share: r.Share})
	}
	return all, nil
}

// watch remembers why a run was paused, which no relay of a farm may bring about.
type watch struct{ why atomic.Pointer[string] }

// Terms implements [deliver.RunKeeper], with Books, Remark and Pause.
func (*watch) Terms(deliver.IssueName) deliver.Terms { return deliver.Terms{} }

func (*watch) Books(deliver.IssueName) deliver.Balance { return deliver.Balance{} }

func (*watch) Remark(deliver.IssueName, string) {}

func (w *watch) Pause(_ deliver.IssueName, why string, _ bool) { w.why.Store(&why) }

// newSender is the one place that knows how the rooms fit together. The log is a
// file of the world.
func newSender(spec senderSpec) (*sender, error) {
	w, err := newWorld(spec.Dir)
	if err != nil {
		return nil, err
	}
	relays, err := spec.relays()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(spec.Dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s, keys, err := w.open(store.Options{UncertainAfter: spec.UncertainAfter, SyncDelay: spec.SyncDelay})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	log := slog.New(slog.NewTextHandler(f, nil))
	tokens := subscribe.Tokens{Keys: keys, Lists: w.cfg.Lists}
	h := &sender{spec: spec, world: w, store: s, log: f, calendar: &timedCalendar{Calendar: s}}
	h.engine = &engine.Engine{
		Relays:   relays,
		Composer: &compose.Composer{Notices: compose.Notices{Tokens: tokens, Lists: w.cfg.Lists, Templates: w.compiler.Templates}, Library: s}, Outbox: s,
		Policy: engine.Policy{Retry: spec.Retry, UncertainAfter: spec.UncertainAfter, ProbeEvery: spec.ProbeEvery},
		Jitter: rand.Float64, Log: log,
	}
	if spec.NoPause {
		h.engine.Keeper = &h.paused
	}
	h.scheduler = &engine.Scheduler{
		Calendar: h.calendar, Runs: s.OpenRun, Engine: h.engine, Lists: w.cfg.Lists, Now: time.Now, Log: log,
		Compile: func(ctx context.Context, i *deliver.Issue, now time.Time) (deliver.Form, error) {
			files, err := s.Files(i.Name)
			if err != nil {
				return deliver.Form{}, err
			}
			c, _, err := w.compiler.Compile(ctx, w.list, i.Name.Slug, deliver.Manuscript{Source: i.Source, Files: files}, now)
			if err != nil {
				return deliver.Form{}, err
			}
			form, err := c.Marshal()
			return deliver.Form{Compiled: form, Expiry: 72 * time.Hour}, err
		},
	}
	h.desk = &subscribe.Desk{Store: s, Lists: w.cfg.Lists, Limits: unlimited}
	h.intake = &subscribe.Intake{
		Store: s, Queue: s, Lists: w.cfg.Lists, Limits: unlimited, Wake: h.engine.Wake, Fault: func(err error) { log.Error("IntakeFault", "err", err) },
	}
	return h, nil
}

// unlimited are ceilings that no visitor meets, since all come from one network here,
// and the ceilings are not what is measured.
var unlimited = subscribe.Limits{Intake: 1 << 20, PerHour: 1 << 30, PerNetworkHour: 1 << 30}

func (s *sender) close() error { return errors.Join(s.store.Close(), s.log.Close()) }

// schedule adds the issue and makes it due, unless a call before did.
func (s *sender) schedule(ctx context.Context) error {
	m, err := s.world.manuscript()
	if err != nil {
		return err
	}
	have, err := s.store.Issues(listID)
	if err != nil {
		return err
	}
	for _, i := range have {
		if i.Name == s.spec.issue() && i.State != deliver.Draft {
			return nil
		}
	}
	draft := deliver.Issue{Name: s.spec.issue(), Source: m.Source, Files: m.Enclosures(), Subject: "bench", State: deliver.Draft}
	err = s.store.AddIssue(ctx, draft, m.Files, func(*deliver.Issue, time.Time) error { return nil })
	if err != nil {
		return err
	}
	return s.store.ChangeIssue(ctx, s.spec.issue(), func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(now, deliver.Self, s.world.list.Zone, now)
	})
}

// send runs the engine until the issue has been concluded, or ctx ends.
func (s *sender) send(ctx context.Context, say func(event, *sent) error, in io.Reader) (err error) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	var workers errgroup.Group
	defer func() {
		stop()
		err = errors.Join(err, workers.Wait())
	}()
	profiled, err := profile(s.spec)
	if err != nil {
		return err
	}
	meter, err := startMeter(s.store)
	if err != nil {
		return err
	}
	var visits []visit
	var visitors errgroup.Group
	workers.Go(func() error { return s.engine.Run(work) })
	if s.spec.SignUps > 0 {
		workers.Go(func() error { return s.intake.Run(work) })
	}
	s.scheduler.Tick(ctx)
	if err = say(running, nil); err == nil {
		visitors.Go(func() (err error) {
			visits, err = s.makeVisits(work)
			return err
		})
		err = s.conclude(ctx, meter)
	}
	sent, fault := meter.stop()
	if err := errors.Join(err, fault, profiled(), visitors.Wait()); err != nil || ctx.Err() != nil {
		return err
	}
	sent.Visits, sent.Start = visits, s.calendar.took
	if !s.calendar.began.IsZero() {
		sent.Elapsed -= s.calendar.began.Sub(meter.began)
	}
	database, err := os.Stat(filepath.Join(s.world.cfg.Data, "kairan.db"))
	if err != nil {
		return err
	}
	sent.DatabaseBytes = database.Size()
	if err := say(ended, sent); err != nil || s.spec.SignUps == 0 {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

const (
	tickEvery = time.Second          // as the service does
	askEvery  = 2 * time.Millisecond // whether there is nothing left to do
)

// conclude ticks and measures until the issue has been concluded, or ctx ends.
func (s *sender) conclude(ctx context.Context, m *meter) (err error) {
	ask, ticked := time.NewTicker(askEvery), time.Now()
	defer ask.Stop()
	for over := false; err == nil && !over && ctx.Err() == nil; <-ask.C {
		if err = m.look(); err != nil {
			break
		}
		if quiet := s.engine.Quiet(s.spec.issue()); quiet || time.Since(ticked) >= tickEvery {
			s.scheduler.Tick(ctx)
			ticked = time.Now()
			over, err = s.concluded()
		}
	}
	return err
}

func (s *sender) concluded() (bool, error) {
	if why := s.paused.why.Load(); why != nil {
		return false, fmt.Errorf("the issue was paused: %s", *why)
	}
	i, err := s.store.Issue(s.spec.issue())
	if err != nil {
		return false, err
	}
	if i.State == deliver.Held {
		return false, fmt.Errorf("the issue was held: %s", i.Timeline[len(i.Timeline)-1].What)
	}
	return i.State == deliver.Finished, nil
}

// timedCalendar measures the commit that starts an issue.
type timedCalendar struct {
	deliver.Calendar
	began time.Time // when the run began, by the wall
	took  time.Duration
}

// StartIssue implements [deliver.Calendar].
func (c *timedCalendar) StartIssue(ctx context.Context, name deliver.IssueName, form deliver.Form, start func(*deliver.Issue, int, time.Time) error) error {
	before := time.Now()
	err := c.Calendar.StartIssue(ctx, name, form, start)
	c.began = time.Now()
	c.took = c.began.Sub(before)
	return err
}

// profile writes the profiles that are asked for when stop is called.
func profile(spec senderSpec) (stop func() error, err error) {
	var cpu, allocs *os.File
	create := func(path string) (f *os.File) {
		if path != "" && err == nil {
			f, err = os.Create(path)
		}
		return f
	}
	if cpu = create(spec.CPUProfile); cpu != nil {
		err = pprof.StartCPUProfile(cpu)
	}
	allocs = create(spec.AllocProfile)
	return func() (err error) {
		if cpu != nil {
			pprof.StopCPUProfile()
			err = cpu.Close()
		}
		if allocs != nil {
			runtime.GC() // brings the profile up to date
			err = errors.Join(err, pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
		}
		return err
	}, err
}
