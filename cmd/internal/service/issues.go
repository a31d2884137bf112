package service

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/subscribe"
)

// The verbs about issues.
var (
	IssueAdd      = verb("issue/add", (*Service).issueAdd, ofSource)
	IssueLint     = verb("issue/lint", (*Service).issueLint, reads)
	IssueLs       = verb("issue/ls", (*Service).issueLs, reads)
	IssueShow     = verb("issue/show", (*Service).issueShow, reads)
	IssuePreview  = verb("issue/preview", (*Service).issuePreview, reads)
	IssueTest     = verb("issue/test", (*Service).issueTest, ofNamed)
	IssueSchedule = verb("issue/schedule", (*Service).issueSchedule, func(in Schedule) []deliver.Deed { return ofIssue(in.Issue, in.Alone) })
	IssueForesee  = verb("issue/foresee", (*Service).issueForesee, reads)
	IssueMove     = verb("issue/reschedule", (*Service).issueMove, func(in Schedule) []deliver.Deed { return ofIssue(in.Issue, in.Alone) })
	IssueApprove  = verb("issue/approve", (*Service).issueApprove, func(in Approve) []deliver.Deed { return ofIssue(in.Issue, "") })
	IssueEmbargo  = verb("issue/embargo", (*Service).issueEmbargo, func(in Embargo) []deliver.Deed { return ofIssue(in.Issue, "") })
	IssuePause    = verb("issue/pause", (*Service).issuePause, ofNamed)
	IssueResume   = verb("issue/resume", (*Service).issueResume, ofNamed)
	IssueCancel   = verb("issue/cancel", (*Service).issueCancel, func(in Cancel) []deliver.Deed { return ofIssue(in.Issue, in.Reason) })
	IssueRm       = verb("issue/rm", (*Service).issueRm, ofNamed)
	IssueWithdraw = verb("issue/withdraw", (*Service).issueWithdraw, func(in Withdraw) []deliver.Deed { return ofIssue(in.Issue, in.Reason) })
	IssueStatus   = verb("issue/status", (*Service).issueStatus, reads)
)

func ofSource(in Source) []deliver.Deed { return ofIssue(in.Issue, "") }

func ofNamed(in Named) []deliver.Deed { return ofIssue(in.Issue, "") }

// What the issue verbs take and give. None of it is about a reader.
type (
	// Named is an issue by its name, list/slug.
	Named struct {
		Issue string `json:"issue"`
	}
	// Source is an issue to be added.
	Source struct {
		Issue  string         `json:"issue"`
		Source []byte         `json:"source"`
		Files  []deliver.File `json:"files,omitempty"`
	}
	// Lint is a text to be looked at: one that is not stored, of a list, with the slug
	// that it is to have; or an issue, by its name.
	Lint struct {
		List   string         `json:"list,omitempty"`
		Slug   string         `json:"slug,omitempty"`
		Source []byte         `json:"source,omitempty"`
		Files  []deliver.File `json:"files,omitempty"`

		Issue string `json:"issue,omitempty"`
	}
	// Found is what was found in a text.
	Found struct {
		Findings finding.List `json:"findings"`
	}
	// Schedule is when an issue starts.
	Schedule struct {
		Issue string `json:"issue"`
		At    string `json:"at"`              // in the list's zone
		Now   bool   `json:"now"`             // after the delay of the configuration
		Slot  string `json:"slot,omitempty"`  // "next": in the list's next slot
		Alone string `json:"alone,omitempty"` // why nobody but its author stands for it
		Move  bool   `json:"move,omitempty"`  // to issue/foresee: it has a time already
		Seen  string `json:"seen,omitempty"`  // the word of what issue/foresee has shown; "": nothing was
	}
	// Embargo is before when an issue does not start.
	Embargo struct {
		Issue string `json:"issue"`
		Until string `json:"until"` // in the list's zone; "": it is lifted
	}
	// Approve is an issue that was looked at.
	Approve struct {
		Issue   string `json:"issue"`
		Content string `json:"content"` // of what was shown, see [Preview]
	}
	// Cancel is an issue to be stopped.
	Cancel struct {
		Issue  string `json:"issue"`
		Lose   bool   `json:"lose"`             // also if it is under way, and the rest of it is lost
		Reason string `json:"reason,omitempty"` // for the audit trail
	}
	// Withdraw is an issue to be taken out of the archive, or to be put back.
	Withdraw struct {
		Issue  string `json:"issue"`
		Undo   bool   `json:"undo,omitempty"`
		Reason string `json:"reason,omitempty"` // for the audit trail
	}
	// OfList is a list by its name.
	OfList struct {
		List string `json:"list"` // "": all
	}
	// Issue is where an issue stands.
	Issue struct {
		Issue    string          `json:"issue"`
		Subject  string          `json:"subject"`
		State    string          `json:"state"`
		Zone     string          `json:"zone"`
		Due      time.Time       `json:"due,omitzero"`
		Embargo  time.Time       `json:"embargo,omitzero"` // it does not start before
		Started  time.Time       `json:"started,omitzero"`
		Ended    time.Time       `json:"ended,omitzero"`
		Expires  time.Time       `json:"expires,omitzero"` // when no copy is tried any more
		Files    []File          `json:"files,omitempty"`  // pictures and attachments
		Readers  int             `json:"readers"`          // of the list now
		Balance  deliver.Balance `json:"balance"`
		Balances bool            `json:"balances"`
		// Said is what the relay's log said last of the copies, and SaidUntil when that is
		// forgotten; zero while the issue is under way.
		Said      deliver.Said `json:"said,omitzero"`
		SaidUntil time.Time    `json:"said_until,omitzero"`
		Relay     string       `json:"relay,omitempty"` // why no mail goes out, if none does
		Copy      string       `json:"copy,omitempty"`  // why nothing goes out, if the database is a copy that was put back
		Clock     string       `json:"clock,omitempty"` // why a scheduled issue does not start, if the clock is wrong
		Waits     deliver.Wait `json:"waits,omitzero"`  // what keeps it, if not only the rate does
		First     time.Time    `json:"first,omitzero"`  // about when the first copy of a scheduled one goes out
		Ends      time.Time    `json:"ends,omitzero"`   // about when the last copy has its first attempt
		// PerMinute is the rate of a running issue as seen so far; of a scheduled one, the relay's.
		PerMinute float64         `json:"per_minute,omitempty"`
		Hours     string          `json:"send_between,omitempty"` // of the list
		Tested    bool            `json:"tested"`                 // this very text, with its files, was sent to a tester
		Test      Test            `json:"test,omitzero"`          // the last one: of this text if it was tested, else of one before
		Testers   int             `json:"testers"`                // that the list has
		Approval  Approval        `json:"approval,omitzero"`
		Fed       Fed             `json:"fed,omitzero"`
		Events    []deliver.Event `json:"timeline,omitempty"`
		// Page is where anybody can read it from its start on; "": nowhere. Withdrawn is since
		// when its page says no more than that.
		Page      string    `json:"page,omitempty"`
		Withdrawn time.Time `json:"withdrawn,omitzero"`
		Again     []Again   `json:"again,omitempty"`  // each time that it went once more to some of its readers
		Instead   time.Time `json:"instead,omitzero"` // of one that was given another time: when it was to start
		Seen      string    `json:"seen,omitempty"`   // of issue/foresee: the word of what it shows

		// Before is how that stands which its start needs; nil: it does not begin within the hour.
		Before *Before `json:"before,omitempty"`

		Failed []FailClass `json:"failed,omitempty"` // what was refused, given up or put off, by class

		Warnings   []string     `json:"warnings,omitempty"` // of how the issue goes out
		WarningsJA []string     `json:"warnings_ja,omitempty"`
		Findings   finding.List `json:"findings,omitempty"` // in the text just added, or scheduled
	}
	// Before is what was seen before a start.
	Before struct {
		Lacks []deliver.Lack `json:"lacks"` // what is not well, the gravest first; none: all is
		Tried []Tried        `json:"tried"` // in the order in which the relays were asked
	}
	// Tried is a relay that was asked whether it would take the issue.
	Tried struct {
		Relay string    `json:"relay"`
		At    time.Time `json:"at"`
		Takes bool      `json:"takes"`
	}
	// Approval is who stands for an issue beside its author, where the list asks for that.
	Approval struct {
		Needed  bool      `json:"needed"`       // it does not begin without
		Author  string    `json:"author"`       // who handed in the text that it has
		By      string    `json:"by,omitempty"` // who approved what it is now; "": nobody
		At      time.Time `json:"at,omitzero"`
		Alone   string    `json:"alone,omitempty"`   // why nobody else was asked
		Content string    `json:"content,omitempty"` // of what would be approved now
	}
	// Fed is what the feed of the list has to do with an issue.
	Fed struct {
		Slot    time.Time `json:"slot"`    // for which it was made
		Entries int       `json:"entries"` // that were new then
	}
	// Test is a test that reached a tester.
	Test struct {
		At      time.Time `json:"at"`
		By      string    `json:"by"`
		Testers int       `json:"testers"`
	}
	// File is a picture or an attachment of an issue.
	File struct {
		Name   string `json:"name"`
		Octets int    `json:"octets"`
	}
	// Look is an issue to be looked at: the stored one, unless one is given.
	Look struct {
		Issue string              `json:"issue"`
		Given *deliver.Manuscript `json:"given,omitempty"`
	}
	// Preview is an issue as its readers get it. If there are errors among the findings,
	// it has no text to show.
	Preview struct {
		Issue   string         `json:"issue"`
		Lang    subscribe.Lang `json:"lang"`
		From    string         `json:"from"` // the name that mail programs show
		Subject string         `json:"subject"`
		HTML    string         `json:"html"` // of the copy for checking
		Text    string         `json:"text"` // likewise

		ReaderHTML string       `json:"reader_html"` // of a reader's copy, with samples in its slots
		ReaderText string       `json:"reader_text"`
		Octets     int          `json:"octets"`      // of a reader's copy
		HTMLOctets int          `json:"html_octets"` // of its HTML, without the pictures
		Attached   []Attached   `json:"attached,omitempty"`
		Page       string       `json:"page,omitempty"` // where anybody can read it from its start on; "": nowhere
		TextWidth  int          `json:"text_width"`     // of the text part, in full-width characters; 0: it is not folded
		Readers    int          `json:"readers"`
		Source     []byte       `json:"source"`
		Findings   finding.List `json:"findings"`
		Content    string       `json:"content,omitempty"` // what `issue approve` stands for, where the list asks for that
	}
	// Attached is a file that goes out with an issue, beside its text.
	Attached struct {
		Name   string `json:"name"`
		Octets int    `json:"octets"`
	}
	// TestCopies are what became of the copies for the testers.
	TestCopies struct {
		Testers []editor.TestCopy `json:"testers"`
	}
)

func (s *Service) issueAdd(ctx context.Context, in Source) (Issue, error) {
	return issueAnswer(s.editor.Add(ctx, control.Actor(ctx), in.Issue, deliver.Manuscript{Source: in.Source, Files: in.Files}))
}

func (s *Service) issueLint(ctx context.Context, in Lint) (Found, error) {
	if in.Issue != "" {
		found, err := s.editor.LintStored(ctx, in.Issue)
		return Found{found}, err
	}
	found, err := s.editor.Lint(ctx, in.List, in.Slug, deliver.Manuscript{Source: in.Source, Files: in.Files})
	return Found{found}, err
}

func (s *Service) issueShow(ctx context.Context, in Named) (Issue, error) {
	now, err := s.editor.Status(ctx, in.Issue)
	out, err := issueAnswer(now, err)
	if err != nil {
		return out, err
	}
	for _, e := range now.Issue.Timeline {
		e.At = e.At.In(now.List.Zone)
		out.Events = append(out.Events, e)
	}
	return out, nil
}

func (s *Service) issueStatus(ctx context.Context, in Named) (Issue, error) {
	now, err := s.editor.Status(ctx, in.Issue)
	out, err := issueAnswer(now, err)
	if err != nil {
		return out, err
	}
	if !now.Issue.Started.IsZero() {
		if out.Failed, _, err = s.failures.of(s, now.Issue.Name); err != nil {
			return out, err
		}
	}
	return out, s.addSaid(now, &out)
}

func (s *Service) issueLs(ctx context.Context, in OfList) ([]Issue, error) {
	all, err := s.editor.Statuses(ctx, in.List)
	out := []Issue{}
	for _, x := range all {
		if s.takesPart(ctx, x.List.ID) {
			o, _ := issueAnswer(x, nil)
			out = append(out, o)
		}
	}
	return out, err
}

func (s *Service) issuePreview(ctx context.Context, in Look) (Preview, error) {
	p, err := s.editor.Preview(ctx, in.Issue, in.Given)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{
		Issue: p.Issue.String(), Lang: p.List.Language, From: p.List.FromName.In(p.List.Language), Readers: p.Readers, TextWidth: p.List.TextWidth,
		Source: p.Manuscript.Source, Findings: p.Findings,
		ReaderHTML: p.Specimen.HTML, ReaderText: p.Specimen.Text, Octets: p.Specimen.Octets, HTMLOctets: len(p.Specimen.HTML),
	}
	if p.Content != (deliver.Content{}) {
		out.Content = p.Content.String()
	}
	if p.List.Archived {
		out.Page = p.List.URL((&subscribe.BackNumber{List: p.Issue.List, Slug: p.Issue.Slug}).Path())
	}
	if c := p.Compiled; c != nil {
		out.Lang, out.From, out.Subject, out.HTML, out.Text = c.Lang, c.FromName, c.Subject, c.TrialHTML, c.TrialText
		out.HTML, out.ReaderHTML = withPictures(out.HTML, c.Files), withPictures(out.ReaderHTML, c.Files)
		for _, f := range c.Files {
			if f.ID == "" {
				out.Attached = append(out.Attached, Attached{f.Name, len(f.Data)})
			}
		}
	}
	return out, nil
}

// withPictures puts the pictures of an issue into its HTML, for a browser, which knows
// nothing of the parts of a mail (RFC 2397).
func withPictures(html string, files []issue.File) string {
	var pairs []string
	for _, f := range files {
		if f.ID != "" {
			pairs = append(pairs, `src="cid:`+f.ID+`"`, `src="data:`+f.Type+";base64,"+base64.StdEncoding.EncodeToString(f.Data)+`"`)
		}
	}
	return strings.NewReplacer(pairs...).Replace(html)
}

func (s *Service) issueTest(ctx context.Context, in Named) (TestCopies, error) {
	copies, err := s.editor.Test(ctx, control.Actor(ctx), in.Issue)
	return TestCopies{copies}, err
}

func (s *Service) issueForesee(ctx context.Context, in Schedule) (Issue, error) {
	return issueAnswer(s.editor.Foresee(ctx, control.Actor(ctx), in.Issue, in.when()))
}

func (s *Service) issueSchedule(ctx context.Context, in Schedule) (Issue, error) {
	in.Move = false
	return issueAnswer(s.editor.Schedule(ctx, control.Actor(ctx), in.Issue, in.when()))
}

func (s *Service) issueMove(ctx context.Context, in Schedule) (Issue, error) {
	in.Move = true
	return issueAnswer(s.editor.Schedule(ctx, control.Actor(ctx), in.Issue, in.when()))
}

func (in Schedule) when() editor.When {
	return editor.When{At: in.At, Soon: in.Now, Slot: in.Slot != "", Alone: in.Alone, Move: in.Move, Seen: in.Seen}
}

func (s *Service) issueEmbargo(ctx context.Context, in Embargo) (Issue, error) {
	return issueAnswer(s.editor.Embargo(ctx, control.Actor(ctx), in.Issue, in.Until))
}

func (s *Service) issueApprove(ctx context.Context, in Approve) (Issue, error) {
	if err := s.refuseSameAccount(ctx, in.Issue); err != nil {
		return Issue{}, err
	}
	return issueAnswer(s.editor.Approve(ctx, control.Actor(ctx), in.Issue, in.Content))
}

// refuseSameAccount refuses to approve a text whose author may be the account that asks, where
// one of them stands by a number only, since no directory could say its name then.
func (s *Service) refuseSameAccount(ctx context.Context, name string) error {
	n, err := deliver.ParseIssueName(name)
	if err != nil {
		return nil //nolint:nilerr // which the verb says
	}
	i, err := s.Store.Issue(n)
	if err != nil || i.Author() == editor.FeedAuthor || i.Author() == deliver.Self {
		return nil //nolint:nilerr // likewise; and no account wrote what the program did
	}
	who := control.PeerOf(ctx)
	if who.Name == i.Author() || !who.MayBe(ctx, i.Author()) { // of the first the issue says more
		return nil
	}
	return exit.Refusedf("%s cannot be approved by %s: it was written by %s, which may be the same account; let another approver do it, or have `getent passwd %d` say its name",
		n, who.Name, i.Author(), who.UID)
}

func (s *Service) issuePause(ctx context.Context, in Named) (Issue, error) {
	return issueAnswer(s.editor.Pause(ctx, control.Actor(ctx), in.Issue))
}

func (s *Service) issueResume(ctx context.Context, in Named) (Issue, error) {
	return issueAnswer(s.editor.Resume(ctx, control.Actor(ctx), in.Issue))
}

func (s *Service) issueCancel(ctx context.Context, in Cancel) (Issue, error) {
	return issueAnswer(s.editor.Cancel(ctx, control.Actor(ctx), in.Issue, in.Lose))
}

func (s *Service) issueRm(ctx context.Context, in Named) (Done, error) {
	return Done{}, s.editor.Remove(ctx, control.Actor(ctx), in.Issue)
}

func (s *Service) issueWithdraw(ctx context.Context, in Withdraw) (Issue, error) {
	return issueAnswer(s.editor.Withdraw(ctx, control.Actor(ctx), in.Issue, in.Undo))
}

// before is how that stands which the start of an issue needs.
func before(s editor.Status) *Before {
	b := &Before{Lacks: append([]deliver.Lack{}, s.Lacks...), Tried: []Tried{}}
	for _, t := range s.Issue.Tried {
		b.Tried = append(b.Tried, Tried{t.Relay, t.At.In(s.List.Zone), t.Stage == 0})
	}
	return b
}
