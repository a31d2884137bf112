package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// SubscriberImport puts entries from elsewhere onto a list.
var SubscriberImport = verb("subscriber/import", (*Service).subscriberImport,
	func(in Import) []deliver.Deed { return []deliver.Deed{{List: in.List, Reason: in.why()}} })

// Import is a part of an export of another installation, or of a file that the office has.
type Import struct {
	List     string          `json:"list"`
	From     custody.List    `json:"from"`               // of an export: what the list had declared there
	Made     time.Time       `json:"made,omitzero"`      // when the export was
	Evidence string          `json:"evidence,omitempty"` // of a file: where the proof of consent is kept
	Confirm  bool            `json:"confirm,omitempty"`  // ask who is new by mail
	Entries  []custody.Entry `json:"entries,omitempty"`
	Left     []string        `json:"left,omitempty"`    // addresses that had left there
	Blocked  []string        `json:"blocked,omitempty"` // addresses that are to be written to no more
	Reason   string          `json:"reason,omitempty"`
}

func (in Import) why() string {
	if in.Evidence == "" {
		return in.Reason
	}
	why := "consent: " + in.Evidence
	if in.Reason != "" {
		why += "; " + in.Reason
	}
	return why
}

// Imported names those that are not understood, by their place; it does not say who is
// known.
type Imported struct {
	Faulty []int `json:"faulty,omitempty"`
}

// clocksDiffer is by how much those of two installations may.
const clocksDiffer = time.Hour

const (
	// perImport is how many entries are put onto a list in one commit: readers who leave
	// meanwhile wait for no more than that.
	perImport = 1000
	// importTick is how long each of these commits takes, with the wait after it, or a multiple
	// of that: it is longer than the commit itself where all are new, so that the time of an
	// import does not tell how many of them are. That is 5,000 lines a second at most.
	importTick = 200 * time.Millisecond
)

func (s *Service) subscriberImport(ctx context.Context, in Import) (out Imported, err error) {
	l := s.Config.Lists[in.List]
	if l == nil {
		return out, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	if err := s.mayImport(l, in); err != nil {
		return out, err
	}
	var all subscribe.Influx
	for i, e := range in.Entries {
		a, err := s.arrival(l, in, e)
		if err != nil {
			out.Faulty = append(out.Faulty, i)
			continue
		}
		all.Arrivals = append(all.Arrivals, a)
	}
	for blocked, addresses := range map[bool][]string{false: in.Left, true: in.Blocked} {
		for _, typed := range addresses {
			a, err := subscribe.ParseAddress(typed)
			if err != nil {
				return out, exit.Usagef("an address that had left is none: %w", err)
			}
			all.Departures = append(all.Departures, subscribe.Departure{Address: a, Blocked: blocked})
		}
	}
	all.Confirm = in.Confirm
	s.log.Info("SubscriberImport", "list", l.ID, "by", control.Actor(ctx))
	return out, s.importAll(ctx, l.ID, all)
}

// mayImport refuses what may not be put onto the list, whoever is in it.
func (s *Service) mayImport(l *subscribe.List, in Import) error {
	if clean, err := deliver.ParseReason(in.Evidence); err != nil || clean != in.Evidence || len(clean) > subscribe.MaxEvidence {
		return exit.Usagef("the reference of the consent's evidence is too long, or holds an address; write where the office keeps it, such as the number of the file")
	}
	switch {
	case in.Evidence != "":
		return nil
	case in.From.ListID != l.ListID:
		return exit.Refusedf("the export is of the list %s, and %s is %s; addresses are used for the list they were given to", deliver.Scrub(in.From.ListID), l.ID, l.ListID)
	case in.From.Purpose != custody.Text(l.Purpose):
		return exit.Refusedf("the purpose to which the readers of the export agreed is not that of %s; addresses are used for what they were given for: declare the same purpose", l.ID)
	case s.now().Sub(in.Made) > s.Config.Retention.Marks.Duration():
		return exit.Refusedf("the export is older than retention.marks (%s), so that it could bring back who has left since; make a new one", s.Config.Retention.Marks)
	case in.Made.After(s.now().Add(clocksDiffer)):
		return exit.Refusedf("the export was made at %s, which is still to come by this machine's clock; set the clock that is wrong right, and make a new one", in.Made.Format(time.RFC3339))
	}
	return nil
}

// arrival is an entry as it arrives. Of a file of the office the proof of consent is where
// the office says.
func (s *Service) arrival(l *subscribe.List, in Import, e custody.Entry) (subscribe.Arrival, error) {
	if in.Evidence != "" {
		given := s.now()
		if e.Consent != nil && !e.Consent.Confirmed.IsZero() && e.Consent.Confirmed.Before(given) {
			given = e.Consent.Confirmed
		}
		e.Consent = &custody.Consent{Evidence: in.Evidence, Confirmed: given}
		if _, err := s.Config.Lists.ReadAddress(e.Address); err != nil {
			return subscribe.Arrival{}, err
		}
	}
	return custody.Arrival(l, e, s.now())
}

// importAll imports a part after the other.
func (s *Service) importAll(ctx context.Context, list string, all subscribe.Influx) error {
	for first := true; first || len(all.Arrivals)+len(all.Departures) > 0; first = false {
		began := time.Now()
		departures := min(len(all.Departures), perImport)
		arrivals := min(len(all.Arrivals), perImport-departures)
		part := subscribe.Influx{Arrivals: all.Arrivals[:arrivals], Departures: all.Departures[:departures], Confirm: all.Confirm}
		all.Arrivals, all.Departures = all.Arrivals[arrivals:], all.Departures[departures:]
		switch err := s.desk.Import(ctx, list, part); {
		case errors.Is(err, subscribe.ErrClosed):
			return exit.Refusedf("the list %s has closed, and takes nobody any more", list)
		case errors.Is(err, subscribe.ErrImportFull):
			return exit.Refusedf("%w", err)
		case errors.Is(err, subscribe.ErrBusy):
			return exit.Refusedf("%s; free some on the disk of the data directory, or raise max_size, and give the file again", cmp.Or(s.Store.Scarce(), "nobody more can be taken in for now"))
		case err != nil:
			return err
		}
		if err := toTick(ctx, began); err != nil {
			return err
		}
	}
	return nil
}

// toTick waits until a whole number of ticks has passed.
func toTick(ctx context.Context, began time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(importTick - time.Since(began)%importTick):
		return nil
	}
}
