package main

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/smtp"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// house is what `kairan serve` sends with, wired as there.
type house struct {
	store     *store.Store
	engine    *deliver.Engine
	scheduler *deliver.Scheduler
	calendar  *timedCalendar
	tokens    subscribe.Tokens
	desk      *subscribe.Desk
	intake    *subscribe.Intake
	templates *templates.Set
}

// openHouse is the one place that knows how the rooms fit together.
func openHouse(w *world, spec senderSpec, log *slog.Logger) (*house, error) {
	set, err := templates.New()
	if err != nil {
		return nil, err
	}
	transport, err := smtp.New(smtp.Relay{Host: "127.0.0.1", Port: spec.Port, TLS: smtp.None, Hello: "bench.example.jp"})
	if err != nil {
		return nil, err
	}
	s, keys, err := w.open(store.Options{UncertainAfter: spec.UncertainAfter, SyncDelay: spec.SyncDelay})
	if err != nil {
		return nil, err
	}
	tokens := subscribe.Tokens{Keys: keys, Lists: w.lists}
	composer := &compose.Composer{Notices: compose.Notices{Tokens: tokens, Lists: w.lists, Templates: set}, Library: s}
	h := &house{store: s, tokens: tokens, calendar: &timedCalendar{Calendar: s}, templates: set}
	h.desk = &subscribe.Desk{Store: s, Lists: w.lists, Limits: unlimited}
	h.engine = &deliver.Engine{
		Relays: []deliver.Relay{{Transport: transport, Connections: spec.Connections}}, Composer: composer, Outbox: s,
		Policy: deliver.Policy{Retry: spec.Retry, UncertainAfter: spec.UncertainAfter, ProbeEvery: spec.ProbeEvery},
		Jitter: rand.Float64, Log: log,
	}
	h.intake = &subscribe.Intake{
		Store: s, Queue: s, Lists: w.lists, Limits: unlimited, Wake: h.engine.Wake, Fault: func(err error) { log.Error("IntakeFault", "err", err) },
	}
	h.scheduler = &deliver.Scheduler{
		Calendar: h.calendar, Runs: s.OpenLedger, Engine: h.engine, Lists: w.lists, Expiry: 72 * time.Hour, Now: time.Now, Log: log,
		Compile: func(i *deliver.Issue, now time.Time) ([]byte, time.Duration, error) {
			compiled, err := w.compile(i.Source, now)
			return compiled, 0, err
		},
	}
	return h, nil
}

// unlimited: all visitors come from one network here, and the ceilings are not
// what is measured.
var unlimited = subscribe.Limits{Intake: 1 << 20, PerHour: 1 << 30, PerNetworkHour: 1 << 30}
