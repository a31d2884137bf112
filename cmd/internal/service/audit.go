package service

import (
	"context"
	"strings"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
)

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
		return out, err
	})
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
