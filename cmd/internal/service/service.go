package service

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web"
	"example.jp/kairan/templates"
)

// Verbs are what commands ask of a Service; each is declared where it is done.
var Verbs control.Verbs[Service]

// Service is every room of an installation, wired.
type Service struct {
	Config *config.Config
	Store  *store.Store

	keys           *seal.Keyring
	operators      []deliver.Member
	staff          map[string]deliver.Staff // by list
	now            func() time.Time
	log            *slog.Logger
	templates      *templates.Set
	tokens         subscribe.Tokens
	desk           *subscribe.Desk
	intake         *subscribe.Intake
	engine         *engine.Engine
	scheduler      *engine.Scheduler
	editor         *editor.Editor
	feeds          *editor.Feeds
	requests       requests
	cameBack       cameBack
	backingUp      sync.Mutex
	copied, toCopy atomic.Int64           // octets, of the backup that is being made
	doubts         atomic.Pointer[doubts] // what was amiss with backups and chores, lately
	board          board                  // of the alarms
	troubles       troubles
	hour           atomic.Pointer[hourly] // for the metrics
	visits         visits
	roots          *x509.CertPool // that the pages' certificates are signed by; nil: the system's
	uncomposed     [2]rises       // copies and notices that could not be made; for lookOut alone
	blind          func(error)    // logs what could not be looked at
	examined       bool           // the sweep has opened every record once
	hearing        hearing        // a relay's log
	failures       failures
	looking        sync.Mutex // of lookOut
	asking         sync.Mutex // of here
	local          *web.Local // see here; nil until somebody asks
	since          time.Time  // when it began to serve
}

// Open opens the store and wires everything; nothing runs yet. holder is the name told
// to another process that finds the store in use.
func Open(cfg *config.Config, holder string, now func() time.Time, log *slog.Logger) (*Service, error) {
	keys, err := Keys(cfg.Keys)
	if err != nil {
		return nil, err
	}
	set, err := templates.New()
	if err != nil {
		return nil, err
	}
	relays, err := relays(cfg)
	if err != nil {
		return nil, err
	}
	after := cfg.Sending.UncertainAfter
	if cfg.Sending.Uncertain == config.UncertainHold {
		after = -1
	}
	db, err := store.Open(store.Options{
		Dir: cfg.Data, Journal: cfg.Journal, JournalFault: journalFault(log), Keys: keys, Holder: holder, MaxSize: cfg.MaxSize, UncertainAfter: after, Suspend: &cfg.Suspension, Now: now, Zone: zoneOf(cfg.Lists),
		Office:  officeOf(cfg.Lists),
		Cleared: func(what string) { log.Warn("Cleared", "what", what) },
		Apart: func(u store.Unreadable) {
			log.Error("Unreadable", "records", u.String(), "hint", "they are set apart and everything else goes on; kairan check counts them all, and the last backup has them")
		},
	})
	if err != nil {
		return nil, err
	}
	s := &Service{Config: cfg, Store: db, keys: keys, now: now, log: log, templates: set}
	s.hire(context.Background())
	s.blind = seldom(now, func(err error) { log.Error("AlarmsBlind", "err", err) })
	s.tokens = subscribe.Tokens{Keys: keys, Lists: cfg.Lists, Now: now}
	s.desk = &subscribe.Desk{
		Store: db, Lists: cfg.Lists, Endings: s.endedSince, Limits: cfg.Limits, Now: now, Alarm: s.trouble,
	}
	s.engine = &engine.Engine{
		Relays: relays, Outbox: db,
		Composer: &compose.Composer{Notices: compose.Notices{Tokens: s.tokens, Lists: cfg.Lists, Templates: set}, Library: db},
		Policy: engine.Policy{
			Retry: cfg.Sending.Retry, UncertainAfter: after, ProbeEvery: cfg.Sending.ProbeEvery,
			LoginEvery: min(12*cfg.Sending.ProbeEvery, time.Hour), Grace: cfg.Sending.Grace,
		},
		Now: now, Jitter: rand.Float64, Log: log, Keeper: &editor.Keeper{Store: db, Lists: cfg.Lists, Log: log},
	}
	s.intake = &subscribe.Intake{
		Store: db, Queue: db, Lists: cfg.Lists, Endings: s.endedSince, Limits: cfg.Limits, Wake: s.engine.Wake, Alarm: s.trouble,
		Fault: seldom(now, func(err error) { log.Error("IntakeFault", "err", err) }),
	}
	s.editor = &editor.Editor{
		Store: db, Compiler: &compose.Compiler{Templates: set}, Relay: relays[0].Transport, Engine: s.engine, Held: s.heldWhy,
		Lists: cfg.Lists, Order: cfg.Order, Now: now, Log: log,
		Sending: editor.Sending{
			Delay: cfg.Sending.NowDelay, Expires: cfg.Sending.Expires, Retry: cfg.Sending.Retry, UncertainAfter: after,
			MaxEnclosed: cfg.Sending.MaxAttachments,
		},
	}
	s.feeds = &editor.Feeds{Editor: s.editor, Store: db, Get: getter(nil).Get}
	for _, r := range relays {
		s.editor.Sending.Relays = append(s.editor.Sending.Relays, r.Name)
		s.editor.Sending.Pace = append(s.editor.Sending.Pace, deliver.RelayPace{PerMinute: float64(r.PerMinute), Beside: r.Beside, Rest: r.Rest})
	}
	s.scheduler = &engine.Scheduler{
		Calendar: db, Runs: db.OpenRun, Engine: s.engine, Lists: cfg.Lists,
		Compile: s.editor.Compile, Now: now, LastCommit: db.LastCommit, Log: log,
	}
	s.editor.Clock = s.scheduler.Clock
	return s, nil
}

// zoneOf is the time zone in which a list's months are counted.
func zoneOf(lists subscribe.Lists) func(string) *time.Location {
	return func(listID string) *time.Location {
		if l := lists[listID]; l != nil {
			return l.Zone
		}
		return time.Local
	}
}

// officeOf is whom reports about a list go to.
func officeOf(lists subscribe.Lists) func(string) (subscribe.Address, subscribe.Lang) {
	return func(listID string) (subscribe.Address, subscribe.Lang) {
		if l := lists[listID]; l != nil {
			return l.Office.ReportTo, l.Language
		}
		return subscribe.Address{}, ""
	}
}

// Close closes the store, after everything that was running.
func (s *Service) Close() error { return s.Store.Close() }

// Keys reads the key file of an installation.
func Keys(path string) (*seal.Keyring, error) {
	keys, err := seal.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Refusedf("the key file %s is missing; without it no reader can be read. Put it back from where you keep it, or make keys for a new installation with: kairan init", path)
	}
	if err != nil {
		return nil, &exit.Error{Code: exit.Refused, Err: err} // a person must see to it: starting again does not help
	}
	return keys, nil
}
