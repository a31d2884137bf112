package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/smtp"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// service is every room, wired.
type service struct {
	cfg       *config.Config
	now       func() time.Time
	log       *slog.Logger
	store     *store.Store
	templates *templates.Set
	tokens    subscribe.Tokens
	desk      *subscribe.Desk
	intake    *subscribe.Intake
	composer  *compose.Composer
	engine    *deliver.Engine
	scheduler *deliver.Scheduler
	editor    *editor.Editor
	backingUp sync.Mutex
	examined  bool // the sweep has opened every record once
}

// openService opens the store and wires everything; nothing runs yet.
func openService(cfg *config.Config, holder string, now func() time.Time, log *slog.Logger) (*service, error) {
	keys, err := loadKeys(cfg.Keys)
	if err != nil {
		return nil, err
	}
	set, err := templates.New()
	if err != nil {
		return nil, err
	}
	relays, err := allRelays(cfg)
	if err != nil {
		return nil, err
	}
	after := cfg.Sending.UncertainAfter
	if cfg.Sending.Uncertain == config.UncertainHold {
		after = -1
	}
	s, err := store.Open(store.Options{
		Dir: cfg.Data, Journal: cfg.Journal, JournalFault: journalFault(log), Keys: keys, Holder: holder, MaxSize: cfg.MaxSize, UncertainAfter: after, Suspend: &cfg.Suspension, Now: now,
		Apart: func(u store.Unreadable) {
			log.Error("Unreadable", "records", u.String(), "hint", "they are set apart and everything else goes on; kairan check counts them all, and the last backup has them")
		},
	})
	if err != nil {
		return nil, err
	}
	h := &service{cfg: cfg, now: now, log: log, store: s, templates: set}
	h.tokens = subscribe.Tokens{Keys: keys, Lists: cfg.Lists, Now: now}
	h.desk = &subscribe.Desk{
		Store: s, Lists: cfg.Lists, Limits: cfg.Limits, Now: now, Alarm: h.alarm,
	}
	h.composer = &compose.Composer{
		Notices: compose.Notices{Tokens: h.tokens, Lists: cfg.Lists, Templates: set}, Library: s,
	}
	h.engine = &deliver.Engine{
		Relays: relays, Composer: h.composer, Outbox: s,
		Policy: deliver.Policy{
			Retry: cfg.Sending.Retry, UncertainAfter: after, ProbeEvery: cfg.Sending.ProbeEvery,
			LoginEvery: min(12*cfg.Sending.ProbeEvery, time.Hour), Grace: cfg.Sending.Grace,
		},
		Now: now, Jitter: rand.Float64, Log: log, Keeper: &editor.Keeper{Store: s, Lists: cfg.Lists, Log: log},
	}
	h.intake = &subscribe.Intake{
		Store: s, Queue: s, Lists: cfg.Lists, Limits: cfg.Limits, Wake: h.engine.Wake, Alarm: h.alarm,
		Fault: seldom(now, func(err error) { log.Error("IntakeFault", "err", err) }),
	}
	h.editor = &editor.Editor{
		Store: s, Compiler: &compose.Compiler{Templates: set}, Relay: relays[0].Transport, Engine: h.engine, Held: h.heldWhy,
		Lists: cfg.Lists, Order: cfg.Order, Now: now, Log: log,
		Sending: editor.Sending{
			Delay: cfg.Sending.NowDelay, Expires: cfg.Sending.Expires, Retry: cfg.Sending.Retry, UncertainAfter: after,
		},
	}
	for _, r := range relays {
		h.editor.Sending.PerMinute = append(h.editor.Sending.PerMinute, r.PerMinute)
	}
	h.scheduler = &deliver.Scheduler{
		Calendar: s, Runs: s.OpenLedger, Engine: h.engine, Lists: cfg.Lists,
		Compile: h.editor.Compile, Now: now, LastCommit: s.LastCommit, Log: log,
	}
	h.editor.Clock = h.scheduler.Clock
	return h, nil
}

// alarm logs why requests are not taken in, or mails wait.
func (h *service) alarm(t subscribe.Trouble) {
	limits := h.cfg.Limits
	switch t {
	case subscribe.TroubleCeiling:
		h.log.Error("CeilingReached", "requests_per_hour", limits.PerHour,
			"why", "who asks is answered 503, for an hour at most; leaving goes on")
	case subscribe.TroubleShare:
		h.log.Error("ShareReached", "requests_per_hour", limits.PerHour,
			"why", "networks that asked before within the hour have used up their quarter: they are answered 503, new ones get through")
	case subscribe.TroubleRoom:
		h.log.Error("NoRoom", "why", "sign-ups are answered 503: the intake is full, or the disk or max_size is")
	case subscribe.TroubleNetwork:
		h.log.Warn("NetworkCeilingReached", "requests_per_network_per_hour", limits.PerNetworkHour,
			"why", "who asks from there is answered 429 and told when to try again",
			"hint", "if it is everybody, the proxy does not send X-Real-IP")
	case subscribe.TroubleDomain:
		h.log.Warn("DomainQueued", "requests_per_hour", limits.PerHour,
			"why", "mails to one receiving domain, a share of requests_per_hour, wait for more than an hour: somebody floods it, or very many readers there ask at once")
	}
}

// journalFault tells the log that the journal cannot be written, and that it can again.
func journalFault(log *slog.Logger) func(error) {
	return func(err error) {
		if err == nil {
			log.Info("JournalWritten")
			return
		}
		log.Error("JournalFault", "err", err)
	}
}

// seldom tells of the same fault once a minute: what comes back four times a second
// would fill the disk with its log. It is for one goroutine.
func seldom(now func() time.Time, tell func(error)) func(error) {
	var last string
	var at time.Time
	return func(err error) {
		if since := now().Sub(at); err.Error() == last && since >= 0 && since < time.Minute {
			return
		}
		last, at = err.Error(), now()
		tell(err)
	}
}

func loadKeys(path string) (*seal.Keyring, error) {
	keys, err := seal.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused("the key file %s is missing; without it no reader can be read. Put it back from where you keep it, or make keys for a new installation with: kairan init", path)
	}
	if err != nil {
		return nil, &exit.Error{Code: exitRefused, Err: err} // a person must see to it: starting again does not help
	}
	return keys, nil
}

// allRelays makes the relays, in the order in which they are used.
func allRelays(cfg *config.Config) (all []deliver.Relay, err error) {
	for _, r := range append([]config.Relay{cfg.Relay}, cfg.Fallback...) {
		t, err := relay(r)
		if err != nil {
			return nil, err
		}
		all = append(all, deliver.Relay{
			Name: r.Host, Transport: t, Connections: r.Connections, PerMinute: r.PerMinute, PerConnection: r.PerConnection,
		})
	}
	return all, nil
}

// relay makes the transport that the configuration describes.
func relay(c config.Relay) (*smtp.Transport, error) {
	r := smtp.Relay{Host: c.Host, Port: c.Port, Username: c.Username, Hello: c.Hello}
	switch c.TLS {
	case config.TLSImplicit:
		r.TLS = smtp.Implicit
	case config.TLSNone:
		r.TLS = smtp.None
	}
	if file := c.CAFile; file != "" {
		r.RootCAs = func() (*x509.CertPool, error) { return authorities(file) }
	}
	if file := c.PasswordFile; file != "" {
		r.Password = func() (string, error) {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("the relay's password file cannot be read: %w", err)
			}
			return strings.TrimRight(string(b), "\r\n"), nil
		}
	}
	return smtp.New(r)
}

// promises compares what the store was last used under with the configuration,
// and says what an operator must settle before a server may start.
func (h *service) promises() ([]promise, error) {
	before, err := h.store.Declared()
	if err != nil {
		return nil, err
	}
	return brokenBy(h.cfg.Lists, before, h.store.Count)
}

// brokenBy are the promises that a configuration no longer keeps to readers.
func brokenBy(lists subscribe.Lists, before []subscribe.Declaration, readers func(list string) (int, error)) ([]promise, error) {
	var out []promise
	for _, b := range subscribe.Compare(before, lists) {
		n, err := readers(b.List)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, promise{b, n})
		}
	}
	return out, nil
}

// promise is one that the configuration no longer keeps, to so many readers.
type promise struct {
	subscribe.Broken
	readers int
}

func (p promise) String() string {
	what := p.List
	if p.Field != "" {
		what += ", field " + p.Field
	}
	return fmt.Sprintf("%s: %s; %s signed up under the old declaration", what, p.What, deliver.Count(p.readers, "reader"))
}

// adopt refuses the start while a promise is broken, and notes the declarations
// otherwise.
func (h *service) adopt(ctx context.Context) error {
	broken, err := h.promises()
	if err != nil {
		return err
	}
	if len(broken) == 0 {
		return h.store.Adopt(ctx, h.cfg.Lists)
	}
	return refuseBroken(broken)
}

// authorities reads the certificates that a relay of the office's own is signed
// by. It is asked at each connection, so that a renewed file needs no restart;
// that the file is in order at the start, config.CheckFiles sees to.
func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: %s holds no PEM certificate; write the authority's into it", file)
	}
	return pool, nil
}
