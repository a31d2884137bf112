package service

import (
	"context"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
)

// The verbs about sending an issue once more.
var (
	IssueResend        = verb("issue/resend", (*Service).issueResend, func(in Resend) []deliver.Deed { return ofIssue(in.Issue, in.Alone) })
	IssueForeseeResend = verb("issue/resend/foresee", (*Service).issueForeseeResend, reads)
)

type (
	// Resend is to whom an issue that has ended goes once more.
	Resend struct {
		Issue string `json:"issue"`
		To    string `json:"to"`              // see [deliver.Whom]
		Alone string `json:"alone,omitempty"` // why nobody but its author stands for it
	}
	// Again is that an issue went once more to some of its readers.
	Again struct {
		At     time.Time `json:"at"`
		By     string    `json:"by"`
		To     string    `json:"to"` // see [deliver.Whom]
		Copies int       `json:"copies"`
	}
	// Resent is an issue that goes once more, and what that means.
	Resent struct {
		Issue
		To     string    `json:"to"`
		Copies int       `json:"copies"`
		Starts time.Time `json:"starts"`
		Until  time.Time `json:"until"` // when copies are given up that are put off
	}
)

func (in Resend) lists() []string { return ofName(in.Issue) }

func (s *Service) issueForeseeResend(ctx context.Context, in Resend) (Resent, error) {
	return s.resend(ctx, in, s.editor.ForeseeAgain)
}

func (s *Service) issueResend(ctx context.Context, in Resend) (Resent, error) {
	return s.resend(ctx, in, s.editor.Resend)
}

func (s *Service) resend(ctx context.Context, in Resend, do func(context.Context, string, string, editor.Again) (editor.Resending, error)) (Resent, error) {
	to, err := deliver.ParseWhom(in.To)
	if err != nil {
		return Resent{}, exit.Usagef("%w", err)
	}
	again := editor.Again{To: to, Alone: in.Alone}
	for _, list := range in.lists() {
		again.Approver = s.staffOf(list).Check(s.account(ctx), deliver.NeedApprove, list) == nil
		if l := s.Config.Lists[list]; l != nil && l.Approvals >= 2 && in.Alone == "" { // this approves it for these readers
			if err := s.refuseSameAccount(ctx, in.Issue); err != nil {
				return Resent{}, err
			}
		}
	}
	r, err := do(ctx, control.Actor(ctx), in.Issue, again)
	if err != nil {
		return Resent{}, err
	}
	out := Resent{To: in.To, Copies: r.Copies, Starts: r.Starts.In(r.List.Zone), Until: r.Expires.In(r.List.Zone)}
	out.Issue, err = issueAnswer(r.Status, nil)
	return out, err
}
