package editor

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
)

// TestFarewell: a list ends with its last issue, which goes out at once; nothing else of
// it is on its way, and nothing follows.
func TestFarewell(t *testing.T) {
	t.Parallel()
	m := deliver.Manuscript{Source: composetest.Source("配信を終了します。")}
	o := newOffice(t)
	o.has("winter", deliver.Scheduled, nil)
	name := o.list.ID + "/farewell"
	_, err := o.Farewell(t.Context(), "hanako", name, m)
	wantError[Refused](t, err, "/winter is scheduled, and a list ends with its last issue", "kairan issue cancel ")
	if !o.ended.IsZero() {
		t.Error("the list has ended all the same")
	}
	o.has("winter", deliver.Draft, nil)
	s, err := o.Farewell(t.Context(), "hanako", name, m)
	if err != nil || s.Issue.State != deliver.Scheduled || !s.Issue.Due.Equal(o.now.Add(time.Minute)) || o.farewell != "farewell" {
		t.Fatalf("the farewell is %s for %s, and the list ended with %q, %v", s.Issue.State, s.Issue.Due, o.farewell, err)
	}
	_, err = o.Schedule(t.Context(), "hanako", o.list.ID+"/winter", When{Soon: true})
	wantError[Refused](t, err, "has ended with "+name, "--reopen")
	_, err = o.Add(t.Context(), "hanako", o.list.ID+"/spring", m)
	wantError[Refused](t, err, "has no further issues")
	if _, err := o.Cancel(t.Context(), "hanako", name, false); err != nil {
		t.Fatal(err)
	}
	if s, err = o.Farewell(t.Context(), "hanako", name, m); err != nil || s.Issue.State != deliver.Scheduled {
		t.Errorf("said again, it is %s, %v", s.Issue.State, err)
	}
	o.held = "it is a copy"
	_, err = o.Farewell(t.Context(), "hanako", name, m)
	wantError[Refused](t, err, "nothing goes out")
}

// TestFarewellIsApproved has a list that asks for another account: what is said can be done.
func TestFarewellIsApproved(t *testing.T) {
	t.Parallel()
	m := deliver.Manuscript{Source: composetest.Source("配信を終了します。")}
	o := newOffice(t)
	o.list.Approvals = 2
	name := o.list.ID + "/farewell"
	_, err := o.Farewell(t.Context(), "ueda", name, m)
	wantError[Refused](t, err, name+" is not there yet: let its author add it")
	if _, err := o.Add(t.Context(), "hanako", name, m); err != nil {
		t.Fatal(err)
	}
	_, err = o.Farewell(t.Context(), "ueda", name, deliver.Manuscript{Source: composetest.Source("別の本文です。")})
	wantError[Refused](t, err, name+" is not the text that was added")
	_, err = o.Farewell(t.Context(), "ueda", name, m)
	wantError[Refused](t, err, "cannot end with "+name+" yet", "have an approver do `kairan issue approve "+name+"`; then close the list again")
	if strings.Contains(err.Error(), "--alone") || !o.ended.IsZero() {
		t.Errorf("ended %v, %v", o.ended, err)
	}
	p, err := o.Preview(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Approve(t.Context(), "ueda", name, p.Content.String()); err != nil {
		t.Fatal(err)
	}
	if s, err := o.Farewell(t.Context(), "ueda", name, m); err != nil || s.Issue.State != deliver.Scheduled || o.farewell != "farewell" || s.Issue.Author() != "hanako" {
		t.Errorf("approved, it is %s, %v", s.Issue.State, err)
	}
}
