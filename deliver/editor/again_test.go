package editor

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// hasEnded is an issue that hanako wrote and ueda approved, and that has ended.
func (o *office) hasEnded() string {
	return o.has("autumn", deliver.Finished, func(i *deliver.Issue) {
		i.Timeline = []deliver.Event{deliver.Added("hanako", o.now)}
		i.Approvals = []deliver.Approval{{By: "ueda", At: o.now, Content: deliver.Content{1}}}
		i.Started, i.Ended = o.now.Add(-2*time.Hour), o.now.Add(-time.Hour)
		o.books[i.Name] = deliver.Balance{Audience: 12_000, Accepted: 11_990, Uncertain: 10}
	})
}

// TestResend: it goes to those readers, once more, from a little later on.
func TestResend(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.again = 10
	name := o.hasEnded()
	r, err := o.ForeseeAgain(t.Context(), who, name, Again{To: deliver.ToUncertain})
	o.must(err)
	if i := o.issues[first(o)]; i.State != deliver.Finished || len(i.Again) > 0 || r.Copies != 10 || !r.Starts.Equal(o.now.Add(o.Sending.Delay)) || r.Ends.IsZero() {
		t.Errorf("%+v; the issue: %+v", r, i)
	}
	_, err = o.Resend(t.Context(), who, name, Again{To: deliver.ToUncertain})
	o.must(err)
	_, err = o.Resend(t.Context(), who, name, Again{To: deliver.ToRefused})
	wantError[*deliver.StateError](t, err, name+" is running and cannot be sent once more; it goes once more already, to 10 readers (uncertain); give this again when that has ended")
	i := o.issues[first(o)]
	want := deliver.Again{At: o.now, By: who, To: deliver.ToUncertain, Copies: 10, Ended: o.now.Add(-time.Hour)}
	if i.State != deliver.Running || !i.Ended.IsZero() || !i.Expires.Equal(o.now.Add(o.Sending.Delay+o.Sending.Expires)) || len(i.Again) != 1 || i.Again[0] != want {
		t.Errorf("%+v", i)
	}
	if !i.SentBy().Equal(o.now.Add(-time.Hour)) {
		t.Errorf("it went out by %s", i.SentBy())
	}
	o.books[i.Name] = deliver.Balance{Audience: 12_000, Accepted: 11_990, Pending: 10}
	if late, err := o.Late(); err != nil || len(late) > 0 { // though it began hours ago
		t.Errorf("it is late: %v (%v)", late, err)
	}
	_, err = o.Cancel(t.Context(), who, name, false)
	wantError[Refused](t, err, "of japanifornia/autumn, which goes once more, 10 readers would not get it now")
	s, err := o.Cancel(t.Context(), who, name, true)
	if o.must(err); s.Issue.State != deliver.Finished {
		t.Errorf("stopped it is %s", s.Issue.State)
	}
}

// TestResendBeginsAtItsStart: whatever instant the store commits it at, it is not said that
// the first copy waits for anything.
func TestResendBeginsAtItsStart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.again, o.lag = 10, time.Millisecond
	r, err := o.Resend(t.Context(), who, o.hasEnded(), Again{To: deliver.ToUncertain})
	if o.must(err); !r.First.Equal(r.Starts) {
		t.Errorf("it starts at %s, and its first copy goes out at %s", r.Starts, r.First)
	}
}

// TestResendIsRefused: in words that say what to do, and with nothing changed.
func TestResendIsRefused(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		has  func(*office)
		send Again
	}{
		"goes to nobody once more: of those who are still on the list, nobody's copy is refused": {func(o *office) { o.again = 0 }, Again{To: deliver.ToRefused}},
		"is not known any more who got japanifornia/autumn and who did not: that is forgotten":   {func(o *office) { o.forgotten = deliver.ErrForgotten }, Again{To: deliver.ToUncertain}},
		"nobody's copy is held":                                   {func(o *office) { o.forgotten = deliver.ErrForgotten }, Again{To: deliver.ToHeld}},
		"cannot be sent once more; what was stopped stays unsent": {func(o *office) { o.issues[first(o)].State = deliver.Cancelled }, Again{To: deliver.ToHeld}},
		"cannot be sent once more; it is under way":               {func(o *office) { o.issues[first(o)].State = deliver.Running }, Again{To: deliver.ToHeld}},
		"nothing goes out: it is a copy":                          {func(o *office) { o.held = "it is a copy" }, Again{To: deliver.ToHeld}},
		"has ended with japanifornia/last":                        {func(o *office) { o.ended, o.farewell = o.now, "last" }, Again{To: deliver.ToHeld}},
		"asks for no approval":                                    {func(*office) {}, Again{To: deliver.ToHeld, Alone: "why"}},
		"would reach only about":                                  {func(o *office) { o.again, o.Sending.Expires = 10_000, time.Minute }, Again{To: deliver.ToHeld}},
		"no server is running":                                    {func(o *office) { o.Serving = false }, Again{To: deliver.ToHeld}},
	} {
		o := newOffice(t)
		o.again = 10
		name := o.hasEnded()
		c.has(o)
		before := o.issues[first(o)].State
		if _, err := o.Resend(t.Context(), who, name, c.send); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
		if i := o.issues[first(o)]; i.State != before || len(i.Again) > 0 {
			t.Errorf("%q: it was refused, and is %+v", want, i)
		}
	}
}

// TestResendIsApproved: where two must stand for an issue, another than its author sends it
// once more: what goes out was approved, to whom was not.
func TestResendIsApproved(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		who   string
		send  Again
		wants bool
	}{
		"its author":             {"hanako", Again{}, false},
		"an author who approves": {"hanako", Again{Approver: true}, false},
		"another writer":         {"jiro", Again{}, false},
		"an approver":            {"ueda", Again{Approver: true}, true},
		"its author alone":       {"hanako", Again{Alone: "the head is on a plane"}, true},
	} {
		o := newOffice(t)
		o.again, o.list.Approvals = 10, 2
		name := o.hasEnded()
		c.send.To = deliver.ToUncertain
		_, err := o.Resend(t.Context(), c.who, name, c.send)
		i := o.issues[first(o)]
		if (err == nil) != c.wants || len(i.Approvals) == 2 != c.wants || (i.State == deliver.Running) != c.wants {
			t.Errorf("%s: %v, %+v", what, err, i)
		}
		if c.wants && (i.Approvals[1].By != c.who || i.Approvals[1].Alone != c.send.Alone || i.Approvals[1].Content != (deliver.Content{1})) {
			t.Errorf("%s: %+v", what, i.Approvals)
		}
	}
}
