package service

import (
	"context"
	"net/url"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/starter"
	"example.jp/kairan/subscribe"
)

// IssuePattern tells what a new issue of a list begins with.
var IssuePattern = verb("issue/pattern", (*Service).issuePattern, reads)

type (
	// Pattern is a list, and an earlier issue to follow.
	Pattern struct {
		List string `json:"list"`
		From string `json:"from"` // list/slug; "": none
	}
	// Start is what a new issue begins with.
	Start struct {
		Lang   subscribe.Lang  `json:"lang"`
		Site   string          `json:"site"` // of the office
		Fields []starter.Field `json:"fields"`
		Now    time.Time       `json:"now"`              // in the zone of the list
		Source []byte          `json:"source,omitempty"` // of the earlier issue
		Files  []string        `json:"files,omitempty"`  // that lie beside it
	}
)

func (s *Service) issuePattern(ctx context.Context, in Pattern) (Start, error) {
	l := s.Config.Lists[in.List]
	if l == nil {
		return Start{}, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	out := Start{Lang: l.Language, Site: site(l.Office.PolicyURL.In(l.Language)), Now: s.now().In(l.Zone)}
	for _, f := range l.Fields {
		out.Fields = append(out.Fields, starter.Field{ID: f.ID, Label: f.Label.In(l.Language), Required: f.Required, Text: f.Kind == subscribe.KindText})
	}
	if in.From == "" {
		return out, nil
	}
	p, err := s.editor.Preview(ctx, in.From, nil)
	if err != nil {
		return Start{}, err
	}
	out.Source = p.Manuscript.Source
	for _, f := range p.Manuscript.Files {
		out.Files = append(out.Files, f.Name)
	}
	return out, nil
}

// site is the web site on which a page lies.
func site(page string) string {
	u, err := url.Parse(page)
	if err != nil {
		return page
	}
	return u.Scheme + "://" + u.Host + "/"
}
