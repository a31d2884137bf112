package editor

import (
	"errors"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// TestApprovalIsOfWhatGoesOut: whatever readers would see otherwise voids an approval, also
// when the run begins; what they would not see does not.
func TestApprovalIsOfWhatGoesOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*office, *subscribe.List)
		voids  bool
	}{
		"nothing": {func(*office, *subscribe.List) {}, false},
		"the day": {func(o *office, _ *subscribe.List) { o.now = o.now.Add(240 * time.Hour) }, false},
		"testers": {func(o *office, l *subscribe.List) {
			l.Testers = []subscribe.Address{composetest.Address(o.t, "tester@example.jp")}
		}, false},
		"hours":  {func(_ *office, l *subscribe.List) { l.Hours = subscribe.Hours{From: 60, To: 120} }, false},
		"text":   {func(o *office, _ *subscribe.List) { o.issues[first(o)].Source = composetest.Source("別の本文") }, true},
		"sender": {func(_ *office, l *subscribe.List) { l.FromName.JA += "室" }, true},
		"answers": {func(o *office, l *subscribe.List) {
			l.ReplyTo = composetest.Address(o.t, "other@example.jp")
		}, true},
		"purpose": {func(_ *office, l *subscribe.List) { l.Purpose.JA += "。" }, true},
		"layout":  {func(_ *office, l *subscribe.List) { l.Face.Colour = "#112233" }, true},
		"width":   {func(_ *office, l *subscribe.List) { l.TextWidth = 20 }, true},
	} {
		o := newOffice(t)
		ctx := t.Context()
		o.list.Approvals = 2
		issue := o.has("autumn", deliver.Draft, func(i *deliver.Issue) { i.Timeline = []deliver.Event{deliver.Added("hanako", o.now)} })
		p, err := o.Preview(ctx, issue, nil)
		o.must(err)
		if _, err := o.Approve(ctx, "ueda", issue, p.Content.String()); err != nil {
			t.Fatal(err)
		}
		other := *o.list
		o.Lists[other.ID], o.list = &other, &other
		c.change(o, &other)
		_, err = o.Compile(ctx, o.issues[first(o)], o.now)
		if voids := errors.As(err, new(*deliver.UnapprovedError)); voids != c.voids || !voids && err != nil {
			t.Errorf("%s: %v; want that it voids the approval: %v", name, err, c.voids)
		}
		s, err := o.Status(ctx, issue)
		o.must(err)
		if !s.NeedsApproval || (s.Approval.By == "") != c.voids {
			t.Errorf("%s: the status says %+v", name, s.Approval)
		}
	}
}

// TestApprovalIsAsked: by nobody where the list asks for none, and not of the author.
func TestApprovalIsAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	issue := o.has("autumn", deliver.Draft, func(i *deliver.Issue) { i.Timeline = []deliver.Event{deliver.Added("hanako", o.now)} })
	_, err := o.Approve(ctx, "ueda", issue, "")
	wantError[Refused](t, err, "asks for no approval")
	_, err = o.Schedule(ctx, who, issue, When{Soon: true, Alone: "why"})
	wantError[Refused](t, err, "asks for no approval, so there is none to go without")
	if _, err := o.Compile(ctx, o.issues[first(o)], o.now); err != nil {
		t.Error(err)
	}
	other := *o.list
	other.Approvals = 2
	o.Lists[other.ID], o.list = &other, &other
	_, err = o.Approve(ctx, "hanako", issue, "")
	wantError[Refused](t, err, "who wrote it cannot approve it")
	_, err = o.Approve(ctx, "ueda", issue, "000000000000")
	wantError[Refused](t, err, "not what was shown any more")
	_, err = o.Schedule(ctx, "hanako", issue, When{Soon: true})
	wantError[Refused](t, err, "nobody but its author stands for it")
	s, err := o.Schedule(ctx, "hanako", issue, When{At: "19:00"})
	o.must(err)
	if len(s.Warnings) == 0 {
		t.Error("nobody is told that it will not start")
	}
	_, err = o.Schedule(ctx, "hanako", issue, When{Soon: true, Alone: "the head is away"})
	o.must(err)
	if _, err := o.Compile(ctx, o.issues[first(o)], o.now); err != nil {
		t.Error(err)
	}
}
