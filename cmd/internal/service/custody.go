package service

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

var (
	// CustodyExport gives out what is held, encrypted to the custodians of an office.
	CustodyExport = verb("custody/export", (*Service).custodyExport, ofExport)
	// CustodyLs lists what was given out.
	CustodyLs = verb("custody/ls", (*Service).custodyLs, reads)
)

// Export is what is to be given out, and why: a list, or what the lists of an office hold
// about who has an address.
type Export struct {
	List    string `json:"list,omitempty"`
	Office  string `json:"office,omitempty"` // of a subject
	Address string `json:"address,omitempty"`
	To      string `json:"to"`
	Reason  string `json:"reason"`
	Case    string `json:"case"`
}

// ofExport leaves out who it is about: the trail outlives readers.
func ofExport(in Export) []deliver.Deed {
	parts := []string{"case " + in.Case, "to " + in.To, in.Reason}
	if in.List == "" {
		parts = append(parts, "office "+in.Office)
	}
	return []deliver.Deed{{List: in.List, Reason: strings.Join(parts, "; ")}}
}

// exportPage is how many entries of a list are in memory.
const exportPage = 1000

// custodyExport notes that something is given out before it is. What leaves this process
// is encrypted.
func (s *Service) custodyExport(ctx context.Context, in Export) (*control.Octets, error) {
	office, lists, err := s.toExport(in)
	if err != nil {
		return nil, err
	}
	var subject subscribe.Address
	h := custody.Header{Made: s.now(), Scope: custody.OfList, To: in.To, Reason: in.Reason, Case: in.Case, Office: office.ID}
	if in.List == "" {
		h.Scope = custody.OfSubject
		if subject, err = subscribe.ParseAddress(in.Address); err != nil {
			return nil, exit.Usagef("%w", err)
		}
	}
	for _, id := range lists {
		h.Lists = append(h.Lists, custody.ListOf(s.Config.Lists[id]))
	}
	err = s.Store.AddProvision(ctx, subscribe.Provision{By: control.Actor(ctx), To: in.To, Reason: in.Reason, Case: in.Case, Office: office.ID, List: in.List})
	if err != nil {
		return nil, err
	}
	s.log.Info("CustodyExport", "list", in.List, "office", office.ID, "by", control.Actor(ctx))
	deed := ofExport(in)
	if err := s.complete(ctx, &deed[0], "custody export"); err != nil {
		return nil, err
	}
	return encrypted(office.Custodians, func(to io.Writer) error {
		w, err := custody.NewWriter(to, h)
		if err == nil && in.List != "" {
			err = s.writeList(ctx, w, in.List)
		} else if err == nil {
			err = s.writeSubject(ctx, w, subject, lists)
		}
		if err == nil {
			err = w.Close()
		}
		s.noteFailure(ctx, deed, err) // of the streaming, of which the verb does not hear
		return err
	}), nil
}

// toExport is the office and the lists of an export, or why there is none.
func (s *Service) toExport(in Export) (o *subscribe.Office, lists []string, err error) {
	for what, text := range map[string]string{"--to": in.To, "--reason": in.Reason, "--case": in.Case} {
		switch clean, err := deliver.ParseReason(text); {
		case err != nil:
			return nil, nil, exit.Usagef("%s: %w", what, err)
		case clean == "" || clean != text:
			return nil, nil, exit.Usagef("%s is missing, or holds an address; write it in words, as it shall be kept", what)
		}
	}
	if l := s.Config.Lists[in.List]; in.List != "" {
		if l == nil {
			return nil, nil, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
		}
		o, lists = l.Office, []string{in.List}
	} else {
		if o = s.Config.Offices[in.Office]; o == nil {
			return nil, nil, exit.Usagef("there is no office %q in the configuration", in.Office)
		}
		for _, id := range s.Config.Order {
			if s.Config.Lists[id].Office == o {
				lists = append(lists, id)
			}
		}
	}
	if len(o.Custodians) == 0 {
		return nil, nil, exit.Refusedf("nobody could read it: offices.%s has no `custodians`; write the age recipients of those who may, and keep their identities off this machine", o.ID)
	}
	return o, lists, nil
}

// writeList writes the entries of a list, page by page, as each stands when it is read.
func (s *Service) writeList(ctx context.Context, w *custody.Writer, list string) error {
	for from := subscribe.Seq(1); from != 0; {
		page, next, err := s.Store.Page(list, from, exportPage)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		for _, e := range page {
			if err := w.Entry(custody.EntryOf(e)); err != nil {
				return err
			}
		}
		from = next
	}
	return nil
}

// writeSubject writes what the lists hold about somebody. Every record is opened before,
// so that what is damaged is said whoever it is.
func (s *Service) writeSubject(ctx context.Context, w *custody.Writer, subject subscribe.Address, lists []string) error {
	if _, err := s.Store.Examine(ctx); err != nil {
		return err
	}
	all, block, err := s.Store.HeldAbout(subject, lists)
	for _, h := range all {
		for _, e := range h.Entries {
			err = errors.Join(err, w.Entry(custody.EntryOf(e)))
		}
		if h.Mark != nil {
			err = errors.Join(err, w.Mark(custody.MarkOf(h.List, h.Mark)))
		}
	}
	if block != nil {
		err = errors.Join(err, w.Mark(custody.MarkOf("", block)))
	}
	return err
}

// encrypted is what do writes, encrypted to the recipients while it is read.
func encrypted(recipients []string, do func(io.Writer) error) *control.Octets {
	r, w := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		to, err := agefile.Writer(w, recipients)
		if err == nil {
			if err = do(to); err == nil {
				err = to.Close() // only then is it whole
			}
		}
		w.CloseWithError(err)
	}()
	return &control.Octets{Reader: r, Size: control.UnknownSize, Close: func() error {
		err := r.Close() // ends the writing, if the client went away
		<-ended
		return err
	}}
}

// Provision is one as it is shown.
type Provision struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	To     string    `json:"to"`
	Reason string    `json:"reason"`
	Case   string    `json:"case"`
	Office string    `json:"office"`
	List   string    `json:"list,omitempty"` // "": about one person
}

func (s *Service) custodyLs(context.Context, struct{}) ([]Provision, error) {
	all, err := s.Store.Provisions()
	out := []Provision{}
	for _, p := range all {
		out = append(out, Provision{p.At.In(time.Local), p.By, p.To, p.Reason, p.Case, p.Office, p.List})
	}
	return out, err
}
