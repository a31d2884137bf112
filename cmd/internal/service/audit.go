package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
)

// byItself is the account of what the program does by its own clock.
const byItself = deliver.ByItself

// trail says what the audit trail has of a question: with What blank, the verb's own
// words; nothing, if it is only looked at something.
type trail[In any] func(In) []deliver.Deed

// reads is the trail of what changes nothing and gives out nothing that is a reader's.
func reads[In any](In) []deliver.Deed { return nil }

// verb declares a verb, and what the audit trail has of it. This is the one place where
// an account's deeds are written: before the verb begins, in a commit of its own, so that
// nothing is done without a trace, wherever the process is killed. If it comes to nothing,
// a second deed says so.
func verb[In, Out any](path string, do func(*Service, context.Context, In) (Out, error), of trail[In]) control.Verb[Service, In, Out] {
	return control.NewVerb(&Verbs, path, func(s *Service, ctx context.Context, in In) (out Out, err error) {
		if err := s.check(ctx, needOf(path), in); err != nil {
			return out, errors.Join(err, s.noteRefusal(ctx, path, of(in), in))
		}
		deeds := of(in)
		for i := range deeds {
			if err := s.complete(ctx, &deeds[i], strings.ReplaceAll(path, "/", " ")); err != nil {
				return out, err
			}
		}
		if err := s.Store.AddDeed(ctx, deeds...); err != nil {
			return out, err
		}
		out, err = do(s, ctx, in)
		s.noteFailure(ctx, deeds, err)
		return out, s.meant(ctx, in, err)
	})
}

// noteRefusal writes what an account wanted to do and may not; or, of what is only looked
// at, that it wanted to.
func (s *Service) noteRefusal(ctx context.Context, path string, deeds []deliver.Deed, in any) error {
	if len(deeds) == 0 {
		deeds = []deliver.Deed{{List: strings.Join(listsOf(in), "")}} // which is none if it asks of several
	}
	for i := range deeds {
		deeds[i].Result = deliver.NotDone
		if err := s.complete(ctx, &deeds[i], strings.ReplaceAll(path, "/", " ")); err != nil {
			return err
		}
	}
	return s.Store.AddDeed(ctx, deeds...)
}

// complete fills in what a verb's trail leaves open. Of what was typed it keeps the names
// of lists that there are: anything else could be anybody's.
func (s *Service) complete(ctx context.Context, d *deliver.Deed, what string) (err error) {
	if d.Reason, err = deliver.ParseReason(d.Reason); err != nil {
		return exit.Usagef("%w", err)
	}
	if d.By == "" {
		d.By = control.Actor(ctx)
	}
	if d.What == "" {
		d.What = what
	}
	if d.Result == "" {
		d.Result = deliver.Asked
	}
	if s.Config.Lists[d.List] == nil {
		d.List, d.Issue = "", ""
	}
	return nil
}

// noteFailure writes that deeds that were asked for came to nothing.
func (s *Service) noteFailure(ctx context.Context, deeds []deliver.Deed, err error) {
	if err == nil || len(deeds) == 0 {
		return
	}
	for i := range deeds {
		deeds[i].Result = deliver.Broken
		if code := exit.Code(err); code == exit.Refused || code == exit.Usage {
			deeds[i].Result = deliver.NotDone
		}
	}
	if err := s.Store.AddDeed(context.WithoutCancel(ctx), deeds...); err != nil {
		s.log.Error("AuditFault", "err", err, "hint", "the audit trail says that something was asked for, and not that it failed")
	}
}

// AuditShow and AuditVerify read the trail.
var (
	AuditShow   = verb("audit/show", (*Service).auditShow, reads)
	AuditVerify = verb("audit/verify", (*Service).auditVerify, reads)
)

// What the verbs about the trail take and give.
type (
	// Period is which deeds are asked for.
	Period struct {
		Since time.Time `json:"since,omitzero"` // zero: from the first
		List  string    `json:"list,omitempty"` // "": of all
	}
	// Deed is a deed as it is shown.
	Deed struct {
		N      uint64    `json:"n"`
		At     time.Time `json:"at"`
		By     string    `json:"by"`
		What   string    `json:"what"`
		List   string    `json:"list,omitempty"`
		Issue  string    `json:"issue,omitempty"`
		Reason string    `json:"reason,omitempty"`
		Result string    `json:"result"`
	}
	// Audit is what a walk along the trail found.
	Audit struct {
		First     uint64 `json:"first"` // the first deed that is kept
		Deeds     uint64 `json:"deeds"` // how many are
		Head      string `json:"head"`
		Break     uint64 `json:"break,omitempty"` // the first that is not as it was written
		Why       string `json:"why,omitempty"`
		Missing   bool   `json:"missing,omitempty"`   // the head that was given is not in it
		Forgotten bool   `json:"forgotten,omitempty"` // it is older than what is kept
	}
)

// auditShow shows who has a role in some lists what is of those.
func (s *Service) auditShow(ctx context.Context, in Period) ([]Deed, error) {
	all, err := s.Store.Deeds(in.Since, in.List)
	out := []Deed{}
	for _, d := range all {
		if !s.takesPart(ctx, "") && (d.List == "" || !s.takesPart(ctx, d.List)) {
			continue
		}
		out = append(out, Deed{d.N, d.At.In(time.Local), d.By, d.What, d.List, d.Issue, d.Reason, d.Result})
	}
	return out, err
}

// auditVerify looks for the head that is given, if one is.
func (s *Service) auditVerify(_ context.Context, given string) (out Audit, err error) {
	var before store.AuditHead
	if given != "" {
		if before, err = store.ParseAuditHead(given); err != nil {
			return out, exit.Usagef("--head: %w", err)
		}
	}
	c, err := s.Store.CheckAudit(before)
	out = Audit{First: c.First, Deeds: c.Head.N + 1 - min(c.First, c.Head.N+1), Head: c.Head.String(), Break: c.Break, Why: c.Why}
	if given != "" && !c.Has {
		out.Forgotten = before.N+1 < c.First
		out.Missing = !out.Forgotten
	}
	return out, err
}

// note writes into the audit trail what was done that no verb does.
func (s *Service) note(ctx context.Context, d deliver.Deed) error {
	if d.By == "" {
		d.By = control.Actor(ctx)
	}
	return s.Store.AddDeed(ctx, d)
}

// ofIssue is the deed of an issue, by its name as typed.
func ofIssue(name, reason string) []deliver.Deed {
	n, _ := deliver.ParseIssueName(name)
	return []deliver.Deed{{List: n.List, Issue: n.Slug, Reason: reason}}
}
